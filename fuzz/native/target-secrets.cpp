// Sealed secrets from outside. What does not open leaves the row as it was; what opens is ternary.
#include "input.h"
#include "rings.h"

static const std::vector<World>& worlds() {
  static const std::vector<World> made = make_worlds();
  return made;
}

constexpr uint32_t SEALED = N / 4 + 16;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Input input(data, size);
  const World& w = worlds()[input.below((uint32_t)worlds().size())];
  const uint8_t kind = input.byte();
  const uint32_t key_bytes = kind & 1 ? 32 : input.byte(), nonce_bytes = kind & 2 ? 12 : input.byte();
  Array<uint8_t> key(key_bytes), nonce(nonce_bytes), associated(input.byte());
  for (const Array<uint8_t>* a : {&key, &nonce, &associated})
    for (uint32_t i = 0; i < a->count; i++) a->data[i] = (uint8_t)(i + kind);
  const uint32_t length = kind & 4 ? SEALED : (uint32_t)input.raw<uint16_t>();
  Array<uint8_t> bytes(length);
  const int32_t row = hesper_allocate(w.instance, kind & 8 ? N : 1 + input.byte());
  std::vector<double> values(N, -1);
  if (kind & 8) {
    // A true seal, then changed by what is left of the input.
    for (int i = 0; i < N; i++) values[i] = (i * 7 + kind) % 3 - 1;
    if (kind & 16) values[input.raw<uint16_t>() % N] = (double)input.raw<int16_t>();
    REQUIRE(hesper_write(row, 0, values.data(), N) == 0);
    hesper_seal_secret(w.ring, bytes.data, bytes.count, row, key.data, key.count, nonce.data, nonce.count, associated.data,
                       associated.count);
    for (size_t i = 0; input.left() >= 3 && bytes.count; i++) {
      const uint32_t at = (uint32_t)input.raw<uint16_t>() % bytes.count;
      bytes.data[at] ^= input.byte();
    }
  } else {
    for (uint32_t i = 0; i < bytes.count; i++) bytes.data[i] = input.byte();
  }
  const int32_t status = hesper_open_secret(w.ring, row, bytes.data, bytes.count, key.data, key.count, nonce.data, nonce.count,
                                            associated.data, associated.count);
  REQUIRE(status <= 0 && status >= hesper::AUTHENTICATION_FAILED && status != hesper::KERNEL_FAILURE);
  if (kind & 8) {
    std::vector<double> now(N);
    REQUIRE(hesper_read(row, 0, now.data(), N) == 0);
    for (int i = 0; i < N; i++) REQUIRE(status == 0 ? now[i] == -1 || now[i] == 0 || now[i] == 1 : now[i] == values[i]);
  }
  REQUIRE(hesper_wipe(row) == 0);
  return 0;
}
