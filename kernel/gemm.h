// The pointwise engine: linear layers with small integer weights, squares and constants over one block of columns of one
// limb, so that intermediate lists live in cache. Written over a policy for the products:
//   Digits  (arith_*.h) int16 digits of residues, weights up to 12 bits
//   Halves  (below) two 25-bit halves in doubles, weights up to 26 bits
// A policy has I (sums of COLUMNS columns of one digit), X (one digit of a pair of inputs), B (a pair of weights); the
// panel of one part and COLUMNS columns is [pair][PAIR_BYTES]. `combine` gives a value congruent to the sum, below 2^50.
// (ShortHalves: those up to 12 bits, for primes of DIGITS_LIMIT and above)
// Each chunk of a tile (weights.h) is finished to balanced residues before the next is added. Bounds: README.md.
#pragma once

using hesper::PointwiseBlock;
using hesper::PointwiseStep;
using hesper::Tile;
using hesper::Weights;

struct Halves {
  typedef Arith::V I;
  struct X { Arith::V even, odd; };
  struct B { Arith::V even, odd; };
  static constexpr int W = Arith::W, COLUMNS = W, DIGITS = 2, ROWS = Digits::ROWS, PAIR_BYTES = 32 * W;
  static constexpr int units(int rows) { return rows == 1 ? 2 : 1; }
  static ALWAYS_INLINE I zero() { return Arith::zero(); }
  static ALWAYS_INLINE X load(const u8* pair, int d) {
    const double* x = (const double*)pair + 2 * W * d;
    return X{Arith::load(x), Arith::load(x + W)};
  }
  static ALWAYS_INLINE const double* weights(const Weights& w, i64 index) { return w.wide + 2 * index; }
  static ALWAYS_INLINE B broadcast(const double* w) { return B{Arith::broadcast(w[0]), Arith::broadcast(w[1])}; }
  static ALWAYS_INLINE I dot(I sum, X x, B w) {
    return Arith::add_product(Arith::add_product(sum, x.even, w.even), x.odd, w.odd);
  }
  static ALWAYS_INLINE void store(u8* to, I sum) { Arith::store((double*)to, sum); }
  static ALWAYS_INLINE void pack_one(const double* x, double* low, double* high) {
    const Arith::V v = Arith::load(x), magic = Arith::broadcast(MAGIC);
    const Arith::V h = Arith::sub(Arith::add_product(magic, v, Arith::broadcast(0x1p-25)), magic);
    Arith::store(high, h);
    Arith::store(low, Arith::add_product(v, h, Arith::broadcast(FAULT(4) ? -0x1p24 : -0x1p25)));
  }
  static ALWAYS_INLINE void pack(const double* even, const double* odd, u8* to) {
    double* x = (double*)to;
    pack_one(even, x, x + 2 * W);
    pack_one(odd, x + W, x + 3 * W);
  }
  // |high sum| <= 4 p, |low sum| <= 2^51 -> |result| < 3 p / 2
  static ALWAYS_INLINE Arith::V combine(const Arith& a, const u8* sums, int) {
    const double* s = (const double*)sums;
    const Arith::V two25 = a.reduce(Arith::broadcast(0x1p25));
    return Arith::add(a.mul(Arith::load(s + W), a.factor(two25)), a.reduce(Arith::load(s)));
  }
};

// The same with weights as int16 pairs, for primes whose residues have no digits.
struct ShortHalves : Halves {
  static constexpr int ROWS = Halves::ROWS < 4 ? Halves::ROWS : 4;
  static ALWAYS_INLINE const i32* weights(const Weights& w, i64 index) { return w.narrow + index; }
  static ALWAYS_INLINE B broadcast(const i32* w) {
    return B{Arith::broadcast((double)(i16)(*w & 0xffff)), Arith::broadcast((double)(*w >> 16))};
  }
};

// A list of elements: rows [part][columns] of the block, found by table (inputs, outputs) or by stride (scratch).
struct Rows {
  double* const* table;
  size_t offset;
  double* base;
  size_t element_stride, part_stride;
  ALWAYS_INLINE double* at(int element, int part) const {
    double* const start = table ? table[element] + offset : base + (size_t)element * element_stride;
    return start + (size_t)part * part_stride;
  }
};

template <class D> struct Gemm {
  typedef typename D::I I;
  typedef typename D::X X;
  typedef typename D::B B;
  static constexpr int COLUMNS = D::COLUMNS, DIGITS = D::DIGITS, ROWS = D::ROWS, W = Arith::W;
  static constexpr size_t PANEL_BLOCK = 384 << 10;
  static constexpr int MAX_UNITS = 4, SUM_BYTES = (int)sizeof(I);

  // One group of columns of one part.
  struct Unit {
    const u8* panel;
    int part, column;
  };

  const Arith& a;
  const Weights& weights;
  const double* const constants;  // added to part 0, or null
  const Rows to;
  const int parts, columns;

  static size_t panel_bytes(const Weights& w, int parts, int columns) {
    return (size_t)parts * (size_t)(columns / COLUMNS) * (size_t)((w.inputs + 1) / 2) * D::PAIR_BYTES;
  }

  // sums: [rows][units][DIGITS] vectors. A function of its own: inlined into the tile, g++ 12 spills every sum in every
  // iteration.
  NO_INLINE void finish(const u8* sums, const i32* outputs, int rows, const Unit* units, int count, bool first) const {
    for (int r = 0; r < rows; r++)
      for (int u = 0; u < count; u++, sums += DIGITS * SUM_BYTES) {
        double* const c = to.at(outputs[r], units[u].part) + units[u].column;
        const bool constant = first && constants && (units[u].part == 0 || FAULT(5));
        const Arith::V start = Arith::broadcast(constant ? constants[outputs[r]] : 0);
        for (int h = 0; h < COLUMNS / W; h++) {
          const Arith::V before = first ? start : Arith::load(c + h * W);
          Arith::store(c + h * W, a.reduce(Arith::add(D::combine(a, sums, h), before)));
        }
      }
  }

  // R outputs of a tile from row r0 on, U units.
  template <int R, int U> NO_INLINE void tile(const Tile& t, int r0, const Unit* units) const {
    const i32 *const index = weights.pair_index + t.first_pair, *const end = weights.chunk_end + t.first_chunk;
    const auto* const first = D::weights(weights, t.first_weight + (FAULT(10) ? 0 : r0));
    const ptrdiff_t stride = D::weights(weights, t.rows) - D::weights(weights, 0);
    const ptrdiff_t step = D::weights(weights, 1) - D::weights(weights, 0);
    const u8* panel[U];
    UNROLL for (int u = 0; u < U; u++) panel[u] = units[u].panel;
    for (int chunk = 0, k = 0; chunk < t.chunks; chunk++) {
      I sum[R][U][DIGITS];
      UNROLL for (int r = 0; r < R; r++)
        UNROLL for (int u = 0; u < U; u++)
          UNROLL for (int d = 0; d < DIGITS; d++) sum[r][u][d] = D::zero();
      const auto* w = first + k * stride;
      for (; k < end[chunk]; k++, w += stride) {
        const size_t at = (size_t)index[k] * D::PAIR_BYTES;
        X x[U][DIGITS];
        UNROLL for (int u = 0; u < U; u++)
          UNROLL for (int d = 0; d < DIGITS; d++) x[u][d] = D::load(panel[u] + at, d);
        UNROLL for (int r = 0; r < R; r++) {
          const B b = D::broadcast(w + r * step);
          UNROLL for (int u = 0; u < U; u++)
            UNROLL for (int d = 0; d < DIGITS; d++) sum[r][u][d] = D::dot(sum[r][u][d], x[u][d], b);
        }
      }
      alignas(64) u8 sums[R * U * DIGITS * SUM_BYTES];
      UNROLL for (int r = 0; r < R; r++)
        UNROLL for (int u = 0; u < U; u++)
          UNROLL for (int d = 0; d < DIGITS; d++) D::store(sums + ((r * U + u) * DIGITS + d) * SUM_BYTES, sum[r][u][d]);
      finish(sums, t.output + r0, R, units, U, chunk == 0 || FAULT(6));
    }
  }

  template <int R> void tile_units(const Tile& t, int r0, const Unit* units, int count) const {
    constexpr int U = D::units(R);
    int u = 0;
    for (; u + U <= count; u += U) tile<R, U>(t, r0, units + u);
    if constexpr (U >= 4)
      for (; u + 2 <= count; u += 2) tile<R, 2>(t, r0, units + u);
    if constexpr (U >= 2)
      for (; u < count; u++) tile<R, 1>(t, r0, units + u);
  }
  void tile_rows(const Tile& t, int r0, int rows, const Unit* units, int count) const {
    switch (rows) {
      case 1: tile_units<1>(t, r0, units, count); break;
      case 2: tile_units<2>(t, r0, units, count); break;
      case 3: if constexpr (ROWS >= 3) tile_units<3>(t, r0, units, count); break;
      case 4: if constexpr (ROWS >= 4) tile_units<4>(t, r0, units, count); break;
      case 5: if constexpr (ROWS >= 5) tile_units<5>(t, r0, units, count); break;
      case 6: if constexpr (ROWS >= 6) tile_units<6>(t, r0, units, count); break;
      case 7: if constexpr (ROWS >= 7) tile_units<7>(t, r0, units, count); break;
      case 8: if constexpr (ROWS >= 8) tile_units<8>(t, r0, units, count); break;
    }
  }

  ALWAYS_INLINE const u8* unit_panel(const u8* panel, int part, int group) const {
    const size_t bytes = (size_t)((weights.inputs + 1) / 2) * D::PAIR_BYTES;
    return panel + (size_t)(part * (columns / COLUMNS) + group) * bytes;
  }

  // even, odd: one row of the block each, for one part.
  void pack_pair(u8* panel, int pair, int part, const double* even, const double* odd) const {
    for (int g = 0; g < columns / COLUMNS - FAULT(8); g++)
      D::pack(even + g * COLUMNS, odd + g * COLUMNS, (u8*)unit_panel(panel, part, g) + (size_t)pair * D::PAIR_BYTES);
  }

  // Blocks of units outermost, so that a block's panels stay in the second-level cache while the weights stream by.
  void run(const u8* panel) const {
    const int groups = columns / COLUMNS, total = parts * groups;
    const size_t unit_bytes = (size_t)((weights.inputs + 1) / 2) * D::PAIR_BYTES;
    const int fitting = (int)(PANEL_BLOCK / (unit_bytes + 1)) / MAX_UNITS * MAX_UNITS;
    const int block = fitting < MAX_UNITS ? MAX_UNITS : fitting;
    for (int from = 0; from < total; from += block)
      for (int t = 0; t < weights.tile_count; t++)
        run_tile(weights.tiles[t], panel, from, from + block < total ? from + block : total);
  }
  void run_tile(const Tile& t, const u8* panel, int from, int to) const {
    const int groups = columns / COLUMNS, cuts = (t.rows + ROWS - 1) / ROWS;
    for (int c = 0, r0 = 0; c < cuts; c++) {
      const int rows = (t.rows - r0 + cuts - c - 1) / (cuts - c);
      Unit units[MAX_UNITS];
      for (int u = from, count = 0; u < to; u++) {
        units[count++] = Unit{unit_panel(panel, u / groups, u % groups), u / groups, u % groups * COLUMNS};
        if (count == MAX_UNITS || u == to - 1) tile_rows(t, r0, rows, units, count), count = 0;
      }
      r0 += rows;
    }
  }
};

// ---- squares and constants

// out[k] = sum over i + j = k of a[i] a[j]; rows of `columns` numbers, strides of parts in doubles.
static void square_row(const Arith& a, const double* in, size_t in_stride, double* out, size_t out_stride, int parts,
                       int columns) {
  for (int c = 0; c < columns; c += Arith::W)
    for (int k = 0; k < 2 * parts - 1; k++) {
      Arith::V sum = Arith::zero();
      for (int i = k < parts ? 0 : k - parts + 1; 2 * i < k; i++) {
        const Arith::V x = Arith::load(in + i * in_stride + c), y = Arith::load(in + (k - i) * in_stride + c);
        sum = Arith::add(sum, a.mul(FAULT(7) ? x : Arith::add(x, x), a.factor(y)));
      }
      if (k % 2 == 0) {
        const Arith::V x = Arith::load(in + k / 2 * in_stride + c);
        sum = Arith::add(sum, a.mul(x, a.factor(x)));
      }
      Arith::store(out + k * out_stride + c, a.reduce(sum));
    }
}
static void add_row(const Arith& a, const double* in, double constant, double* out, int columns) {
  const Arith::V v = Arith::broadcast(constant);
  for (int c = 0; c < columns; c += Arith::W) Arith::store(out + c, a.reduce(Arith::add(Arith::load(in + c), v)));
}

// ---- programs

// Scratch of one block: [zeros: columns][square of a pair: 2 * parts * columns][list][list][panel].
struct PointwiseLayout {
  size_t pair_doubles, list_doubles[2], panel_bytes;
  size_t total(int columns) const {
    return ((size_t)columns + pair_doubles + list_doubles[0] + list_doubles[1]) * 8 + panel_bytes + 256;
  }
};
static inline size_t larger(size_t a, size_t b) { return a > b ? a : b; }
static inline size_t round8(size_t doubles) { return (doubles + 7) / 8 * 8; }

// A square before a linear step is made while packing; constants behind a linear step are added while finishing.
static bool square_while_packing(const PointwiseStep* steps, int count, int i) {
  return steps[i].kind == hesper::POINTWISE_SQUARE && i + 1 < count && steps[i + 1].kind == hesper::POINTWISE_LINEAR;
}
static bool constants_behind(const PointwiseStep* steps, int count, int i) {
  return steps[i].kind == hesper::POINTWISE_LINEAR && i + 1 < count && steps[i + 1].kind == hesper::POINTWISE_ADD_CONSTANTS;
}

static PointwiseLayout pointwise_layout(const PointwiseStep* steps, int count, int width, int parts, int columns) {
  PointwiseLayout l = {0, {0, 0}, 0};
  for (int i = 0, list = 0; i < count; i++) {
    if (steps[i].kind == hesper::POINTWISE_SQUARE) {
      parts = 2 * parts - 1;
      l.pair_doubles = larger(l.pair_doubles, round8(2 * (size_t)parts * (size_t)columns));
      if (square_while_packing(steps, count, i)) i++;
    }
    if (steps[i].kind == hesper::POINTWISE_LINEAR) {
      const Weights& w = *steps[i].weights;
      l.panel_bytes = larger(l.panel_bytes, w.is_wide || steps[i].halves ? Gemm<Halves>::panel_bytes(w, parts, columns)
                                                      : Gemm<Digits>::panel_bytes(w, parts, columns));
      width = w.outputs;
      i += constants_behind(steps, count, i);
    }
    list ^= 1;
    if (i < count - 1) l.list_doubles[list] = larger(l.list_doubles[list], round8((size_t)width * (size_t)parts * (size_t)columns));
  }
  return l;
}

// Bytes of scratch per thread.
static size_t pointwise_scratch(const PointwiseStep* steps, int count, int width, int parts, int columns) {
  return pointwise_layout(steps, count, width, parts, columns).total(columns);
}

struct Pointwise {
  const PointwiseBlock& b;
  const Arith a;
  const PointwiseLayout layout;
  double *zeros, *pair, *lists[2];
  u8* panel;
  int next_list = 0;
  Rows from;
  int width, parts;

  explicit Pointwise(const PointwiseBlock& block)
      : b(block), a(block.prime),
        layout(pointwise_layout(block.steps, block.step_count, block.width, block.parts, block.columns)) {
    zeros = (double*)b.scratch;
    pair = zeros + round8((size_t)b.columns);
    lists[0] = pair + layout.pair_doubles;
    lists[1] = lists[0] + layout.list_doubles[0];
    panel = (u8*)(lists[1] + layout.list_doubles[1]);
    for (int c = 0; c < b.columns; c++) zeros[c] = 0;
    from = Rows{(double* const*)b.in, b.in_offset + (size_t)b.column, nullptr, 0, (size_t)b.n};
    width = b.width, parts = b.parts;
  }

  Rows target(int step, int result_parts) {
    if (step == b.step_count - 1)
      return Rows{b.out, b.out_offset + (size_t)b.column, nullptr, 0, (size_t)b.n};
    next_list ^= 1;
    return Rows{nullptr, 0, lists[next_list], (size_t)result_parts * (size_t)b.columns, (size_t)b.columns};
  }
  const double* limb_constants(int step, int count) const {
    return b.steps[step].constants + (size_t)(FAULT(9) ? 0 : b.limb) * (size_t)count;
  }

  template <class D> void pack(const Gemm<D>& g, bool squared, int source_parts) {
    const Weights& w = g.weights;
    for (int i = 0; i < w.used_count; i++) {
      const int e = 2 * w.used[i], odd = e + 1 < width;
      if (from.table && i + 2 < w.used_count) prefetch(2 * w.used[i + 2], source_parts);
      if (squared) {
        double* const second = pair + (size_t)parts * (size_t)b.columns;
        square_row(a, from.at(e, 0), from.part_stride, pair, (size_t)b.columns, source_parts, b.columns);
        if (odd) square_row(a, from.at(e + 1, 0), from.part_stride, second, (size_t)b.columns, source_parts, b.columns);
        for (int t = 0; t < parts; t++)
          g.pack_pair(panel, w.used[i], t, pair + t * b.columns, odd ? second + t * b.columns : zeros);
      } else
        for (int t = 0; t < parts; t++)
          g.pack_pair(panel, w.used[i], t, from.at(e, t), odd ? from.at(e + 1, t) : zeros);
    }
  }
  void prefetch(int e, int source_parts) const {
    for (int t = 0; t < source_parts; t++)
      for (int c = 0; c < b.columns; c += 8) {
        __builtin_prefetch(from.at(e, t) + c);
        if (e + 1 < width) __builtin_prefetch(from.at(e + 1, t) + c);
      }
  }
  template <class D> void linear(const Weights& w, bool squared, int source_parts, const double* constants, const Rows& to) {
    const Gemm<D> g{a, w, constants, to, parts, b.columns};
    pack(g, squared, source_parts);
    g.run(panel);
  }

  // Runs the step at i, and those done with it; returns the next.
  int step(int i) {
    const int source_parts = parts;
    const bool squared = b.steps[i].kind == hesper::POINTWISE_SQUARE;
    if (squared) parts = 2 * parts - 1;
    i += square_while_packing(b.steps, b.step_count, i);
    if (b.steps[i].kind == hesper::POINTWISE_LINEAR) {
      const Weights& w = *b.steps[i].weights;
      const bool plus = constants_behind(b.steps, b.step_count, i);
      const double* const constants = plus ? limb_constants(i + 1, w.outputs) : nullptr;
      i += plus;
      const Rows to = target(i, parts);
      if (w.is_wide) linear<Halves>(w, squared, source_parts, constants, to);
      else if (b.prime >= DIGITS_LIMIT && !FAULT(60)) linear<ShortHalves>(w, squared, source_parts, constants, to);
      else linear<Digits>(w, squared, source_parts, constants, to);
      width = w.outputs, from = to;
      return i + 1;
    }
    const Rows to = target(i, parts);
    for (int e = 0; e < width; e++)
      if (squared) square_row(a, from.at(e, 0), from.part_stride, to.at(e, 0), to.part_stride, source_parts, b.columns);
      else
        for (int t = 0; t < parts; t++)
          add_row(a, from.at(e, t), t == 0 ? limb_constants(i, width)[e] : 0, to.at(e, t), b.columns);
    from = to;
    return i + 1;
  }
};

static void pointwise_block(const PointwiseBlock* block) {
  Pointwise run(*block);
  for (int i = 0; i < block->step_count;) i = run.step(i);
}

// Columns per block: the widest of 64, 32, 16 whose scratch fits `bytes`. Wide blocks read longer runs of the inputs;
// 64 columns are best up to about 4 MiB of scratch.
static int pointwise_columns(const PointwiseStep* steps, int count, int width, int parts, size_t bytes) {
  for (int columns = 64; columns > 16; columns /= 2)
    if (pointwise_scratch(steps, count, width, parts, columns) <= bytes) return columns;
  return 16;
}
