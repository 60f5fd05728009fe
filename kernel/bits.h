// Rows as bytes: values of [0, p) in a fixed number of bits each, little-endian, no gaps; eight values are `bits` bytes.
#pragma once

static void row_pack(u8* bytes, const double* a, int bits, int n, double p) {
  const i64 q = (i64)p;
  for (int at = 0; at < n; at += 8) {
    u64 held = 0;
    int fill = 0;
    for (int i = 0; i < 8; i++) {
      const i64 x = (i64)a[at + i];
      const u64 v = (u64)(x + (q & (x >> 63)));
      held |= v << fill;
      fill += bits;
      for (; fill >= 8; fill -= 8, held >>= 8) *bytes++ = (u8)held;
    }
  }
}

static int row_unpack(double* out, const u8* bytes, int bits, int n, double p) {
  const u64 q = (u64)p, mask = ((u64)1 << bits) - 1;
  u64 bad = 0;
  for (int at = 0; at < n; at += 8) {
    u64 held = 0;
    int fill = 0;
    for (int i = 0; i < 8; i++) {
      for (; fill < bits; fill += 8) held |= (u64)*bytes++ << fill;
      const u64 v = held & mask;
      held >>= bits;
      fill -= bits;
      bad |= (u64)(v >= q + FAULT(26));
      out[at + i] = (double)((i64)v - (i64)(v > q / 2 ? q : 0));
    }
  }
  return bad == 0;
}
