// A row of ternary integers as sealed bytes: ChaCha20-Poly1305 (RFC 8439) over 2 bits each. Nothing branches on, or
// indexes memory by, the row, the key or the tag.
#pragma once

static constexpr int KEY_BYTES = 32, NONCE_BYTES = 12, TAG_BYTES = 16;

static ALWAYS_INLINE u32 little_word(const u8* x) {
  return (u32)x[0] | (u32)x[1] << 8 | (u32)x[2] << 16 | (u32)x[3] << 24;
}
static ALWAYS_INLINE void put_word(u8* x, u32 w) {
  for (int i = 0; i < 4; i++) x[i] = (u8)(w >> 8 * i);
}

// The one-time authenticator, in limbs of 26 bits; r is below 2^124 with its top bits clear, so sums of five products are
// below 2^59.
struct Poly1305 {
  u32 r[5], h[5], last[4];

  explicit Poly1305(const u8* key) {
    static constexpr u32 clamp[5] = {0x3ffffff, 0x3ffff03, 0x3ffc0ff, 0x3f03fff, 0x00fffff};
    for (int i = 0; i < 5; i++) r[i] = (limb(key, i) & 0x3ffffff) & clamp[i], h[i] = 0;
    for (int i = 0; i < 4; i++) last[i] = little_word(key + 16 + 4 * i);
  }
  ~Poly1305() { forget(this, sizeof *this); }

  // Bits 26 i and up of 16 bytes.
  static ALWAYS_INLINE u32 limb(const u8* x, int i) { return i == 4 ? little_word(x + 12) >> 8 : little_word(x + 3 * i) >> 2 * i; }

  void block(const u8* x) {
    u64 d[5];
    for (int i = 0; i < 5; i++) h[i] += (limb(x, i) & 0x3ffffff) | (i == 4 ? 1 << 24 : 0);
    for (int i = 0; i < 5; i++) {
      d[i] = 0;
      for (int j = 0; j < 5; j++) d[i] += (u64)h[j] * (j <= i ? r[i - j] : 5 * r[i - j + 5]);
    }
    u64 carry = 0;
    for (int i = 0; i < 5; i++) d[i] += carry, h[i] = (u32)d[i] & 0x3ffffff, carry = d[i] >> 26;
    carry = h[0] + 5 * carry;
    h[0] = (u32)carry & 0x3ffffff, h[1] += (u32)(carry >> 26);
  }
  // Whole blocks, the last one filled up with zeros.
  void padded(const u8* x, size_t bytes) {
    for (; bytes >= 16; bytes -= 16, x += 16) block(x);
    if (bytes == 0) return;
    u8 rest[16] = {};
    for (size_t i = 0; i < bytes; i++) rest[i] = x[i];
    block(rest);
  }
  void tag(u8* out) {
    u32 carry = 0;
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < 5; i++) h[i] += carry, carry = h[i] >> 26, h[i] &= 0x3ffffff;
      carry *= 5;
    }
    h[0] += carry;
    // h - p where that is not negative: h + 5 - 2^130.
    u32 less[5];
    carry = 5;
    for (int i = 0; i < 5; i++) less[i] = h[i] + carry, carry = less[i] >> 26, less[i] &= 0x3ffffff;
    const u32 keep = carry - 1;  // all bits if h is below p
    for (int i = 0; i < 5; i++) h[i] = (h[i] & keep) | (less[i] & ~keep);
    const u32 words[4] = {h[0] | h[1] << 26, h[1] >> 6 | h[2] << 20, h[2] >> 12 | h[3] << 14, h[3] >> 18 | h[4] << 8};
    u64 sum = 0;
    for (int i = 0; i < 4; i++) sum = (sum >> 32) + words[i] + last[i], put_word(out + 4 * i, (u32)sum);
    forget(less, sizeof less);
  }
};

// The tag of associated data and ciphertext.
static void seal_tag(u8* tag, const u8* poly_key, const u8* associated, size_t associated_bytes, const u8* bytes, size_t count) {
  Poly1305 poly(poly_key);
  poly.padded(associated, associated_bytes);
  poly.padded(bytes, count);
  u8 lengths[16] = {};
  for (int i = 0; i < 8; i++)
    lengths[i] = (u8)((u64)associated_bytes >> 8 * i), lengths[8 + i] = (u8)((u64)count >> 8 * i);
  poly.block(lengths);
  poly.tag(tag);
}

// Room for the key stream of n integers: the authenticator's block, then that of the bytes, in whole calls of ChaCha.
static size_t seal_scratch(int n) { return (64 + (size_t)n / 4 + ChaCha::BYTES - 1) / ChaCha::BYTES * ChaCha::BYTES; }

static void seal_stream(u8* stream, int n, const u8* key, const u8* nonce) {
  ChaCha chacha(key, little_word(nonce), little_word(nonce + 4), little_word(nonce + 8));
  const size_t bytes = seal_scratch(n);
  for (size_t at = 0; at < bytes; at += ChaCha::BYTES) chacha.next((u32*)(stream + at));
}

// Returns 0, and writes nothing, if a number is not -1, 0 or 1.
static int row_seal(u8* bytes, const double* a, int n, const u8* key, const u8* nonce, const u8* associated,
                    size_t associated_bytes, u8* stream) {
  const size_t count = (size_t)n / 4;
  seal_stream(stream, n, key, nonce);
  u8* const hidden = stream + 64;
  int bad = 0;
  for (size_t i = 0; i < count; i++) {
    int fields = 0;
    for (int k = 0; k < 4; k++) {
      const double x = a[4 * i + (size_t)k];
      const int zero = x == 0, one = x == 1;
      bad |= !(zero | one | (x == -1));
      fields |= (zero | one << 1) << 2 * k;
    }
    hidden[i] = (u8)(hidden[i] ^ fields);
  }
  if (bad) return 0;
  __builtin_memcpy(bytes, hidden, count);
  seal_tag(bytes + count, stream, associated, associated_bytes, bytes, count);
  return 1;
}

// Returns 0, and writes nothing, if the tag is wrong or a field is none of a sealed row. The work does not depend on why.
static int row_open(double* out, const u8* bytes, int n, const u8* key, const u8* nonce, const u8* associated,
                    size_t associated_bytes, u8* stream) {
  const size_t count = (size_t)n / 4;
  seal_stream(stream, n, key, nonce);
  u8 tag[TAG_BYTES];
  seal_tag(tag, stream, associated, associated_bytes, bytes, count);
  int bad = 0;
  for (int i = 0; i < TAG_BYTES - FAULT(57); i++) bad |= tag[i] ^ bytes[count + (size_t)i];
  u8* const plain = stream + 64;
  for (size_t i = 0; i < count; i++) {
    plain[i] = (u8)(plain[i] ^ bytes[i]);
    bad |= plain[i] & plain[i] >> 1 & 0x55 & -!FAULT(58);
  }
  forget(tag, sizeof tag);
  if (bad) return 0;
  for (size_t i = 0; i < count; i++)
    for (int k = 0; k < 4; k++) out[4 * i + (size_t)k] = (double)((plain[i] >> 2 * k & 3) - 1);
  return 1;
}
