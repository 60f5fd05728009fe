// Secrets as sealed bytes and back. The contracts stand in src/kernel/kernel.ts.
#include "fault.h"
#include "lists.h"

using namespace hesper;

namespace {

// The row, and room for the key stream.
struct Seal {
  const Ring* ring;
  double* row;
};

int32_t check_seal(Seal& s, int32_t ring, int32_t handle, uint32_t byte_count, uint32_t key_bytes, uint32_t nonce_bytes) {
  HESPER_TRY(find_ring(ring, &s.ring));
  Buffer* buffer;
  HESPER_TRY(find_buffer(handle, &buffer));
  const int n = s.ring->n;
  if (buffer->doubles < (size_t)n) return fail(INVALID_ARGUMENT, "a buffer is too short", (double)buffer->doubles, n);
  if (byte_count != (uint32_t)n / 4 + 16) return fail(INVALID_ARGUMENT, "the bytes must have the exact length", byte_count, n / 4 + 16);
  if (key_bytes != 32) return fail(INVALID_ARGUMENT, "a sealing key has 32 bytes", key_bytes, 32);
  if (nonce_bytes != 12) return fail(INVALID_ARGUMENT, "a nonce has 12 bytes", nonce_bytes, 12);
  s.row = buffer->data;
  return OK;
}

}  // namespace

int32_t hesper_seal_secret(int32_t ring, uint8_t* bytes, uint32_t byte_count, int32_t a, hesper_bytes key, uint32_t key_bytes,
                           hesper_bytes nonce, uint32_t nonce_bytes, hesper_bytes associated, uint32_t associated_bytes) {
  Seal s;
  HESPER_TRY(check_seal(s, ring, a, byte_count, key_bytes, nonce_bytes));
  const Variant* const v = s.ring->variant;
  const SecretScratch stream(v->seal_scratch(s.ring->n));
  if (!stream.memory) return fail(OUT_OF_MEMORY, "no memory to seal a secret");
  if (!v->seal(bytes, s.row, s.ring->n, key, nonce, associated, associated_bytes, (uint8_t*)stream.memory))
    return fail(INVALID_ARGUMENT, "a row to be sealed holds -1, 0 and 1 only");
  return OK;
}

int32_t hesper_open_secret(int32_t ring, int32_t out, hesper_bytes bytes, uint32_t byte_count, hesper_bytes key, uint32_t key_bytes,
                           hesper_bytes nonce, uint32_t nonce_bytes, hesper_bytes associated, uint32_t associated_bytes) {
  Seal s;
  HESPER_TRY(check_seal(s, ring, out, byte_count, key_bytes, nonce_bytes));
  const Variant* const v = s.ring->variant;
  const SecretScratch stream(v->seal_scratch(s.ring->n));
  if (!stream.memory) return fail(OUT_OF_MEMORY, "no memory to open a sealed secret");
  if (!v->open(s.row, bytes, s.ring->n, key, nonce, associated, associated_bytes, (uint8_t*)stream.memory))
    return fail(AUTHENTICATION_FAILED, "the key does not open these bytes, or they were changed");
  return OK;
}
