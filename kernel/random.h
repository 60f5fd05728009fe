// ChaCha20 (RFC 8439), several blocks at a time, and the samplers over its stream. Nothing branches on, or indexes
// memory by, a value that is drawn; what is skipped is independent of what is kept.
#pragma once

// Four rows of words to columns, in each 16 bytes by itself.
#if defined(__AVX512F__)
typedef __m512i VectorWords;
static ALWAYS_INLINE void transpose_words(VectorWords* x) {
  const __m512i a = _mm512_unpacklo_epi32(x[0], x[1]), b = _mm512_unpackhi_epi32(x[0], x[1]);
  const __m512i c = _mm512_unpacklo_epi32(x[2], x[3]), d = _mm512_unpackhi_epi32(x[2], x[3]);
  x[0] = _mm512_unpacklo_epi64(a, c), x[1] = _mm512_unpackhi_epi64(a, c);
  x[2] = _mm512_unpacklo_epi64(b, d), x[3] = _mm512_unpackhi_epi64(b, d);
}
#elif defined(__AVX2__)
typedef __m256i VectorWords;
static ALWAYS_INLINE void transpose_words(VectorWords* x) {
  const __m256i a = _mm256_unpacklo_epi32(x[0], x[1]), b = _mm256_unpackhi_epi32(x[0], x[1]);
  const __m256i c = _mm256_unpacklo_epi32(x[2], x[3]), d = _mm256_unpackhi_epi32(x[2], x[3]);
  x[0] = _mm256_unpacklo_epi64(a, c), x[1] = _mm256_unpackhi_epi64(a, c);
  x[2] = _mm256_unpacklo_epi64(b, d), x[3] = _mm256_unpackhi_epi64(b, d);
}
#elif defined(__wasm__)
typedef v128_t VectorWords;
static ALWAYS_INLINE void transpose_words(VectorWords* x) {
  const v128_t a = wasm_i32x4_shuffle(x[0], x[1], 0, 4, 1, 5), b = wasm_i32x4_shuffle(x[0], x[1], 2, 6, 3, 7);
  const v128_t c = wasm_i32x4_shuffle(x[2], x[3], 0, 4, 1, 5), d = wasm_i32x4_shuffle(x[2], x[3], 2, 6, 3, 7);
  x[0] = wasm_i64x2_shuffle(a, c, 0, 2), x[1] = wasm_i64x2_shuffle(a, c, 1, 3);
  x[2] = wasm_i64x2_shuffle(b, d, 0, 2), x[3] = wasm_i64x2_shuffle(b, d, 1, 3);
}
#else
typedef u32 VectorWords __attribute__((vector_size(16)));
static ALWAYS_INLINE void transpose_words(VectorWords* x) {
  const VectorWords a = x[0], b = x[1], c = x[2], d = x[3];
  for (int k = 0; k < 4; k++) x[k] = VectorWords{a[k], b[k], c[k], d[k]};
}
#endif

struct ChaCha {
#if defined(__AVX512F__)
  typedef u32 Words __attribute__((vector_size(64)));
#elif defined(__AVX2__)
  typedef u32 Words __attribute__((vector_size(32)));
#else
  typedef u32 Words __attribute__((vector_size(16)));
#endif
  typedef u64 Longs __attribute__((vector_size(sizeof(Words))));
  static constexpr int BLOCKS = sizeof(Words) / 4, BYTES = 64 * BLOCKS;
  u32 state[16];

  ChaCha(const u8* key, u32 first, u32 second, u32 third = 0) {
    static constexpr u32 head[4] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    for (int i = 0; i < 4; i++) state[i] = head[i];
    for (int i = 0; i < 8; i++)
      state[4 + i] = (u32)key[4 * i] | (u32)key[4 * i + 1] << 8 | (u32)key[4 * i + 2] << 16 | (u32)key[4 * i + 3] << 24;
    state[12] = 0, state[13] = first, state[14] = second, state[15] = third;
  }
  ~ChaCha() {
    for (u32& word : state) *(volatile u32*)&word = 0;
  }

  template <int K> static ALWAYS_INLINE Words rotate(Words x) {
#if defined(__wasm__)
    if (K == 16) return (Words)wasm_i16x8_shuffle(x, x, 1, 0, 3, 2, 5, 4, 7, 6);
#endif
    return x << K | x >> (32 - K);
  }
  static ALWAYS_INLINE void quarter(Words& a, Words& b, Words& c, Words& d) {
    a += b, d = rotate<16>(d ^ a);
    c += d, b = rotate<12>(b ^ c);
    a += b, d = rotate<8>(d ^ a);
    c += d, b = rotate<7>(b ^ c);
  }

  // The next BLOCKS blocks of the stream, BYTES bytes.
  NO_INLINE void next(u32* out) {
    Words first[16], v[16];
    Words order{};
    UNROLL for (int b = 0; b < BLOCKS; b++) order[b] = (u32)b;
    UNROLL for (int i = 0; i < 16; i++) v[i] = first[i] = order * 0 + state[i] + (i == 12 ? order : order * 0);
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
    UNROLL for (int i = 0; i < 16; i++) v[i] += first[i];
    UNROLL for (int g = 0; g < 16; g += 4) {
      transpose_words((VectorWords*)(v + g));
      UNROLL for (int k = 0; k < 4; k++)
        UNROLL for (int b = 0; b < BLOCKS; b += 4) __builtin_memcpy(out + 16 * (b + k) + g, (const u32*)(v + g + k) + b, 16);
    }
    state[12] += BLOCKS - FAULT(18);
  }
};

// Words below p, balanced: v < 2^51 is written into the low bits of the magic number, then reduced.
static void row_sample_uniform(double* out, const u8* key, u32 index, int n, double p) {
  const Arith A(p);
  ChaCha stream(key, 1, index);
  const u64 mask = ~(u64)0 >> __builtin_clzll((u64)p);
  constexpr int L = sizeof(ChaCha::Words) / 8, COUNT = ChaCha::BYTES / 8;
  alignas(64) u32 words[ChaCha::BYTES / 4];
  alignas(64) double values[COUNT];
  for (int count = 0; count < n;) {
    stream.next(words);
    for (int i = 0; i < COUNT; i += L) {
      const ChaCha::Longs v = (*(const ChaCha::Longs*)(words + 2 * i) & mask) | (u64)MAGIC_BITS;
      *(ChaCha::Longs*)(values + i) = v;
    }
    const bool whole = count + COUNT <= n;
    for (int i = 0; i < COUNT; i += Arith::W) {
      const Vec v = Arith::sub(Arith::load(values + i), Arith::broadcast(MAGIC)), r = A.reduce(v);
      if (whole && !FAULT(19) && Arith::all_below(v, p)) Arith::store_anywhere(out + count, r), count += Arith::W;
      else {
        alignas(64) double some[Arith::W], balanced[Arith::W];
        Arith::store(some, v), Arith::store(balanced, r);
        for (int k = 0; k < Arith::W && count < n; k++) {
          out[count] = balanced[k];
          count += some[k] < p || FAULT(19);
        }
      }
    }
  }
  // From bit-reversed order to that of the NTT (ntt.h): blocks of W x W transposed.
  constexpr int W = Arith::W;
  for (int b = 0; W > 1 && !FAULT(41) && b < n; b += W * W) {
    Vec block[W];
    UNROLL for (int k = 0; k < W; k++) block[k] = Arith::load(out + b + k * W);
    Arith::transpose(block);
    UNROLL for (int k = 0; k < W; k++) Arith::store(out + b + k * W, block[k]);
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
  forget(words, sizeof words);
}

static void row_sample_error(double* out, const u8* key, int n) {
  typedef ChaCha::Longs Longs;
  ChaCha stream(key, 3, 0);
  alignas(64) u32 words[ChaCha::BYTES / 4];
  constexpr u64 coins = ((u64)1 << 21) - 1;
  constexpr int L = sizeof(Longs) / 8;
  for (int at = 0; at < n; at += ChaCha::BYTES / 8) {
    stream.next(words);
    for (int i = 0; i < ChaCha::BYTES / 8; i += L) {
      // Both fields of coins side by side, 32 bits each; ones are counted in both at once.
      const Longs w = *(const Longs*)(words + 2 * i);
      Longs x = (w & coins) | (w & coins << (21 - FAULT(21))) << (11 + FAULT(21));
      x = x - (x >> 1 & 0x5555555555555555u);
      x = (x & 0x3333333333333333u) + (x >> 2 & 0x3333333333333333u);
      x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fu;
      x += x >> 8, x += x >> 16;
      *(Longs*)(out + at + i) = (x & 255) - (x >> 32 & 255) + (u64)MAGIC_BITS;
    }
    for (int i = 0; i < ChaCha::BYTES / 8; i += Arith::W)
      Arith::store(out + at + i, Arith::sub(Arith::load(out + at + i), Arith::broadcast(MAGIC)));
  }
  forget(words, sizeof words);
}
