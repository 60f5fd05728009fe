// The complex transform of the slot encoder, n / 2 slots: slot j is the value at zeta^(5^j), zeta = exp(i pi / n); the
// coefficients are folded as c_k + i c_(k + n/2) (Cheon, Kim, Kim, Song, eprint 2016/421; Han, eprint 2018/1043).
// `roots` is [2][n / 2]: real and imaginary parts at index h + j, j < h, of exp(2 pi i (5^j mod 8h) / (8h)). All
// operations are rounded one by one in a fixed order, so every variant gives the same bits.
#pragma once

static ALWAYS_INLINE u32 reversed(u32 x, int bits) {
  x = (x >> 1 & 0x55555555u) | (x & 0x55555555u) << 1;
  x = (x >> 2 & 0x33333333u) | (x & 0x33333333u) << 2;
  x = (x >> 4 & 0x0f0f0f0fu) | (x & 0x0f0f0f0fu) << 4;
  return __builtin_bswap32(x) >> (32 - bits);
}

static ALWAYS_INLINE void butterfly(double& ar, double& ai, double& br, double& bi, double wr, double wi) {
  const double xr = br * wr - bi * wi, xi = br * wi + bi * wr;
  br = ar - xr, bi = ai - xi;
  ar += xr, ai += xi;
}
static ALWAYS_INLINE void butterfly_back(double& ar, double& ai, double& br, double& bi, double wr, double wi) {
  const double xr = ar - br, xi = ai - bi;
  ar += br, ai += bi;
  br = xr * wr + xi * wi, bi = xi * wr - xr * wi;
}

// One block of 2h values. Long ones are contiguous loops, which vectorise; short ones are unrolled.
template <bool BACK>
static ALWAYS_INLINE void fft_block(double* __restrict ar, double* __restrict ai, double* __restrict br, double* __restrict bi,
                                    const double* __restrict wr, const double* __restrict wi, int h) {
  for (int j = 0; j < h; j++)
    if (BACK) butterfly_back(ar[j], ai[j], br[j], bi[j], wr[j], wi[j]);
    else butterfly(ar[j], ai[j], br[j], bi[j], wr[j], wi[j]);
}
template <bool BACK>
static NO_INLINE void fft_long(double* ar, double* ai, double* br, double* bi, const double* wr, const double* wi, int h) {
  fft_block<BACK>(ar, ai, br, bi, wr, wi, h);
}
template <bool BACK, int H> static NO_INLINE void fft_short(double* re, double* im, const double* roots, int size) {
  for (int i = 0; i < size; i += 2 * H)
    fft_block<BACK>(re + i, im + i, re + i + H, im + i + H, roots + H, roots + size + H, H);
}
template <bool BACK> static void fft_level(double* re, double* im, const double* roots, int size, int h) {
  if (h == 1) return fft_short<BACK, 1>(re, im, roots, size);
  if (h == 2) return fft_short<BACK, 2>(re, im, roots, size);
  if (h == 4) return fft_short<BACK, 4>(re, im, roots, size);
  for (int i = 0; i < size; i += 2 * h)
    fft_long<BACK>(re + i, im + i, re + i + h, im + i + h, roots + h, roots + size + h, h);
}

// Nearest integer, ties to even, for any |x|.
static ALWAYS_INLINE double nearest_integer(double x) {
  const double magnitude = x < 0 ? -x : x, c = x < 0 ? -0x1p52 : 0x1p52;
  return magnitude < 0x1p52 ? (x + c) - c : x;
}

static void row_encode(double* out, const double* real, const double* imaginary, double scale, const double* roots,
                       double* scratch, int n) {
  const int size = n / 2, bits = __builtin_ctz((u32)size);
  double *re = scratch, *im = scratch + size;
  for (int i = 0; i < size; i++) re[i] = real[i], im[i] = imaginary && !FAULT(22) ? imaginary[i] : 0;
  for (int h = size / 2; h >= 1; h /= 2) fft_level<true>(re, im, roots, size, h);
  const double factor = scale / size;
  for (int i = 0; i < size; i++) {
    const u32 from = reversed((u32)i, bits);
    out[i] = nearest_integer(re[from] * factor);
    out[size + i] = nearest_integer(im[from] * factor);
  }
}

static void row_decode(double* real, double* imaginary, const double* a, double scale, const double* roots, double* scratch,
                       int n) {
  const int size = n / 2, bits = __builtin_ctz((u32)size);
  double *re = scratch, *im = scratch + size;
  for (int i = 0; i < size; i++) {
    const u32 from = reversed((u32)i, bits);
    re[i] = a[from], im[i] = a[size + from];
  }
  for (int h = 1; h < size; h *= 2) fft_level<false>(re, im, roots, size, h);
  for (int i = 0; i < size; i++) real[i] = re[i] / scale;
  if (imaginary)
    for (int i = 0; i < size; i++) imaginary[i] = im[i] / scale;
}
