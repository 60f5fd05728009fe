// Sparse work in coefficient form: sums of signed shifts, constants at few places. The contracts stand in
// src/kernel/kernel.ts.
#include "fault.h"
#include "lists.h"

using namespace hesper;

// Columns of a tile: the windows of all inputs lie in the second-level cache from row to row.
constexpr int MONOMIAL_COLUMNS = 128;
// Terms with a smaller shift (but for the sign) read from the copied windows; the rest read the inputs where they lie.
constexpr int MONOMIAL_HALO = 64;

static int32_t check_starts(hesper_ints start, uint32_t start_count, uint32_t rows, uint32_t terms) {
  if (start_count != rows + 1) return fail(INVALID_ARGUMENT, "one row start per output and the end", start_count, rows + 1.0);
  if (start[0] != 0) return fail(INVALID_ARGUMENT, "row starts must ascend from 0", start[0], 0);
  for (uint32_t r = 0; r < rows; r++)
    if (start[r + 1] < start[r]) return fail(INVALID_ARGUMENT, "row starts must ascend; it is row", r);
  if ((uint32_t)start[rows] != terms) return fail(INVALID_ARGUMENT, "the last row start must be the number of terms", start[rows], terms);
  return OK;
}
static int32_t check_within(hesper_ints x, uint32_t count, uint32_t end, const char* text) {
  for (uint32_t t = 0; t < count; t++)
    if (x[t] < 0 || (uint32_t)x[t] >= end) return fail(INVALID_ARGUMENT, text, x[t], end);
  return OK;
}

namespace {

// The terms of each row in groups, as MonomialBlock has them.
struct Monomials {
  const int lanes, groups;
  Scratch memory;
  MonomialTerm* const terms;
  int32_t *const starts, *const slot, *const near;  // slot: of an input among the copied windows; near: the inputs of those
  int near_count = 0, halo = 0;
  Monomials(int lanes_, int rows, int term_count, int inputs)
      : lanes(lanes_), groups(2 * lanes + 1),
        memory((size_t)term_count * sizeof(MonomialTerm) + ((size_t)rows * groups + 1 + 2 * (size_t)inputs) * 4),
        terms((MonomialTerm*)memory.memory), starts((int32_t*)(terms + term_count)), slot(starts + (size_t)rows * groups + 1),
        near(slot + inputs) {}

  int group(int shift, int n) const {
    const int within = shift & (n - 1);
    return within > MONOMIAL_HALO ? 2 * lanes : 2 * (lanes - 1 - within % lanes) + (shift >= n);
  }
  void plan(int rows, hesper_ints start, hesper_ints columns, hesper_ints shifts, int inputs, int n) {
    for (int c = 0; c < inputs; c++) slot[c] = -1;
    int largest = 0;
    for (int t = 0; t < start[rows]; t++) {
      const int within = shifts[t] & (n - 1);
      if (within > MONOMIAL_HALO) continue;
      if (slot[columns[t]] < 0) slot[columns[t]] = near_count, near[near_count++] = columns[t];
      if (within > largest) largest = within;
    }
    halo = largest / lanes * lanes + lanes + 7 & ~7;
    const int width = MONOMIAL_COLUMNS + halo;
    for (int r = 0; r < rows; r++) {
      int32_t* const first = starts + (size_t)r * groups;
      int32_t count[2 * 8 + 2] = {};
      for (int t = start[r]; t < start[r + 1]; t++) count[group(shifts[t], n) + 1]++;
      count[0] = start[r];
      for (int g = 0; g < groups; g++) first[g] = count[g], count[g + 1] += count[g];
      for (int t = start[r]; t < start[r + 1]; t++) {
        const int whole = (shifts[t] & (n - 1)) / lanes * lanes;
        terms[count[group(shifts[t], n)]++] = {slot[columns[t]] * width + halo - lanes - whole, columns[t], shifts[t]};
      }
    }
    starts[(size_t)rows * groups] = start[rows];
  }
};

}  // namespace

#if HESPER_EVALUATES
int32_t hesper_linear_monomial(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), hesper_ints row_start, uint32_t row_count,
                               hesper_ints columns, uint32_t column_count, hesper_ints shifts, uint32_t shift_count, HESPER_BASIS,
                               int32_t parts) {
  Shape s;
  HESPER_TRY(open_shape(s, ring, basis, limbs, parts));
  HESPER_TRY(check_starts(row_start, row_count, out_count, column_count));
  if (shift_count != column_count) return fail(INVALID_ARGUMENT, "one shift per column", shift_count, column_count);
  HESPER_TRY(check_within(columns, column_count, a_count, "a column is out of range"));
  HESPER_TRY(check_within(shifts, shift_count, 2 * (uint32_t)s.n, "a shift is out of range"));
  List to(out_count), x(a_count);
  HESPER_TRY(to.open(out, s.doubles(), Role::output, s.stamp));
  HESPER_TRY(x.open(a, s.doubles(), Role::separate, s.stamp));
  Monomials m(s.v->lanes, to.count, (int)column_count, x.count);
  if (!m.memory.memory) return fail(OUT_OF_MEMORY, "no memory for the terms of a matrix");
  m.plan(to.count, row_start, columns, shifts, x.count, s.n);
  const size_t packed = (size_t)m.near_count * (MONOMIAL_COLUMNS + m.halo);
  const Scratch scratch(packed * s.ring->threads * 8);
  if (!scratch.memory) return fail(OUT_OF_MEMORY, "no memory for the windows of the inputs");
  const int blocks = s.n / MONOMIAL_COLUMNS;
  spread_tasks(s.ring, s.limbs * parts * blocks, ((size_t)column_count + m.near_count) * MONOMIAL_COLUMNS, [&](int i, int slot) {
    const int row = i / blocks;
    const MonomialBlock block{m.terms, m.starts, to.count, m.near, m.near_count, m.halo, scratch.doubles() + packed * slot, x.at,
                              to.at, (size_t)row * s.n, s.n, i % blocks * MONOMIAL_COLUMNS, MONOMIAL_COLUMNS, s.prime(row / parts)};
    s.v->monomial_block(&block);
  });
  return OK;
}
#endif

int32_t hesper_add_sparse(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), hesper_ints start, uint32_t start_count,
                          hesper_ints positions, uint32_t position_count, hesper_doubles values, uint32_t value_count, HESPER_BASIS,
                          int32_t parts) {
  Shape s;
  HESPER_TRY(open_shape(s, ring, basis, limbs, parts));
  HESPER_TRY(same_length(out_count, a_count));
  HESPER_TRY(check_starts(start, start_count, out_count, position_count));
  HESPER_TRY(check_within(positions, position_count, (uint32_t)s.n, "a position is out of range"));
  if (value_count != (uint64_t)position_count * limbs)
    return fail(INVALID_ARGUMENT, "one number per term and limb", value_count, (double)position_count * limbs);
  HESPER_TRY(check_balanced(s, values, value_count, 1));
  List to(out_count), x(a_count);
  HESPER_TRY(to.open(out, s.doubles(), Role::output, s.stamp));
  HESPER_TRY(x.open(a, s.doubles(), Role::matching, s.stamp));
  spread_tasks(s.ring, to.count, s.doubles(), [&](int e, int) {
    if (to[e] != x[e]) __builtin_memcpy(to[e], x[e], s.doubles() * 8);
    for (int t = start[e]; t < start[e + 1]; t++)
      for (int limb = 0; limb < s.limbs; limb++) {
        double* const at = to[e] + s.row(limb, 0) + positions[t];
        const double p = s.prime(limb), sum = *at + values[(size_t)t * s.limbs + (FAULT(44) ? 0 : limb)];
        *at = sum + (2 * sum > p ? -p : 2 * sum < -p ? p : 0);
      }
  });
  return OK;
}
