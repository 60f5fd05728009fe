// Rows of key switching: raising digits to other primes, inner products with keys, X -> X^g in NTT form. README.md, 11.
#pragma once

// ---- X -> X^g in NTT form

// Position k W + l of block b holds the value at root^(2 f + 1), f = reverse(b) + (n / BLOCK) m, m = reverse(k) W +
// reverse(l) (ntt.h). The value at e comes from e g: f from f g + (g - 1) / 2, so a block comes from one block, and m from
// m g + carry modulo BLOCK.
struct Permutation {
  int blocks;
  u32 g;
#if defined(__AVX512F__)
  u8 masks[64][4];
  alignas(64) i64 lanes[8][8];
#else
  u8 map[Ntt<Arith>::BLOCK][Ntt<Arith>::BLOCK];  // [carry][position]: its source
#endif
  u32 target[];  // of each block: its new place << 8 | carry
};
static size_t permutation_bytes(int n) { return sizeof(Permutation) + (size_t)n / Ntt<Arith>::BLOCK * sizeof(u32); }

static void permutation_build(void* memory, int n, u32 g) {
  constexpr int BLOCK = Ntt<Arith>::BLOCK, W = Arith::W, LW = Arith::LOG_W;
  Permutation& t = *(Permutation*)memory;
  const int blocks = n / BLOCK, log_blocks = __builtin_ctz((u32)blocks);
  t.blocks = blocks, t.g = g;
  u32 f = g >> 1;
  for (u32 r = 0; r < (u32)blocks; r++, f += g) {
    const u32 carry = FAULT(36) ? 0 : f >> log_blocks & (BLOCK - 1);
    t.target[bit_reverse(f & (u32)(blocks - 1), log_blocks)] = bit_reverse(r, log_blocks) << 8 | carry;
  }
#if defined(__AVX512F__)
  for (u32 carry = 0; carry < 64; carry++)
    for (u32 l = 0; l < 8; l++) {
      const u32 m = bit_reverse(l, 3) * g + carry;
      if (l == 0) t.masks[carry][0] = t.masks[carry][1] = t.masks[carry][2] = 0;
      for (int s = 0; s < 3; s++) t.masks[carry][s] |= (u8)((m >> (3 + s) & 1) << l);
      if (carry < 8) t.lanes[carry][l] = bit_reverse(m % 8, 3);
    }
#else
  for (u32 carry = 0; carry < BLOCK; carry++)
    for (u32 k = 0; k < W; k++)
      for (u32 l = 0; l < W; l++) {
        const u32 m = (bit_reverse(k, LW) * W + bit_reverse(l, LW)) * g + carry;
        t.map[carry][k * W + l] = (u8)(bit_reverse(m / W % W, LW) * W + bit_reverse(m % W, LW));
      }
#endif
}

// The vectors of block b in their new order and place: f(position in the row, vector).
template <class F> static ALWAYS_INLINE void permute_block(const Permutation& t, int b, const Vec (&v)[Arith::W], const F& f) {
  constexpr int W = Arith::W;
  const u32 carry = t.target[b] & 255;
  const size_t at = (size_t)(t.target[b] >> 8) * (W * W);
#if defined(__AVX512F__)
  // With m = 8 r + q: lanes exchange q, and each lane then turns its column of eight r by its own carry.
  constexpr int reversed[8] = {0, 4, 2, 6, 1, 5, 3, 7};
  const __m512i lanes = _mm512_load_si512(t.lanes[carry & 7]);
  const __mmask8 one = t.masks[carry][0], two = t.masks[carry][1], four = t.masks[carry][2];
  __m512d x[8], y[8];
  UNROLL for (int r = 0; r < 8; r++) x[r] = _mm512_permutexvar_pd(lanes, v[reversed[r]]);
  UNROLL for (int r = 0; r < 8; r++) y[r] = _mm512_mask_blend_pd(one, x[r], x[(r + 1) & 7]);
  UNROLL for (int r = 0; r < 8; r++) x[r] = _mm512_mask_blend_pd(two, y[r], y[(r + 2) & 7]);
  UNROLL for (int r = 0; r < 8; r++) y[r] = _mm512_mask_blend_pd(four, x[r], x[(r + 4) & 7]);
  UNROLL for (int r = 0; r < 8; r++) f(at + 8 * (0x73516240u >> 4 * (r * t.g & 7) & 7), y[r]);
#else
  const u8* const map = t.map[carry];
  alignas(64) double x[W * W], y[W * W];
  UNROLL for (int k = 0; k < W; k++) Arith::store(x + k * W, v[k]);
  UNROLL for (int j = 0; j < W * W; j++) y[j] = x[map[j]];
  UNROLL for (int k = 0; k < W; k++) f(at + k * W, Arith::load(y + k * W));
#endif
}
template <class F> static ALWAYS_INLINE void permute_row(const double* a, const void* permutation, const F& f) {
  constexpr int W = Arith::W;
  const Permutation& t = *(const Permutation*)permutation;
  for (int b = 0; b < t.blocks; b++) {
    Vec v[W];
    UNROLL for (int k = 0; k < W; k++) v[k] = Arith::load(a + (size_t)b * (W * W) + k * W);
    permute_block(t, b, v, f);
  }
}
static void row_permute(double* out, const double* a, const void* permutation) {
  permute_row(a, permutation, [&](size_t at, Vec x) { Arith::store(out + at, x); });
}
static void row_permute_add(double* out, const double* a, const void* permutation, double p) {
  const Arith A(p);
  permute_row(a, permutation, [&](size_t at, Vec x) { Arith::store(out + at, A.reduce(Arith::add(Arith::load(out + at), x))); });
}

// ---- raising: the first pass of a transform makes its values from rows of other primes

// One source whose residues are at most 8 p.
typedef Ntt<Arith>::Row RaisePlain;
// One source of any size.
struct RaiseReduced {
  const double* y;
  ALWAYS_INLINE Vec load(const Arith& A, size_t i) const { return A.reduce(Arith::load(y + i)); }
};
// One source times a constant.
struct RaiseTimes {
  const double* y;
  Arith::T w;
  ALWAYS_INLINE Vec load(const Arith& A, size_t i) const { return A.mul(A.reduce(Arith::load(y + i)), w); }
};
// sum y_i f_i - v Q over COUNT sources, or over `count` if COUNT is 0. Products and sums of the quotient are rounded one
// by one in the same order everywhere.
template <int COUNT> struct RaiseSum {
  static constexpr int MOST = COUNT ? COUNT : hesper::MAX_DIGIT;
  const double* y;
  size_t stride;
  int count;
  Vec grid;
  Arith::T factor[MOST];
  Vec inverse[MOST], overflow;
  ALWAYS_INLINE RaiseSum(const Arith& A, const hesper::Raise& r, const double* rows, size_t row_stride, double p)
      : y(rows), stride(row_stride), count(r.count), grid(Arith::grid(bit_length(p) + 48)),
        overflow(Arith::broadcast(r.overflow)) {
    for (int k = 0; k < (COUNT ? COUNT : count); k++)
      factor[k] = A.broadcast_factor(r.factor[k]), inverse[k] = Arith::broadcast(r.inverse[k]);
  }
  ALWAYS_INLINE Vec load(const Arith& A, size_t i) const {
    Arith::Exact sum = Arith::exact(grid);
    Vec quotient = Arith::zero();
    UNROLL for (int k = 0; k < (COUNT ? COUNT : count); k++) {
      const Vec x = Arith::load(y + k * stride + i);
      Arith::add_exact(sum, A.factor(x), factor[k]);
      quotient = Arith::add(quotient, Arith::times(x, inverse[k]));
    }
    return Arith::add_product(A.fold(sum, grid), A.round(Arith::sub(quotient, Arith::broadcast(0.5 * FAULT(35)))), overflow);
  }
};

// The same over any number of sources, folded after every LARGE_TERMS; the quotient may be too large for a plain product.
struct RaiseLong {
  const double *y, *factors, *inverses;
  size_t stride;
  int count;
  Vec grid;
  Arith::T overflow;
  ALWAYS_INLINE RaiseLong(const Arith& A, const hesper::Raise& r, const double* rows, size_t row_stride, double p)
      : y(rows), factors(r.factor), inverses(r.inverse), stride(row_stride), count(r.count),
        grid(Arith::grid(bit_length(p) + 48)), overflow(A.broadcast_factor(r.overflow)) {}
  ALWAYS_INLINE Vec load(const Arith& A, size_t i) const {
    Vec before = Arith::zero(), quotient = Arith::zero();
    for (int k = 0; k < count;) {
      const int end = count - k < LARGE_TERMS ? count : k + LARGE_TERMS;
      Arith::Exact sum = Arith::exact(grid);
      for (; k < end; k++) {
        const Vec x = Arith::load(y + k * stride + i);
        Arith::add_exact(sum, A.factor(x), A.broadcast_factor(factors[k]));
        quotient = Arith::add(quotient, Arith::times(x, Arith::broadcast(inverses[k])));
      }
      before = A.reduce(Arith::add(before, A.fold(sum, grid)));
    }
    return Arith::add(before, A.mul(A.round(quotient), overflow));
  }
};

// What becomes of the transform t: base - t.
struct SubtractFrom {
  const double* base;
  double* out;
  ALWAYS_INLINE void block(const Arith& A, int b, const Vec (&t)[Arith::W]) const {
    const size_t at = (size_t)b * Ntt<Arith>::BLOCK;
    UNROLL for (int k = 0; k < Arith::W; k++)
      Arith::store(out + at + k * Arith::W, A.reduce(Arith::sub(Arith::load(base + at + k * Arith::W), t[k])));
  }
};

// The same, with X -> X^g last.
struct SubtractPermuted {
  const double* base;
  double* out;
  const Permutation* permutation;
  ALWAYS_INLINE void block(const Arith& A, int b, const Vec (&t)[Arith::W]) const {
    Vec v[Arith::W];
    UNROLL for (int k = 0; k < Arith::W; k++)
      v[k] = A.reduce(Arith::sub(Arith::load(base + (size_t)b * Ntt<Arith>::BLOCK + k * Arith::W), t[k]));
    permute_block(*permutation, b, v, [&](size_t at, Vec x) { Arith::store(out + at, x); });
  }
};

template <class To>
static NO_INLINE void raise_to(const To& to, const double* tables, const hesper::Raise& r, const double* y, size_t stride,
                               double* work, int n, double p) {
  const Ntt<Arith> t(tables, n, p);
  const Arith A(p);
  if (r.count == 1) {
    if (r.factor[0] != 1) t.forward(RaiseTimes{y, A.broadcast_factor(r.factor[0])}, to, work, 1);
    else if (r.largest <= 8 * p) t.forward(RaisePlain{y}, to, work, r.largest / p);
    else t.forward(RaiseReduced{y}, to, work, 0.5);
    return;
  }
  switch (r.count) {
    case 2: t.forward(RaiseSum<2>(A, r, y, stride, p), to, work); break;
    case 3: t.forward(RaiseSum<3>(A, r, y, stride, p), to, work); break;
    case 4: t.forward(RaiseSum<4>(A, r, y, stride, p), to, work); break;
    case 6: t.forward(RaiseSum<6>(A, r, y, stride, p), to, work); break;
    default:
      if (r.count <= hesper::MAX_DIGIT) t.forward(RaiseSum<0>(A, r, y, stride, p), to, work);
      else t.forward(RaiseLong(A, r, y, stride, p), to, work);
  }
}
static void row_raise(double* out, const double* tables, const hesper::Raise* r, const double* y, size_t stride, int n, double p) {
  raise_to(Ntt<Arith>::Store{out}, tables, *r, y, stride, out, n, p);
}
static void row_raise_subtract(double* out, const double* base, const double* tables, const hesper::Raise* r, const double* y,
                               size_t stride, const void* permutation, double* work, int n, double p) {
  if (permutation) raise_to(SubtractPermuted{base, out, (const Permutation*)permutation}, tables, *r, y, stride, work, n, p);
  else raise_to(SubtractFrom{base, out}, tables, *r, y, stride, work, n, p);
}
static void ntt_inverse_times(double* out, const double* tables, const double* a, double w, int n, double p) {
  Ntt<Arith>(tables, n, p, w).inverse(out, a);
}

// base + c less what is raised, in coefficient form; c may be null.
template <class From>
static NO_INLINE void subtract_raised(double* out, const double* base, const double* c, const From& given, int n, double p) {
  const Arith A(p);
  const From from = given;
  for (int i = 0; i < n; i += Arith::W) {
    Vec x = Arith::load(base + i);
    if (c) x = Arith::add(x, Arith::load(c + i));
    x = Arith::sub(x, from.load(A, i));
    if (Arith::LAZY && p >= LARGE_PRIME) x = A.reduce(x);  // beyond 2^51 the first one may miss by one
    Arith::store(out + i, A.reduce(x));
  }
}
static void row_subtract_raised(double* out, const double* base, const double* c, const hesper::Raise* r, const double* y,
                                size_t stride, int n, double p) {
  const Arith A(p);
  if (r->count == 1) subtract_raised(out, base, c, RaiseTimes{y, A.broadcast_factor(r->factor[0])}, n, p);
  else if (r->count == 2) subtract_raised(out, base, c, RaiseSum<2>(A, *r, y, stride, p), n, p);
  else subtract_raised(out, base, c, RaiseSum<0>(A, *r, y, stride, p), n, p);
}

// ---- inner products

static constexpr int PREFETCH = 128;  // doubles ahead: keys come from beyond the second cache, in more rows than processors follow

// Both halves of the sum over `terms` rows times keys, times w; c0 is added to the first half where it is not null.
template <int TERMS> struct Inner {
  static ALWAYS_INLINE void run(double* out0, double* out1, const double* const* rows, const double* const* keys, int terms,
                                double w, const double* c0, const double* c1, int n, double p) {
    const Arith A(p);
    const Vec grid = sum_grid(p);
    const int most = exact_terms(p);
    const Arith::T factor = A.broadcast_factor(w);
    const double *x[TERMS ? TERMS : 1], *k[TERMS ? TERMS : 1];
    for (int t = 0; t < TERMS; t++) x[t] = rows[t], k[t] = keys[t];
    for (int i = 0; i < n; i += Arith::W) {
      Arith::Exact e0 = Arith::exact(grid), e1 = Arith::exact(grid);
      Vec s0 = Arith::zero(), s1 = Arith::zero();
      if (TERMS) {
        UNROLL for (int t = 0; t < TERMS; t++) {
          __builtin_prefetch(k[t] + i + PREFETCH), __builtin_prefetch(k[t] + n + i + PREFETCH);
          const Arith::T v = A.load_factor(x[t] + i);
          Arith::add_exact(e0, v, A.load_factor(k[t] + i));
          Arith::add_exact(e1, v, A.load_factor(k[t] + n + i));
        }
        s0 = A.fold(e0, grid), s1 = A.fold(e1, grid);
      } else {
        for (int t = 0; t < terms;) {
          const int end = terms - t > most ? t + most : terms;
          for (; t < end; t++) {
            const Arith::T v = A.load_factor(rows[t] + i);
            Arith::add_exact(e0, v, A.load_factor(keys[t] + i));
            Arith::add_exact(e1, v, A.load_factor(keys[t] + n + i));
          }
          s0 = A.reduce(Arith::add(s0, A.fold(e0, grid))), s1 = A.reduce(Arith::add(s1, A.fold(e1, grid)));
          e0 = e1 = Arith::exact(grid);
        }
      }
      s0 = A.mul(s0, factor), s1 = A.mul(s1, factor);
      if (c0) s0 = Arith::add(s0, Arith::load(c0 + i));
      if (c1) s1 = Arith::add(s1, Arith::load(c1 + i));
      Arith::store(out0 + i, s0), Arith::store(out1 + i, s1);
    }
  }
};
static void row_inner(double* out0, double* out1, const double* const* rows, const double* const* keys, int terms, double w,
                      const double* c0, const double* c1, int n, double p) {
  switch (terms) {
    case 1: return Inner<1>::run(out0, out1, rows, keys, terms, w, c0, c1, n, p);
    case 2: return Inner<2>::run(out0, out1, rows, keys, terms, w, c0, c1, n, p);
    case 3: return Inner<3>::run(out0, out1, rows, keys, terms, w, c0, c1, n, p);
    case 4: return Inner<4>::run(out0, out1, rows, keys, terms, w, c0, c1, n, p);
    default: return Inner<0>::run(out0, out1, rows, keys, terms, w, c0, c1, n, p);
  }
}
