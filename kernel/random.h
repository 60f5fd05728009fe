// ChaCha20 (RFC 8439), several blocks at a time, and the samplers over its stream. Nothing branches on, or indexes
// memory by, a value that is drawn; what is skipped is independent of what is kept.
#pragma once

struct ChaCha {
#if defined(__AVX512F__)
  typedef u32 Words __attribute__((vector_size(64)));
#elif defined(__AVX2__)
  typedef u32 Words __attribute__((vector_size(32)));
#else
  typedef u32 Words __attribute__((vector_size(16)));
#endif
  static constexpr int BLOCKS = sizeof(Words) / 4, BYTES = 64 * BLOCKS;
  u32 state[16];

  ChaCha(const u8* key, u32 domain, u32 index) {
    static constexpr u32 head[4] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    for (int i = 0; i < 4; i++) state[i] = head[i];
    for (int i = 0; i < 8; i++)
      state[4 + i] = (u32)key[4 * i] | (u32)key[4 * i + 1] << 8 | (u32)key[4 * i + 2] << 16 | (u32)key[4 * i + 3] << 24;
    state[12] = 0, state[13] = domain, state[14] = index, state[15] = 0;
  }
  ~ChaCha() {
    for (u32& word : state) *(volatile u32*)&word = 0;
  }

  template <int K> static ALWAYS_INLINE Words rotate(Words x) { return x << K | x >> (32 - K); }
  static ALWAYS_INLINE void quarter(Words& a, Words& b, Words& c, Words& d) {
    a += b, d = rotate<16>(d ^ a);
    c += d, b = rotate<12>(b ^ c);
    a += b, d = rotate<8>(d ^ a);
    c += d, b = rotate<7>(b ^ c);
  }

  // The next BLOCKS blocks of the stream, BYTES bytes.
  NO_INLINE void next(u32* out) {
    Words first[16], v[16];
    for (int i = 0; i < 16; i++)
      for (int b = 0; b < BLOCKS; b++) first[i][b] = state[i] + (i == 12 ? (u32)b : 0);
    for (int i = 0; i < 16; i++) v[i] = first[i];
    for (int round = 0; round < 10; round++) {
      quarter(v[0], v[4], v[8], v[12]);
      quarter(v[1], v[5], v[9], v[13]);
      quarter(v[2], v[6], v[10], v[14]);
      quarter(v[3], v[7], v[11], v[15]);
      quarter(v[0], v[5], v[10], v[15]);
      quarter(v[1], v[6], v[11], v[12]);
      quarter(v[2], v[7], v[8], v[13]);
      quarter(v[3], v[4], v[9], v[14]);
    }
    alignas(64) u32 rows[16][BLOCKS];
    for (int i = 0; i < 16; i++) *(Words*)rows[i] = v[i] + first[i];
    for (int b = 0; b < BLOCKS; b++)
      for (int i = 0; i < 16; i++) out[16 * b + i] = rows[i][b];
    state[12] += BLOCKS - FAULT(18);
  }
};

static void row_sample_uniform(double* out, const u8* key, u32 index, int n, double p) {
  ChaCha stream(key, 1, index);
  const u64 q = (u64)p, mask = ~(u64)0 >> __builtin_clzll(q);
  alignas(64) u32 words[ChaCha::BYTES / 4];
  for (int count = 0; count < n;) {
    stream.next(words);
    for (int i = 0; i < ChaCha::BYTES / 8 && count < n; i++) {
      const u64 v = ((u64)words[2 * i] | (u64)words[2 * i + 1] << 32) & mask;
      out[count] = (double)((i64)v - (i64)(v > q / 2 ? q : 0));
      count += v < q || FAULT(19);
    }
  }
}

static void row_sample_ternary(double* out, const u8* key, int n) {
  ChaCha stream(key, 2, 0);
  alignas(64) u32 words[ChaCha::BYTES / 4];
  for (int count = 0; count < n;) {
    stream.next(words);
    for (int i = 0; i < 4 * ChaCha::BYTES && count < n; i++) {
      const i32 v = (i32)(words[i / 16] >> (2 * (i % 16)) & 3);
      out[count] = (double)(v - 1);
      count += v != 3 || FAULT(20);
    }
  }
  for (u32& w : words) *(volatile u32*)&w = 0;
}

static ALWAYS_INLINE i32 ones21(u32 x) {
  x = x - (x >> 1 & 0x55555555u);
  x = (x & 0x33333333u) + (x >> 2 & 0x33333333u);
  x = (x + (x >> 4)) & 0x0f0f0f0fu;
  return (i32)(x * 0x01010101u >> 24);
}

static void row_sample_error(double* out, const u8* key, int n) {
  ChaCha stream(key, 3, 0);
  alignas(64) u32 words[ChaCha::BYTES / 4];
  constexpr u32 mask = (1u << 21) - 1;
  for (int at = 0; at < n; at += ChaCha::BYTES / 8) {
    stream.next(words);
    for (int i = 0; i < ChaCha::BYTES / 8; i++) {
      const u32 low = words[2 * i] & mask, high = (words[2 * i] >> 21 | words[2 * i + 1] << (11 - FAULT(21))) & mask;
      out[at + i] = (double)(ones21(low) - ones21(high));
    }
  }
  for (u32& w : words) *(volatile u32*)&w = 0;
}
