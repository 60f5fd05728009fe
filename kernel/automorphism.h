// X -> X^e in coefficient form: coefficient j of the result comes from j e^-1 mod 2n, with the sign of X^n = -1.
#pragma once

static void row_automorphism(double* out, const double* a, int n, u32 exponent) {
  const u32 mask = 2 * (u32)n - 1;
  u32 inverse = exponent;  // Newton: right modulo 2^3, 2^6, 2^12, 2^24
  for (int i = 0; i < 3; i++) inverse *= 2 - exponent * inverse;
  u32 from = 0;
  for (int j = 0; j < n; j++, from = (from + inverse) & mask) {
    const double x = a[from & (u32)(n - 1)];
    out[j] = from < (u32)(n - FAULT(16)) ? x : 0.0 - x;
  }
}
