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
  static constexpr int STREAMS = 2, TOGETHER = 8;  // 32 registers hold two streams; one alone waits for its own results
#elif defined(__AVX2__)
  typedef u32 Words __attribute__((vector_size(32)));
  static constexpr int STREAMS = 1, TOGETHER = 1;
#else
  typedef u32 Words __attribute__((vector_size(16)));
  static constexpr int STREAMS = 1, TOGETHER = 1;
#endif
  typedef u64 Longs __attribute__((vector_size(sizeof(Words))));
  static constexpr int LANES = sizeof(Words) / 4, BLOCKS = STREAMS * LANES, BYTES = 64 * BLOCKS;
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

#if defined(__AVX2__) && !defined(__AVX512F__)
  // In each 16 bytes: byte i is that at place i of the two words.
  static ALWAYS_INLINE Words move_bytes(Words x, u64 low, u64 high) {
    return (Words)_mm256_shuffle_epi8((__m256i)x, _mm256_set_epi64x((i64)high, (i64)low, (i64)high, (i64)low));
  }
#endif
  template <int K> static ALWAYS_INLINE Words rotate(Words x) {
#if defined(__wasm__)
    if (K == 16) return (Words)wasm_i16x8_shuffle(x, x, 1, 0, 3, 2, 5, 4, 7, 6);
#elif defined(__AVX2__) && !defined(__AVX512F__)
    if (K == 16) return move_bytes(x, 0x0504070601000302, 0x0d0c0f0e09080b0a);
    if (K == 8) return move_bytes(x, 0x0605040702010003, 0x0e0d0c0f0a09080b);
#endif
    return x << K | x >> (32 - K);
  }
  typedef Words State[STREAMS][16];
  // a += b, d = (d ^ a) <<< K in some quarters, from the first; a place is where four words start and how far they turn.
  struct Place { int start, turn; };
  template <int K> static ALWAYS_INLINE void step(State& v, int first, Place a, Place b, Place d) {
    UNROLL for (int i = first; i < first + TOGETHER; i++) {
      Words* const w = v[i / 4];
      Words &x = w[a.start + (i + a.turn) % 4], &z = w[d.start + (i + d.turn) % 4];
      x += w[b.start + (i + b.turn) % 4];
      z = rotate<K>(z ^ x);
    }
  }
  // Quarter rounds of the columns, or with turn 1 of the diagonals.
  static ALWAYS_INLINE void quarters(State& v, int turn) {
    const Place a{0, 0}, b{4, turn}, c{8, 2 * turn}, d{12, 3 * turn};
    UNROLL for (int first = 0; first < 4 * STREAMS; first += TOGETHER) {
      step<16>(v, first, a, b, d);
      step<12>(v, first, c, d, b);
      step<8>(v, first, a, b, d);
      step<7>(v, first, c, d, b);
    }
  }
  // Word i of the streams' first blocks, at the counters they start with.
  ALWAYS_INLINE Words word(int stream, int i) const {
    Words order{};
    UNROLL for (int b = 0; b < LANES; b++) order[b] = (u32)b;
    return i == 12 ? order + (state[12] + (u32)(LANES * stream)) : Words{} + state[i];
  }

  // The next BLOCKS blocks of the stream, BYTES bytes.
  NO_INLINE void next(u32* out) {
    State v;
    UNROLL for (int s = 0; s < STREAMS; s++)
      UNROLL for (int i = 0; i < 16; i++) v[s][i] = word(s, i);
    for (int round = 0; round < 10; round++) quarters(v, 0), quarters(v, 1);
    UNROLL for (int s = 0; s < STREAMS; s++) {
      UNROLL for (int i = 0; i < 16; i++) v[s][i] += word(s, i);
      UNROLL for (int g = 0; g < 16; g += 4) transpose_words((VectorWords*)(v[s] + g));
      UNROLL for (int k = 0; k < 4; k++) store_blocks(out + 16 * (LANES * s + k), v[s] + k);
    }
    state[12] += BLOCKS - FAULT(18);
  }
  // Of v[0], v[4], v[8], v[12] each 16 bytes are a quarter of a block; the blocks lie four apart.
  static ALWAYS_INLINE void store_blocks(u32* out, const Words* v) {
#if defined(__AVX512F__)
    const __m512i x = (__m512i)v[0], y = (__m512i)v[4], z = (__m512i)v[8], w = (__m512i)v[12];
    const __m512i a = _mm512_shuffle_i32x4(x, y, 0x44), b = _mm512_shuffle_i32x4(x, y, 0xee);
    const __m512i c = _mm512_shuffle_i32x4(z, w, 0x44), d = _mm512_shuffle_i32x4(z, w, 0xee);
    _mm512_storeu_si512(out, _mm512_shuffle_i32x4(a, c, 0x88));
    _mm512_storeu_si512(out + 64, _mm512_shuffle_i32x4(a, c, 0xdd));
    _mm512_storeu_si512(out + 128, _mm512_shuffle_i32x4(b, d, 0x88));
    _mm512_storeu_si512(out + 192, _mm512_shuffle_i32x4(b, d, 0xdd));
#else
    UNROLL for (int g = 0; g < 16; g += 4)
      UNROLL for (int b = 0; b < LANES; b += 4) __builtin_memcpy(out + 16 * b + g, (const u32*)(v + g) + b, 16);
#endif
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
