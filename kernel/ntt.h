// Negacyclic NTT over Z_p[X] / (X^n + 1), n = 2^10 .. 2^16, written once over an arithmetic policy (arith_common.h).
//
// A plan such as {3, 4, 0} means: a radix-8 pass over the whole, radix-16 passes over each eighth (depth first), then
// the last 2 log2(W) levels in registers: W vectors of W lanes, log2(W) levels, one W x W transpose, log2(W) more. The
// result is stored transposed, so the order in the NTT domain belongs to the variant and never leaves the process.
// Reductions are lazy: a forward pass reduces the first half of its registers on entry; an inverse pass reduces the
// first half on exit and, with four levels, the pure sums after two. Policies that say LAZY leave out what a bound of 2^51
// does not need: a forward pass reduces only if its bound would pass that, an inverse pass, for p < 2^47, only a quarter.
// Ranges: README.md. Each change of a plan beyond radix 16, or of a place of reduction, needs that proof again.
//
// Tables of one prime, `Ntt::table_doubles(n)` doubles aligned to 64 bytes, memory of the caller:
//   forward[n], inverse[n]     powers of the root and its inverse, bit-reversed order, index m + i
//   forward_tail, inverse_tail the twiddles of the last log2(W) levels as vectors: [block][W - 1][W]
//   last[8]                    1/n and root^-(n/2) / n, merged into the last inverse level
#pragma once

static constexpr int NTT_MAX_PASSES = 6;

// Levels per pass for n = 2^log_n and vectors of W lanes; ends with 0. SHORT: passes that need few registers.
template <int W, bool SHORT = false> static inline const u8* ntt_plan(int log_n) {
  static constexpr u8 wide[7][NTT_MAX_PASSES] = {{4}, {2, 3}, {3, 3}, {3, 4}, {4, 4}, {3, 3, 3}, {4, 3, 3}};
  static constexpr u8 four[7][NTT_MAX_PASSES] = {{3, 3},    {3, 2, 2},    {3, 3, 2},   {3, 3, 3},
                                                 {3, 3, 2, 2}, {3, 3, 3, 2}, {3, 3, 3, 3}};
  static constexpr u8 two[7][NTT_MAX_PASSES] = {{3, 3, 2},    {3, 3, 3},    {3, 3, 2, 2},   {3, 3, 3, 2},
                                                {3, 3, 3, 3}, {3, 3, 3, 2, 2}, {3, 3, 3, 3, 2}};
  static constexpr u8 brief[7][NTT_MAX_PASSES + 1] = {{2, 2, 2, 2},    {2, 2, 2, 3},       {2, 2, 2, 2, 2},   {2, 2, 2, 2, 3},
                                                      {2, 2, 2, 3, 3}, {2, 2, 2, 2, 2, 3}, {2, 2, 2, 2, 3, 3}};
  if (W == 2 && SHORT) return brief[log_n - 10];
  return W == 8 ? wide[log_n - 10] : W == 4 ? four[log_n - 10] : two[log_n - 10];
}

static inline u32 bit_reverse(u32 x, int bits) {
  u32 r = 0;
  for (int i = 0; i < bits; i++) r = r << 1 | (x & 1), x >>= 1;
  return r;
}

template <class A> struct Ntt {
  typedef typename A::V V;
  typedef typename A::T T;
  typedef typename A::Twiddle Twiddle;
  static constexpr int W = A::W, LW = A::LOG_W, BLOCK = W * W;
  static constexpr bool SHORT = requires { A::SHORT_PASSES; };

  const A a;
  const int n, log_n;
  const double *forward_table, *inverse_table, *forward_tail, *inverse_tail;
  const T n_inv, n_inv_w;
  const double limit;  // of values, in units of p

  static size_t tail_doubles(int n) { return (size_t)n / W * (W - 1); }
  static size_t table_doubles(int n) { return 2 * (size_t)n + 2 * tail_doubles(n) + 8; }

  // Uses tables made by build() for the same n and p.
  Ntt(const double* tables, int n_, double p)
      : a(p), n(n_), log_n(__builtin_ctz((u32)n_)), forward_table(tables), inverse_table(tables + n),
        forward_tail(tables + 2 * (size_t)n), inverse_tail(forward_tail + tail_doubles(n)),
        n_inv(a.broadcast_factor(inverse_tail[tail_doubles(n)])),
        n_inv_w(a.broadcast_factor(inverse_tail[tail_doubles(n) + 1])), limit(0x1p51 / p) {}
  // The same, with the inverse multiplied by `w`.
  Ntt(const double* tables, int n_, double p, double w)
      : a(p), n(n_), log_n(__builtin_ctz((u32)n_)), forward_table(tables), inverse_table(tables + n),
        forward_tail(tables + 2 * (size_t)n), inverse_tail(forward_tail + tail_doubles(n)),
        n_inv(a.broadcast_factor(times(p, inverse_tail[tail_doubles(n)], w))),
        n_inv_w(a.broadcast_factor(times(p, inverse_tail[tail_doubles(n) + 1], w))), limit(0x1p51 / p) {}
  static double times(double p, double x, double y) { return (double)Modulus(p).mul((i64)x, (i64)y); }

  // `root`: a primitive 2n-th root of unity mod p, balanced or in [0, p).
  static void build(double* tables, int n, double p, double root) {
    const Modulus m(p);
    const int log_n = __builtin_ctz((u32)n);
    double *forward = tables, *inverse = tables + n, *tail = tables + 2 * (size_t)n;
    const i64 w = m.balanced((i64)root);
    i64 power = 1;
    forward[0] = inverse[0] = 1;
    for (int i = 1; i < n; i++) {  // w^-(n - i) = -w^i
      power = m.mul(power, w);
      forward[bit_reverse((u32)i, log_n)] = (double)(FAULT(14) && i == n - 1 ? -power : power);
      inverse[bit_reverse((u32)(n - i), log_n)] = (double)-power;
    }
    build_tail(tail, forward, n);
    build_tail(tail + tail_doubles(n), inverse, n);
    double* last = tail + 2 * tail_doubles(n);
    const i64 n_inv = m.inverse(n);
    last[0] = (double)n_inv;
    last[1] = (double)m.mul((i64)inverse[1], n_inv);
    for (int i = 2; i < 8; i++) last[i] = 0;
  }
  static void build_tail(double* tail, const double* table, int n) {
    for (int b = 0; b < n / BLOCK; b++)
      for (int v = 0; v < W - 1; v++) {
        const int level = 31 - __builtin_clz((u32)v + 1), k = v + 1 - (1 << level), m = (n / W) << level;
        for (int l = 0; l < W; l++)
          tail[((size_t)b * (W - 1) + v) * W + l] = table[m + ((b * W + (l ^ FAULT(15))) << level) + k];
      }
  }

  static ALWAYS_INLINE void butterfly_forward(const A& A_, V& x, V& y, const Twiddle& w) {
    const V r = A_.mul(y, w), s = A::add(x, r);
    y = A::sub(x, r);
    x = s;
  }
  static ALWAYS_INLINE void butterfly_inverse(const A& A_, V& x, V& y, const Twiddle& w) {
    const V s = A::add(x, y), d = A::sub(x, y);
    x = s;
    y = A_.mul(d, w);
  }

  // Where the first pass of a forward transform takes its values: load(a, i) gives W of them, at most `bound` p.
  struct Row {
    const double* x;
    ALWAYS_INLINE V load(const A&, size_t i) const { return A::load(x + i); }
  };
  // What becomes of the blocks of the last pass, |value| < 6.5 p or, where LAZY, 2^51 - room p.
  struct Store {
    double* x;
    ALWAYS_INLINE void block(const A& a, int b, const V (&v)[W]) const {
      UNROLL for (int k = 0; k < W; k++) A::store(x + (size_t)b * BLOCK + k * W, FAULT(12) ? v[k] : a.reduce(v[k]));
    }
  };

  // ---- forward: LR levels in registers over a sub-transform of `len` elements, U groups interleaved

  template <int LR, int U, bool REDUCE, class From>
  ALWAYS_INLINE void forward_groups(const From& from, double* x, int len, int m, int i) const {
    constexpr int R = 1 << LR;
    const int st = len >> LR;
    const A A_ = a;
    const double* const table = forward_table;
    for (int j = 0; j < st; j += W * U) {
      V v[U][R];
      UNROLL for (int k = 0; k < R; k++)
        UNROLL for (int u = 0; u < U; u++) v[u][k] = from.load(A_, j + u * W + (size_t)k * st);
      UNROLL for (int k = 0; k < (REDUCE ? R / 2 : 0); k++)
        UNROLL for (int u = 0; u < U; u++) v[u][k] = A_.reduce(v[u][k]);
      UNROLL for (int l = 0; l < LR; l++) {
        const int h = R >> (l + 1);
        UNROLL for (int g = 0; g < (1 << l); g++) {
          const Twiddle w = A_.twiddle(A_.broadcast_factor(table[(m << l) + (i << l) + g]));
          UNROLL for (int k = 0; k < h; k++)
            UNROLL for (int u = 0; u < U; u++)
              butterfly_forward(A_, v[u][g * 2 * h + k], v[u][g * 2 * h + k + h], w);
        }
      }
      UNROLL for (int k = 0; k < R; k++)
        UNROLL for (int u = 0; u < U; u++) A::store(x + j + u * W + (size_t)k * st, v[u][k]);
    }
  }
  template <int LR, bool REDUCE, class From>
  ALWAYS_INLINE void forward_pass(const From& from, double* x, int len, int m, int i) const {
    constexpr int U0 = A::REGISTERS >> LR, U = U0 < 1 ? 1 : U0;
    if (U > 1 && (len >> LR) < W * U) forward_groups<LR, 1, REDUCE>(from, x, len, m, i);
    else forward_groups<LR, U, REDUCE>(from, x, len, m, i);
  }

  // The last 2 LW forward levels of U consecutive blocks.
  template <int U, bool REDUCE, class To> ALWAYS_INLINE void forward_blocks(const To& to, const double* x, int b) const {
    const A A_ = a;
    const double *const table = forward_table, *const tail = forward_tail;
    V v[U][W];
    const int m = n / BLOCK;
    UNROLL for (int k = 0; k < W; k++)
      UNROLL for (int u = 0; u < U; u++) v[u][k] = A::load(x + u * BLOCK + k * W);
    UNROLL for (int k = 0; k < (REDUCE ? W / 2 : 0); k++)
      UNROLL for (int u = 0; u < U; u++) v[u][k] = A_.reduce(v[u][k]);
    UNROLL for (int l = 0; l < LW; l++) {
      const int h = W >> (l + 1);
      UNROLL for (int g = 0; g < (1 << l); g++)
        UNROLL for (int u = 0; u < U; u++) {
          const Twiddle w = A_.twiddle(A_.broadcast_factor(table[(m << l) + ((b + u) << l) + g]));
          UNROLL for (int k = 0; k < h; k++)
            butterfly_forward(A_, v[u][g * 2 * h + k], v[u][g * 2 * h + k + h], w);
        }
    }
    UNROLL for (int u = 0; u < U; u++) A::transpose(v[u]);
    UNROLL for (int l = 0; l < LW; l++) {
      const int h = W >> (l + 1);
      UNROLL for (int g = 0; g < (1 << l); g++)
        UNROLL for (int u = 0; u < U; u++) {
          const Twiddle w = A_.twiddle(A_.load_factor(tail + (size_t)(b + u) * (W - 1) * W + ((1 << l) - 1 + g) * W));
          UNROLL for (int k = 0; k < h; k++)
            butterfly_forward(A_, v[u][g * 2 * h + k], v[u][g * 2 * h + k + h], w);
        }
    }
    UNROLL for (int u = 0; u < U; u++) to.block(A_, b + u, v[u]);
  }
  template <bool REDUCE, class To> NO_INLINE void forward_tails(const To& given, const double* x, int b, int count) const {
    const To to = given;  // stores could change what is behind a reference
    constexpr int U0 = A::REGISTERS >> LW, U = U0 < 1 ? 1 : U0;
    int k = 0;
    for (; k + U <= count; k += U) forward_blocks<U, REDUCE>(to, x + (size_t)k * BLOCK, b + k);
    if (U > 1)
      for (; k < count; k++) forward_blocks<1, REDUCE>(to, x + (size_t)k * BLOCK, b + k);
  }
  template <bool REDUCE, class From>
  NO_INLINE void forward_levels(const From& from, double* x, int len, int m, int i, int levels) const {
    switch (levels) {
      case 2: forward_pass<2, REDUCE>(from, x, len, m, i); break;
      case 3: forward_pass<3, REDUCE>(from, x, len, m, i); break;
      case 4:
        if constexpr (W > 2) forward_pass<4, REDUCE>(from, x, len, m, i);
        break;
    }
  }
  // Whether values below `bound` have to be reduced before `levels` more levels.
  bool reduces(double bound, double levels) const { return !A::LAZY || bound + levels > limit; }
  // bound: of the values, room: what `to` adds to its own; in units of p.
  template <class From, class To>
  void forward_part(const From& from, const To& to, double* x, int len, int m, int i, const u8* plan, double bound,
                    double room) const {
    const bool reduce = reduces(bound, *plan);
    if (reduce) forward_levels<true>(from, x, len, m, i, *plan);
    else forward_levels<!A::LAZY>(from, x, len, m, i, *plan);
    bound = (reduce ? 0.5 : bound) + *plan;
    const int c = 1 << *plan, sub = len >> *plan;
    if (sub > BLOCK)
      for (int k = 0; k < c; k++) {
        double* const part = x + (size_t)k * sub;
        forward_part(Row{part}, to, part, sub, m * c, i * c + k, plan + 1, bound, room);
      }
    else if (reduces(bound, 2 * LW + room)) forward_tails<true>(to, x, i * c, c);
    else forward_tails<!A::LAZY>(to, x, i * c, c);
  }
  // The n values of `from` (|value| <= bound p, bound <= 8), transformed, to `to`, which adds at most room p to them,
  // room <= 1.5; x: n doubles in between, which either may be.
  template <class From, class To>
  void forward(const From& from, const To& to, double* x, double bound = 8, double room = 1.5) const {
    forward_part(from, to, x, n, 1, 0, ntt_plan<W, SHORT>(log_n), bound, room);
  }
  // x: n values, |x| <= bound p; becomes the transform, balanced.
  void forward(double* x, double bound = 8) const { forward(Row{x}, Store{x}, x, bound, 0); }

  // ---- inverse: the same steps backwards

  // With four levels the pure sums are reduced after two.
  template <int LEVELS, int U> static ALWAYS_INLINE void reduce_sums(const A& A_, V (&v)[U][1 << LEVELS], int l, int h) {
    if (LEVELS >= 4 && l == LEVELS - 3) {
      UNROLL for (int k = 0; k < (1 << LEVELS); k += h)
        UNROLL for (int u = 0; u < U; u++) v[u][k] = A_.reduce(v[u][k]);
    }
  }

  template <int LR, bool LAST, bool ROOMY, int U> ALWAYS_INLINE void inverse_groups(double* x, int len, int m, int i) const {
    constexpr int R = 1 << LR;
    const int st = len >> LR;
    const A A_ = a;
    const Twiddle n_inv_ = A_.twiddle(n_inv), n_inv_w_ = A_.twiddle(n_inv_w);
    const double* const table = inverse_table;
    for (int j = 0; j < st; j += W * U) {
      V v[U][R];
      UNROLL for (int k = 0; k < R; k++)
        UNROLL for (int u = 0; u < U; u++) v[u][k] = A::load(x + j + u * W + (size_t)k * st);
      UNROLL for (int l = LR - 1; l >= 0; l--) {
        const int h = R >> (l + 1);
        reduce_sums<LR, U>(A_, v, l, h);
        UNROLL for (int g = 0; g < (1 << l); g++) {
          const bool last = LAST && l == 0;
          const Twiddle w = last ? n_inv_w_ : A_.twiddle(A_.broadcast_factor(table[(m << l) + (i << l) + g]));
          UNROLL for (int k = 0; k < h; k++)
            UNROLL for (int u = 0; u < U; u++) {
              V &e = v[u][g * 2 * h + k], &f = v[u][g * 2 * h + k + h];
              const V s = A::add(e, f), d = A::sub(e, f);
              e = last ? A_.mul(s, n_inv_) : s;
              f = A_.mul(d, w);
            }
        }
      }
      UNROLL for (int k = 0; k < (LAST ? R : FAULT(13) ? 0 : ROOMY ? R / 4 : R / 2); k++)
        UNROLL for (int u = 0; u < U; u++) v[u][k] = A_.reduce(v[u][k]);
      UNROLL for (int k = 0; k < R; k++)
        UNROLL for (int u = 0; u < U; u++) A::store(x + j + u * W + (size_t)k * st, v[u][k]);
    }
  }
  template <int LR, bool LAST, bool ROOMY> ALWAYS_INLINE void inverse_pass(double* x, int len, int m, int i) const {
    constexpr int U0 = A::REGISTERS >> LR, U = U0 < 1 ? 1 : U0;
    if (U > 1 && (len >> LR) < W * U) inverse_groups<LR, LAST, ROOMY, 1>(x, len, m, i);
    else inverse_groups<LR, LAST, ROOMY, U>(x, len, m, i);
  }

  template <int U> ALWAYS_INLINE void inverse_blocks(double* x, const double* from, int b) const {
    const A A_ = a;
    const double *const table = inverse_table, *const tail = inverse_tail;
    V v[U][W];
    const int m = n / BLOCK;
    UNROLL for (int k = 0; k < W; k++)
      UNROLL for (int u = 0; u < U; u++) v[u][k] = A::load(from + u * BLOCK + k * W);
    UNROLL for (int l = LW - 1; l >= 0; l--) {
      const int h = W >> (l + 1);
      UNROLL for (int g = 0; g < (1 << l); g++)
        UNROLL for (int u = 0; u < U; u++) {
          const Twiddle w = A_.twiddle(A_.load_factor(tail + (size_t)(b + u) * (W - 1) * W + ((1 << l) - 1 + g) * W));
          UNROLL for (int k = 0; k < h; k++)
            butterfly_inverse(A_, v[u][g * 2 * h + k], v[u][g * 2 * h + k + h], w);
        }
    }
    UNROLL for (int k = 0; k < (LW > 1 ? W / 2 : 0); k++)
      UNROLL for (int u = 0; u < U; u++) v[u][k] = A_.reduce(v[u][k]);
    UNROLL for (int u = 0; u < U; u++) A::transpose(v[u]);
    UNROLL for (int l = LW - 1; l >= 0; l--) {
      const int h = W >> (l + 1);
      UNROLL for (int g = 0; g < (1 << l); g++)
        UNROLL for (int u = 0; u < U; u++) {
          const Twiddle w = A_.twiddle(A_.broadcast_factor(table[(m << l) + ((b + u) << l) + g]));
          UNROLL for (int k = 0; k < h; k++)
            butterfly_inverse(A_, v[u][g * 2 * h + k], v[u][g * 2 * h + k + h], w);
        }
    }
    UNROLL for (int k = 0; k < W / 2; k++)
      UNROLL for (int u = 0; u < U; u++) v[u][k] = A_.reduce(v[u][k]);
    UNROLL for (int k = 0; k < W; k++)
      UNROLL for (int u = 0; u < U; u++) A::store(x + u * BLOCK + k * W, v[u][k]);
  }
  ALWAYS_INLINE void inverse_tails(double* x, const double* from, int b, int count) const {
    constexpr int U0 = A::REGISTERS >> LW, U = U0 < 1 ? 1 : U0;
    int k = 0;
    for (; k + U <= count; k += U) inverse_blocks<U>(x + (size_t)k * BLOCK, from + (size_t)k * BLOCK, b + k);
    if (U > 1)
      for (; k < count; k++) inverse_blocks<1>(x + (size_t)k * BLOCK, from + (size_t)k * BLOCK, b + k);
  }
  // LAST merges the factor 1/n; ROOMY: values may reach 16 p.
  template <bool LAST, bool ROOMY> void inverse_part(double* x, const double* from, int len, int m, int i, const u8* plan) const {
    const int c = 1 << *plan, sub = len >> *plan;
    if (sub == BLOCK) inverse_tails(x, from, i * c, c);
    else
      for (int k = 0; k < c; k++)
        inverse_part<false, ROOMY>(x + (size_t)k * sub, from + (size_t)k * sub, sub, m * c, i * c + k, plan + 1);
    if (A::LAZY && limit < 8)  // sums of a pass of three levels: at most 4 p then
      for (int j = 0; j < len; j += W) A::store(x + j, a.reduce(A::load(x + j)));
    switch (*plan) {
      case 2: inverse_pass<2, LAST, ROOMY>(x, len, m, i); break;
      case 3: inverse_pass<3, LAST, ROOMY>(x, len, m, i); break;
      case 4:
        if constexpr (W > 2) inverse_pass<4, LAST, ROOMY>(x, len, m, i);
        break;
    }
  }
  // x: n values, |x| <= p; becomes the coefficients, balanced.
  void inverse(double* x) const { inverse(x, x); }
  // From one row to another.
  void inverse(double* x, const double* from) const {
    const u8* const plan = ntt_plan<W, SHORT>(log_n);
    if (A::LAZY && limit >= 16) inverse_part<true, A::LAZY>(x, from, n, 1, 0, plan);
    else inverse_part<true, false>(x, from, n, 1, 0, plan);
  }
};
