// Packing of integer matrices: grouping of outputs into tiles, cutting into chunks. See weights.h.
#include "weights.h"
#include "fault.h"

namespace hesper {
namespace {

struct Entry { int32_t pair, even, odd; };

struct Plan {
  int32_t outputs, inputs, tiles, used_count;
  int64_t entries, nonzeros, pairs, chunks, weights;
  int32_t is_wide, max_abs;
  Entry* entry;        // rows of entries, ascending pairs, no empty ones
  int64_t* row;        // [outputs + 1]
  int32_t* order;      // outputs by support
  int32_t* order_temp;
  int32_t* merged;     // [2][pairs]: union of a tile's supports
  int32_t* tile_start; // positions in order, [outputs + 1]
  uint8_t* used;       // [pairs]
};

size_t align(size_t x) { return (x + 63) / 64 * 64; }
int32_t pair_count(int32_t inputs) { return (inputs + 1) / 2; }
int32_t magnitude(int32_t x) { return x < 0 ? -x : x; }

size_t layout(Plan* plan, uint8_t* memory, int32_t outputs, int32_t inputs, size_t nonzeros) {
  size_t at = align(sizeof(Plan));
  auto take = [&](size_t bytes) {
    uint8_t* p = (uint8_t*)((uintptr_t)memory + at);  // null when only the size is asked for
    at += align(bytes);
    return p;
  };
  uint8_t* const entry = take(nonzeros * sizeof(Entry));
  uint8_t* const row = take(((size_t)outputs + 1) * 8);
  uint8_t* const order = take((size_t)outputs * 4);
  uint8_t* const temp = take((size_t)outputs * 4);
  uint8_t* const merged = take((size_t)pair_count(inputs) * 8);
  uint8_t* const start = take(((size_t)outputs + 1) * 4);
  uint8_t* const used = take((size_t)pair_count(inputs));
  if (plan) {
    plan->entry = (Entry*)entry, plan->row = (int64_t*)row, plan->order = (int32_t*)order;
    plan->order_temp = (int32_t*)temp, plan->merged = (int32_t*)merged, plan->tile_start = (int32_t*)start;
    plan->used = used;
  }
  return at;
}

// Stable merge sort of `count` items by before(a, b), bottom up.
template <class T, class F> void merge_sort(T* items, T* temp, int64_t count, F before) {
  for (int64_t width = 1; width < count; width *= 2) {
    for (int64_t lo = 0; lo < count; lo += 2 * width) {
      const int64_t mid = lo + width < count ? lo + width : count, hi = lo + 2 * width < count ? lo + 2 * width : count;
      int64_t a = lo, b = mid;
      for (int64_t o = lo; o < hi; o++) temp[o] = b < hi && (a >= mid || before(items[b], items[a])) ? items[b++] : items[a++];
    }
    for (int64_t i = 0; i < count; i++) items[i] = temp[i];
  }
}

// Heap sort by pair, for rows that do not come in order: it needs no memory.
void sift(Entry* e, int64_t at, int64_t count) {
  for (int64_t child; (child = 2 * at + 1) < count; at = child) {
    if (child + 1 < count && e[child].pair < e[child + 1].pair) child++;
    if (e[at].pair >= e[child].pair) return;
    const Entry t = e[at];
    e[at] = e[child], e[child] = t;
  }
}
void sort_entries(Entry* e, int64_t count) {
  bool sorted = true;
  for (int64_t i = 1; i < count; i++) sorted = sorted && e[i - 1].pair <= e[i].pair;
  if (sorted) return;
  for (int64_t i = count / 2; i-- > 0;) sift(e, i, count);
  for (int64_t last = count - 1; last > 0; last--) {
    const Entry t = e[0];
    e[0] = e[last], e[last] = t;
    sift(e, 0, last);
  }
}

// One row of the matrix as entries with ascending pairs, none empty; negative if a column or a value is out of range.
int read_row(Plan& plan, const int32_t* columns, const int32_t* values, int64_t count, Entry* out, int64_t& length) {
  for (int64_t i = 0; i < count; i++) {
    if (columns[i] < 0 || columns[i] >= plan.inputs) return -2;
    if (values[i] <= -WIDE_LIMIT || values[i] >= WIDE_LIMIT) return -3;
    out[i] = columns[i] & 1 ? Entry{columns[i] / 2, 0, values[i]} : Entry{columns[i] / 2, values[i], 0};
  }
  sort_entries(out, count);
  length = 0;
  for (int64_t i = 0; i < count;) {
    Entry sum = out[i];
    for (i++; i < count && out[i].pair == sum.pair; i++) {
      sum.even += out[i].even, sum.odd += out[i].odd;
      if (magnitude(sum.even) >= WIDE_LIMIT || magnitude(sum.odd) >= WIDE_LIMIT) return -3;
    }
    if (sum.even || sum.odd) out[length++] = sum;
  }
  return 0;
}

bool support_before(const Plan& plan, int32_t x, int32_t y) {
  const int64_t nx = plan.row[x + 1] - plan.row[x], ny = plan.row[y + 1] - plan.row[y];
  const Entry *a = plan.entry + plan.row[x], *b = plan.entry + plan.row[y];
  for (int64_t i = 0; i < nx && i < ny; i++)
    if (a[i].pair != b[i].pair) return a[i].pair < b[i].pair;
  return nx < ny;
}

// Merges the support of a row into `from`; returns the size of the union written to `to`.
int32_t unite(const Plan& plan, int32_t row, const int32_t* from, int32_t count, int32_t* to) {
  const Entry *e = plan.entry + plan.row[row], *const end = plan.entry + plan.row[row + 1];
  int32_t i = 0, o = 0;
  while (i < count || e < end) {
    const int32_t a = i < count ? from[i] : INT32_MAX, b = e < end ? e->pair : INT32_MAX;
    to[o++] = a < b ? a : b;
    i += a <= b, e += b <= a;
  }
  return o;
}

// Rough cost of a tile: three digit products per row and pair, and loading the pair's digits.
int64_t tile_cost(int64_t rows, int64_t pairs) { return pairs * (3 * rows + 6); }

// The union of the supports of order[from .. to), in one half of plan.merged.
const int32_t* tile_support(const Plan& plan, int32_t from, int32_t to, int32_t& count) {
  int32_t *a = plan.merged, *b = plan.merged + pair_count(plan.inputs);
  count = 0;
  for (int32_t i = from; i < to; i++) {
    count = unite(plan, plan.order[i], a, count, b);
    int32_t* const t = a;
    a = b, b = t;
  }
  return a;
}

int32_t tile_end(const Plan& plan, int32_t from) {
  int32_t *a = plan.merged, *b = plan.merged + pair_count(plan.inputs);
  int32_t count = unite(plan, plan.order[from], a, 0, b), to = from + 1;
  for (; to < plan.outputs && to - from < TILE_ROWS; to++) {
    int32_t* const t = a;
    a = b, b = t;
    const int32_t row = plan.order[to], alone = (int32_t)(plan.row[row + 1] - plan.row[row]);
    const int32_t united = unite(plan, row, a, count, b), rows = to - from;
    if (tile_cost(rows + 1, united) > tile_cost(rows, count) + tile_cost(1, alone)) break;
    if ((alone == 0) != (count == 0)) break;
    count = united;
  }
  return to;
}

// Calls chunk(end) for each chunk of the tile; the last end is `count`. Greedy, so that in each row the sum of |w| over
// a chunk stays within the limit; a single pair always does.
template <class F> void cut_chunks(const Plan& plan, int32_t from, int32_t to, const int32_t* support, int32_t count, F chunk) {
  const int64_t limit = plan.is_wide ? WIDE_CHUNK : NARROW_CHUNK;
  int64_t sum[TILE_ROWS] = {};
  const Entry* at[TILE_ROWS];
  for (int32_t r = 0; r < to - from; r++) at[r] = plan.entry + plan.row[plan.order[from + r]];
  for (int32_t i = 0; i < count; i++) {
    int64_t weight[TILE_ROWS] = {};
    bool full = false;
    for (int32_t r = 0; r < to - from; r++) {
      const bool here = at[r] < plan.entry + plan.row[plan.order[from + r] + 1] && at[r]->pair == support[i];
      if (here) weight[r] = (int64_t)magnitude(at[r]->even) + magnitude(at[r]->odd), at[r]++;
      full = full || sum[r] + weight[r] > limit + FAULT(1);
    }
    if (full) {
      chunk(i);
      for (int64_t& s : sum) s = 0;
    }
    for (int32_t r = 0; r < to - from; r++) sum[r] += weight[r];
  }
  chunk(count - (FAULT(2) && count > 1));
}

void plan_tiles(Plan& plan) {
  plan.tiles = 0, plan.pairs = plan.chunks = plan.weights = 0;
  for (int32_t i = 0; i < plan.outputs;) {
    const int32_t end = tile_end(plan, i);
    int32_t count;
    const int32_t* support = tile_support(plan, i, end, count);
    plan.tile_start[plan.tiles++] = i;
    plan.pairs += count, plan.weights += (int64_t)count * (end - i);
    cut_chunks(plan, i, end, support, count, [&](int32_t) { plan.chunks++; });
    for (int32_t k = 0; k < count; k++) plan.used[support[k]] = 1;
    i = end;
  }
  plan.tile_start[plan.tiles] = plan.outputs;
  plan.used_count = 0;
  for (int32_t k = 0; k < pair_count(plan.inputs); k++) plan.used_count += plan.used[k];
}

struct Sizes { size_t tiles, pair_index, chunk_end, used, weights, total; };
Sizes packed_sizes(const Plan& plan) {
  Sizes s;
  s.tiles = align(sizeof(Weights));
  s.pair_index = s.tiles + align((size_t)plan.tiles * sizeof(Tile));
  s.chunk_end = s.pair_index + align((size_t)plan.pairs * 4);
  s.used = s.chunk_end + align((size_t)plan.chunks * 4);
  s.weights = s.used + align((size_t)plan.used_count * 4);
  s.total = s.weights + align((size_t)plan.weights * (plan.is_wide ? 16 : 4)) + 64;
  return s;
}

void fill_weights(const Plan& plan, const Tile& tile, const int32_t* support, int32_t* narrow, double* wide) {
  for (int32_t r = 0; r < tile.rows; r++) {
    const Entry *e = plan.entry + plan.row[tile.output[r]], *const end = plan.entry + plan.row[tile.output[r] + 1];
    for (int32_t k = 0; k < tile.pairs; k++) {
      const bool here = e < end && e->pair == support[k];
      const int32_t even = here ? e->even : 0, odd = here ? e->odd : 0;
      e += here;
      const int64_t o = tile.first_weight + (int64_t)k * tile.rows + r;
      if (wide) wide[2 * o] = even, wide[2 * o + 1] = odd;
      else narrow[o] = (int32_t)((uint32_t)(FAULT(3) ? even : (uint16_t)even) | (uint32_t)(uint16_t)odd << 16);
    }
  }
}

}  // namespace

size_t weights_scratch(int32_t outputs, int32_t inputs, size_t nonzeros) {
  return layout(nullptr, nullptr, outputs, inputs, nonzeros);
}

int64_t weights_plan(void* scratch, int32_t outputs, int32_t inputs, const int32_t* row_start, const int32_t* columns,
                     const int32_t* values) {
  Plan& plan = *(Plan*)scratch;
  if (row_start[0] != 0) return -1;
  for (int32_t o = 0; o < outputs; o++)
    if (row_start[o + 1] < row_start[o]) return -1;
  layout(&plan, (uint8_t*)scratch, outputs, inputs, (size_t)row_start[outputs]);
  plan.outputs = outputs, plan.inputs = inputs;
  plan.entries = plan.nonzeros = 0, plan.max_abs = 0;
  for (int32_t o = 0; o < outputs; o++) {
    int64_t length;
    const int status = read_row(plan, columns + row_start[o], values + row_start[o], row_start[o + 1] - row_start[o],
                                plan.entry + plan.entries, length);
    if (status < 0) return status;
    plan.row[o] = plan.entries;
    for (Entry* e = plan.entry + plan.entries; e < plan.entry + plan.entries + length; e++) {
      plan.nonzeros += (e->even != 0) + (e->odd != 0);
      if (magnitude(e->even) > plan.max_abs) plan.max_abs = magnitude(e->even);
      if (magnitude(e->odd) > plan.max_abs) plan.max_abs = magnitude(e->odd);
    }
    plan.entries += length;
    plan.order[o] = o;
  }
  plan.row[outputs] = plan.entries;
  plan.is_wide = plan.max_abs > NARROW_MAX;
  merge_sort(plan.order, plan.order_temp, outputs, [&](int32_t x, int32_t y) { return support_before(plan, x, y); });
  for (int32_t k = 0; k < pair_count(inputs); k++) plan.used[k] = 0;
  plan_tiles(plan);
  return (int64_t)packed_sizes(plan).total;
}

const Weights* weights_fill(void* memory, void* scratch) {
  const Plan& plan = *(const Plan*)scratch;
  const Sizes sizes = packed_sizes(plan);
  uint8_t* const base = (uint8_t*)memory;
  Weights& w = *(Weights*)memory;
  Tile* const tiles = (Tile*)(base + sizes.tiles);
  int32_t *const pair_index = (int32_t*)(base + sizes.pair_index), *const chunk_end = (int32_t*)(base + sizes.chunk_end);
  int32_t *const used = (int32_t*)(base + sizes.used), *const narrow = (int32_t*)(base + sizes.weights);
  w = Weights{plan.outputs, plan.inputs, plan.tiles, plan.used_count, plan.is_wide, plan.max_abs, plan.nonzeros,
              (int64_t)sizes.total, tiles, pair_index, chunk_end, used, plan.is_wide ? nullptr : narrow,
              plan.is_wide ? (const double*)narrow : nullptr};
  int32_t pairs = 0, chunks = 0, n_used = 0;
  int64_t weights = 0;
  for (int32_t t = 0; t < plan.tiles; t++) {
    const int32_t from = plan.tile_start[t], to = plan.tile_start[t + 1];
    Tile& tile = tiles[t];
    const int32_t* support = tile_support(plan, from, to, tile.pairs);
    tile.rows = to - from, tile.first_pair = pairs, tile.first_chunk = chunks, tile.first_weight = weights;
    for (int32_t r = 0; r < TILE_ROWS; r++) tile.output[r] = r < tile.rows ? plan.order[from + r] : -1;
    for (int32_t k = 0; k < tile.pairs; k++) pair_index[pairs++] = support[k];
    cut_chunks(plan, from, to, support, tile.pairs, [&](int32_t end) { chunk_end[chunks++] = end; });
    tile.chunks = chunks - tile.first_chunk;
    fill_weights(plan, tile, support, plan.is_wide ? nullptr : narrow, plan.is_wide ? (double*)narrow : nullptr);
    weights += (int64_t)tile.pairs * tile.rows;
  }
  for (int32_t k = 0; k < pair_count(plan.inputs); k++)
    if (plan.used[k]) used[n_used++] = k;
  return &w;
}

}  // namespace hesper
