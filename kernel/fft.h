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

static NO_INLINE void fft_step(double* __restrict ar, double* __restrict ai, double* __restrict br, double* __restrict bi,
                               const double* __restrict wr, const double* __restrict wi, int h) {
  for (int j = 0; j < h; j++) {
    const double xr = br[j] * wr[j] - bi[j] * wi[j], xi = br[j] * wi[j] + bi[j] * wr[j];
    br[j] = ar[j] - xr, bi[j] = ai[j] - xi;
    ar[j] += xr, ai[j] += xi;
  }
}
static NO_INLINE void fft_step_inverse(double* __restrict ar, double* __restrict ai, double* __restrict br, double* __restrict bi,
                                       const double* __restrict wr, const double* __restrict wi, int h) {
  for (int j = 0; j < h; j++) {
    const double xr = ar[j] - br[j], xi = ai[j] - bi[j];
    ar[j] += br[j], ai[j] += bi[j];
    br[j] = xr * wr[j] + xi * wi[j], bi[j] = xi * wr[j] - xr * wi[j];
  }
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
  for (int h = size / 2; h >= 1; h /= 2)
    for (int i = 0; i < size; i += 2 * h)
      fft_step_inverse(re + i, im + i, re + i + h, im + i + h, roots + h, roots + size + h, h);
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
  for (int h = 1; h < size; h *= 2)
    for (int i = 0; i < size; i += 2 * h) fft_step(re + i, im + i, re + i + h, im + i + h, roots + h, roots + size + h, h);
  for (int i = 0; i < size; i++) real[i] = re[i] / scale;
  if (imaginary)
    for (int i = 0; i < size; i++) imaginary[i] = im[i] / scale;
}
