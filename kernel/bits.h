// Rows as bytes: values of [0, p) in a fixed number of bits each (at most 49), little-endian, no gaps; eight values are
// `bits` bytes. Whole words are moved; a word may reach up to 7 bytes into the next eight values, so the last eight go
// through a buffer.
#pragma once

static ALWAYS_INLINE void pack_eight(u8* bytes, const double* a, int bits, i64 q) {
  u64 held = 0;
  int fill = 0;  // below 8 before each value
  for (int i = 0; i < 8; i++) {
    const i64 x = (i64)a[i];
    held |= (u64)(x + (q & (x >> 63))) << fill;
    fill += bits;
    __builtin_memcpy(bytes, &held, 8);
    bytes += fill >> 3;
    held >>= fill & ~7;
    fill &= 7;
  }
}

static void row_pack(u8* bytes, const double* a, int bits, int n, double p) {
  const i64 q = (i64)p;
  for (int at = 0; at < n - 8; at += 8, bytes += bits) pack_eight(bytes, a + at, bits, q);
  u8 last[64];
  pack_eight(last, a + n - 8, bits, q);
  for (int i = 0; i < bits; i++) bytes[i] = last[i];
}

// Returns a number that is not 0 if a value is not below q.
static ALWAYS_INLINE u64 unpack_eight(double* out, const u8* bytes, int bits, u64 q) {
  const u64 mask = ((u64)1 << bits) - 1;
  u64 bad = 0;
  for (int i = 0; i < 8; i++) {
    u64 word;
    __builtin_memcpy(&word, bytes + (i * bits >> 3), 8);
    const u64 v = word >> (i * bits & 7) & mask;
    bad |= (u64)(v >= q + FAULT(26));
    out[i] = (double)((i64)v - (i64)(v > q / 2 ? q : 0));
  }
  return bad;
}

static int row_unpack(double* out, const u8* bytes, int bits, int n, double p) {
  const u64 q = (u64)p;
  u64 bad = 0;
  for (int at = 0; at < n - 8; at += 8, bytes += bits) bad |= unpack_eight(out + at, bytes, bits, q);
  u8 last[64] = {};
  for (int i = 0; i < bits; i++) last[i] = bytes[i];
  bad |= unpack_eight(out + n - 8, last, bits, q);
  return bad == 0;
}
