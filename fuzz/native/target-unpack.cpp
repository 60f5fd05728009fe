// Packed residues from outside: accepted rows are balanced and pack to the same bytes again, on every variant.
#include "input.h"
#include "rings.h"

static const std::vector<World>& worlds() {
  static const std::vector<World> made = make_worlds();
  return made;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Input input(data, size);
  const World& w = worlds()[input.below((uint32_t)worlds().size())];
  const int32_t prime = (int32_t)input.below(4);
  const int32_t parts = 1 + (int32_t)input.below(3), part = (int32_t)input.below(4) - 1;
  const uint32_t count = input.below(4);
  static const int bits[] = {17, 40, 49, 17};
  // The right length most of the time; what the input lacks is filled by repeating it.
  uint32_t length = count * (uint32_t)(N / 8 * bits[prime]);
  const uint8_t off = input.byte();
  if (off > 250) length += off - 253u;
  Array<uint8_t> bytes(length > 1 << 20 ? 0 : length);
  for (uint32_t i = 0; i < bytes.count; i++) bytes.data[i] = input.left() ? input.at[i % input.left()] : off;

  const double before = live_bytes(w.instance);
  std::vector<int32_t> handles;
  for (uint32_t i = 0; i < count; i++) handles.push_back(hesper_allocate(w.instance, N * parts));
  Array<int32_t> out(handles), basis(std::vector<int32_t>{prime});
  const int32_t status = hesper_unpack(w.ring, out.data, out.count, bytes.data, bytes.count, basis.data, 1, parts, part);
  REQUIRE(status <= 0 && status >= hesper::AUTHENTICATION_FAILED && status != hesper::KERNEL_FAILURE);
  if (status == 0) {
    Array<uint8_t> again(bytes.count);
    REQUIRE(hesper_pack(w.ring, again.data, again.count, out.data, out.count, basis.data, 1, parts, part) == 0);
    REQUIRE(memcmp(again.data, bytes.data, bytes.count) == 0);
  }
  for (const int32_t h : handles) REQUIRE(hesper_release(h) == 0);
  REQUIRE(live_bytes(w.instance) == before);
  return 0;
}
