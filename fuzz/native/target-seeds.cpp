// Seeds from outside: whatever they are, samples are residues of their primes, small where they have to be, and the same
// on every variant.
#include "input.h"
#include "rings.h"

static const std::vector<World>& worlds() {
  static const std::vector<World> made = make_worlds();
  return made;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Input input(data, size);
  const uint32_t kind = input.below(4), count = 1 + input.below(2);
  const int32_t prime = (int32_t)input.below(3), parts = 1 + (int32_t)input.below(2), part = (int32_t)input.below(3);
  const uint8_t off = input.byte();
  Array<uint8_t> seeds(32 * count + (off > 250 ? off - 250 : 0));
  for (uint32_t i = 0; i < seeds.count; i++) seeds.data[i] = input.byte();
  Array<int32_t> basis(std::vector<int32_t>{prime});
  std::vector<double> first;
  for (const World& w : worlds()) {
    std::vector<int32_t> handles;
    for (uint32_t i = 0; i < count; i++) handles.push_back(hesper_allocate(w.instance, N * parts));
    Array<int32_t> out(handles);
    int32_t status = -1;
    if (kind == 0) status = hesper_sample_uniform(w.ring, out.data, out.count, seeds.data, seeds.count, basis.data, 1, parts, part);
    if (kind == 1)
      status = hesper_sample_uniform_coefficient(w.ring, out.data, out.count, seeds.data, seeds.count, basis.data, 1, parts, part);
    if (kind == 2) status = hesper_sample_ternary(w.ring, out.data, out.count, seeds.data, seeds.count);
    if (kind == 3) status = hesper_sample_error(w.ring, out.data, out.count, seeds.data, seeds.count);
    REQUIRE(status == 0 || status == hesper::INVALID_ARGUMENT);
    REQUIRE((status == 0) == (seeds.count == 32 * count && (kind >= 2 || part < parts)));
    if (status == 0) {
      std::vector<double> rows(N);
      std::vector<double> all;
      const int at = kind < 2 ? part * N : 0;
      static const double limits[] = {0x1p16, 0x1p39, 0x1p48};
      for (const int32_t h : handles) {
        REQUIRE(hesper_read(h, at, rows.data(), N) == 0);
        for (const double x : rows) {
          REQUIRE(x == floor(x));
          if (kind < 2) REQUIRE(fabs(x) <= limits[prime]);
          else REQUIRE(fabs(x) <= (kind == 2 ? 1 : 64));
          all.push_back(x);
        }
      }
      // Rows in NTT form have an order of their own in each variant.
      if (first.empty() || kind == 0) first = all;
      REQUIRE(first == all);
    }
    for (const int32_t h : handles) REQUIRE(hesper_release(h) == 0);
  }
  return 0;
}
