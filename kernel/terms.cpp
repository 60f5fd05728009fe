// Sparse matrices of plaintexts. The contract stands in src/kernel/kernel.ts.
#include "lists.h"

using namespace hesper;

// Columns of a task: so few that the inputs of a matrix stay in cache from row to row.
constexpr int TERM_COLUMNS = 512;

static int32_t check_terms(uint32_t rows, uint32_t inputs, hesper_ints row_start, uint32_t row_count, hesper_ints columns,
                           uint32_t column_count, uint32_t plaintext_count) {
  if (row_count != rows + 1) return fail(INVALID_ARGUMENT, "one row start per output and the end", row_count, rows + 1.0);
  if (row_start[0] != 0) return fail(INVALID_ARGUMENT, "row starts must ascend from 0", row_start[0], 0);
  for (uint32_t r = 0; r < rows; r++)
    if (row_start[r + 1] <= row_start[r]) return fail(INVALID_ARGUMENT, "each row needs a term; it is row", r);
  if ((uint32_t)row_start[rows] != column_count || plaintext_count != column_count)
    return fail(INVALID_ARGUMENT, "the last row start must be the number of columns and plaintexts", row_start[rows], column_count);
  for (uint32_t t = 0; t < column_count; t++)
    if (columns[t] < 0 || (uint32_t)columns[t] >= inputs)
      return fail(INVALID_ARGUMENT, "a column is out of range", columns[t], inputs);
  return OK;
}

// The terms of all rows for one limb and one block of columns.
static void fill_terms(PlainTerm* terms, const Shape& s, const List& a, hesper_ints columns, const List& plaintexts,
                       hesper_doubles scalars, int limb, int at) {
  int constants = 0;
  for (int t = 0; t < plaintexts.count; t++) {
    const double* const y = plaintexts[t];
    terms[t].element = a[columns[t]] + s.row(limb, 0) + at;
    terms[t].plaintext = y ? y + (size_t)limb * s.n + at : nullptr;
    terms[t].constant = y ? 0 : scalars[2 * ((size_t)constants++ * s.limbs + limb) + (at >= s.n / 2)];
  }
}

int32_t hesper_linear_plain(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), hesper_ints row_start, uint32_t row_count,
                            hesper_ints columns, uint32_t column_count, HESPER_LIST(plaintexts), hesper_doubles scalars,
                            uint32_t scalar_count, HESPER_BASIS, int32_t parts) {
  Shape s;
  HESPER_TRY(open_shape(s, ring, basis, limbs, parts));
  HESPER_TRY(check_terms(out_count, a_count, row_start, row_count, columns, column_count, plaintexts_count));
  List to(out_count), x(a_count), y(plaintexts_count);
  HESPER_TRY(to.open(out, s.doubles(), Role::output, s.stamp));
  HESPER_TRY(x.open(a, s.doubles(), Role::separate, s.stamp));
  HESPER_TRY(y.open(plaintexts, (size_t)s.limbs * s.n, Role::separate, s.stamp, -1));
  uint32_t constants = 0;
  for (int t = 0; t < y.count; t++) constants += !y[t];
  if (scalar_count != 2 * (uint64_t)constants * limbs)
    return fail(INVALID_ARGUMENT, "two numbers per constant and limb", scalar_count, 2.0 * constants * limbs);
  HESPER_TRY(check_balanced(s, scalars, scalar_count, 2));
  const Scratch memory((size_t)s.ring->threads * column_count * sizeof(PlainTerm));
  if (!memory.memory) return fail(OUT_OF_MEMORY, "no memory for the terms of a matrix");
  const int width = s.n / 2 < TERM_COLUMNS ? s.n / 2 : TERM_COLUMNS, blocks = s.n / width;
  spread_tasks(s.ring, s.limbs * blocks, (size_t)column_count * parts * width, [&](int i, int slot) {
    const int limb = i / blocks, at = i % blocks * width;
    PlainTerm* const terms = (PlainTerm*)memory.memory + (size_t)slot * column_count;
    fill_terms(terms, s, x, columns, y, scalars, limb, at);
    for (int r = 0; r < to.count; r++)
      s.v->linear_plain(to[r] + s.row(limb, 0) + at, terms + row_start[r], row_start[r + 1] - row_start[r], parts, s.n, width,
                        s.prime(limb));
  });
  return OK;
}
