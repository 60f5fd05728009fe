// The whole border of the kernel, driven by the input as a program: a list of calls with lists, lengths, handles and
// numbers that are mostly right and often not. Every call gives a status, and when everything is given back, no memory is
// held. Kinds of arguments, in the order of kernel.h; arrays stand for two arguments:
//   r ring, k instance, h buffer, i number, p parts, e exponent, f real
//   H buffers, B basis, Q special primes, X exponents, I numbers, P pointwise program, R row starts, Z places
//   F reals, G room for reals, C room for bytes, S seeds, Y bytes
#include <deque>
#include <memory>
#include <tuple>
#include <utility>
#include "input.h"
#include "rings.h"

static const std::vector<World>& worlds() {
  static const std::vector<World> made = make_worlds();
  return made;
}

// What one input made, to be given back.
struct State {
  const World& world;
  Input& in;
  std::vector<int32_t>& buffers;
  std::vector<int32_t> gone, rings, weights;
};

union Slot {
  int32_t i;
  double d;
  void* p;
  uint32_t n;
};

struct Freer { void operator()(void* p) const { free(p); } };

// The arguments of one call.
struct Arguments {
  State& s;
  Input& in;
  uint32_t count, limbs, parts;
  std::vector<Slot> slots;
  std::deque<std::unique_ptr<void, Freer>> memory;

  explicit Arguments(State& state) : s(state), in(state.in) {
    const uint8_t shape = in.byte();
    count = 1 + shape % 3, limbs = 1 + shape / 3 % 3, parts = 1 + shape / 9 % 4;
  }

  void integer(int32_t x) { Slot v; v.p = nullptr; v.i = x; slots.push_back(v); }
  void real(double x) { Slot v; v.d = x; slots.push_back(v); }
  template <class T> T* room(uint32_t n) {
    T* const p = (T*)malloc((size_t)n * sizeof(T) + (n == 0));
    memory.emplace_back(p);
    Slot a, b;
    a.p = p, b.p = nullptr, b.n = n;
    slots.push_back(a), slots.push_back(b);
    return p;
  }
  template <class T> void array(const std::vector<T>& from) {
    T* const p = room<T>((uint32_t)from.size());
    if (!from.empty()) memcpy(p, from.data(), from.size() * sizeof(T));
  }

  int32_t number() {
    static const int32_t some[] = {0, 1, 2, 3, 4, 5, 7, 15, 16, 17, 64, 1023, 1024, 2047, 65536, -1, -2, INT32_MAX, INT32_MIN, 1 << 20};
    const uint8_t kind = in.byte();
    if (kind < 160) return kind % 6;
    if (kind < 250) return some[kind % (sizeof some / sizeof *some)];
    return in.raw<int32_t>();
  }
  double anything() {
    static const double some[] = {0, 1, -1, 2, 0.5, 0x1p20, 0x1p40, 0x1p90, 1e300, -0.0, NAN, INFINITY, -INFINITY, 17, 65537, 5e-324};
    const uint8_t kind = in.byte();
    return kind < 240 ? some[kind % 16] : in.raw<double>();
  }
  int32_t handle(uint32_t at) {
    const uint8_t kind = in.byte();
    if (kind < 240 && !s.buffers.empty()) return s.buffers[at % s.buffers.size()];
    if (kind < 245 && !s.gone.empty()) return s.gone[at % s.gone.size()];
    return in.raw<int32_t>();
  }
  uint32_t length(uint32_t usual) {
    const uint8_t kind = in.byte();
    if (kind < 200) return usual;
    if (kind < 250) return kind % 9;
    return in.raw<uint16_t>() % 3000;
  }
  std::vector<int32_t> handles(uint32_t usual) {
    std::vector<int32_t> list(length(usual));
    const uint32_t start = in.byte();
    for (uint32_t i = 0; i < list.size(); i++) list[i] = list.size() > 16 ? s.buffers[(start + i) % s.buffers.size()] : handle(start + i);
    return list;
  }
  int32_t ring() {
    const uint8_t kind = in.byte();
    if (kind < 230) return s.world.ring;
    if (kind < 245 && !s.rings.empty()) return s.rings[kind % s.rings.size()];
    return in.raw<int32_t>();
  }

  void make(char kind) {
    switch (kind) {
      case 'r': return integer(ring());
      case 'k': return integer(in.byte() < 245 ? s.world.instance : in.raw<int32_t>());
      case 'h': return integer(handle(in.byte()));
      case 'i': return integer(number());
      case 'p': return integer(in.byte() < 230 ? (int32_t)parts : number());
      case 'e': return integer(in.byte() < 220 ? (int32_t)(in.byte() * 2 + 1) : number());
      case 'f': return real(anything());
      case 'H': return array(handles(in.byte() < 200 ? count : count * in.below(5)));
      case 'B': {
        std::vector<int32_t> basis(length(limbs));
        const uint32_t turn = in.byte();
        for (uint32_t i = 0; i < basis.size(); i++) basis[i] = turn < 240 ? (int32_t)((i + (turn < 160 ? 0 : turn)) % 3) : number();
        return array(basis);
      }
      case 'Q': {
        std::vector<int32_t> special(length(1));
        for (uint32_t i = 0; i < special.size(); i++) special[i] = in.byte() < 230 ? 2 - (int32_t)i : number();
        return array(special);
      }
      case 'X': {
        std::vector<int32_t> exponents(length(1 + in.below(2)));
        for (auto& e : exponents) e = in.byte() < 230 ? in.byte() * 4 + 1 : number();
        return array(exponents);
      }
      case 'I':
      case 'Z': {
        std::vector<int32_t> list(length(in.below(8)));
        for (auto& x : list) x = kind == 'Z' && in.byte() < 230 ? (int32_t)in.below(3) : number();
        return array(list);
      }
      case 'R': {
        std::vector<int32_t> starts(length(count + 1));
        int32_t sum = 0;
        for (auto& x : starts) x = sum, sum += (int32_t)in.below(4);
        if (in.byte() > 230 && !starts.empty()) starts[in.byte() % starts.size()] = number();
        return array(starts);
      }
      case 'P': {
        std::vector<int32_t> program;
        for (uint32_t steps = in.below(5); steps--;) {
          const uint8_t step = in.byte();
          program.push_back(step < 250 ? step % 3 : number());
          if (program.back() == 0) program.push_back(s.weights.empty() || step > 245 ? number() : s.weights[step % s.weights.size()]);
        }
        return array(program);
      }
      case 'F': {
        const uint32_t usual[] = {count * limbs, 2 * count * limbs, N / 2 * count, in.below(8), 0, N};
        const uint32_t n = length(usual[in.below(6)]);
        double* const p = room<double>(n);
        const uint8_t plain = in.byte();
        for (uint32_t i = 0; i < n; i++) p[i] = plain < 128 || n > 64 ? (double)((int)(i * plain) % 200 - 100) : anything();
        return;
      }
      case 'G': room<double>(length(in.below(2) ? N / 2 * count : 4)); return;
      case 'C':
      case 'Y': {
        static const uint32_t bits[] = {17, 40, 49};
        uint32_t each = 0;
        for (uint32_t i = 0; i < limbs; i++) each += bits[i];
        const uint32_t usual[] = {count * (uint32_t)(N / 8) * each, N / 4 + 16, 32, 12, in.byte()};
        const uint32_t n = length(usual[in.below(5)]);
        uint8_t* const p = room<uint8_t>(n);
        const uint8_t fill = in.byte();
        for (uint32_t i = 0; i < n; i++) p[i] = in.left() ? in.at[i % in.left()] : fill;
        return;
      }
      case 'S': {
        const uint32_t n = length(32 * count * (1 + in.below(2)));
        uint8_t* const p = room<uint8_t>(n);
        for (uint32_t i = 0; i < n; i++) p[i] = (uint8_t)(i * 31 + n);
        return;
      }
      default: abort();
    }
  }
};

template <class T> struct Take;
template <> struct Take<int32_t> { static int32_t from(const Slot& s) { return s.i; } };
template <> struct Take<uint32_t> { static uint32_t from(const Slot& s) { return s.n; } };
template <> struct Take<double> { static double from(const Slot& s) { return s.d; } };
template <class T> struct Take<T*> { static T* from(const Slot& s) { return (T*)s.p; } };

template <class... P, size_t... I> int32_t apply(int32_t (*f)(P...), const std::vector<Slot>& slots, std::index_sequence<I...>) {
  REQUIRE(slots.size() == sizeof...(P));
  return f(Take<P>::from(slots[I])...);
}
template <auto F> struct Verb;
template <class... P, int32_t (*F)(P...)> struct Verb<F> {
  static int32_t call(Arguments& a, const char* kinds) {
    for (const char* k = kinds; *k; k++) a.make(*k);
    return apply(F, a.slots, std::index_sequence_for<P...>());
  }
};

struct Entry {
  const char* name;
  const char* kinds;
  int32_t (*call)(Arguments&, const char*);
};
#define VERB(NAME, KINDS) {#NAME, KINDS, Verb<NAME>::call}

static const Entry verbs[] = {
    VERB(hesper_error_text, "C"),
    VERB(hesper_error_numbers, "G"),
    VERB(hesper_built, ""),
    VERB(hesper_runnable, ""),
    VERB(hesper_features, "iC"),
    VERB(hesper_read, "hfG"),
    VERB(hesper_write, "hfF"),
    VERB(hesper_pool_stats, "kG"),
    VERB(hesper_work_stats, "kG"),
    VERB(hesper_trim, ""),
    VERB(hesper_ntt_forward, "rHBp"),
    VERB(hesper_ntt_inverse, "rHBp"),
    VERB(hesper_add, "rHHHBpp"),
    VERB(hesper_subtract, "rHHHBpp"),
    VERB(hesper_multiply, "rHHHBpp"),
    VERB(hesper_multiply_add, "rHHHBpp"),
    VERB(hesper_negate, "rHHBp"),
    VERB(hesper_multiply_parts, "rHHHBpp"),
    VERB(hesper_dot_parts, "rHHhBp"),
    VERB(hesper_multiply_scalars, "rHHFBp"),
    VERB(hesper_add_scalars, "rHHFBp"),
    VERB(hesper_add_sparse, "rHHRIFBp"),
    VERB(hesper_linear_plain, "rHHRZHFBp"),
    VERB(hesper_linear_monomial, "rHHRZIBp"),
    VERB(hesper_mask_symmetric, "rHHhSSB"),
    VERB(hesper_mask_public, "rHHhSSB"),
    VERB(hesper_mask_symmetric_coefficient, "rHHhSSBp"),
    VERB(hesper_extract_part, "rHHBpi"),
    VERB(hesper_insert_part, "rHHBpi"),
    VERB(hesper_divide_by_last, "rHHBp"),
    VERB(hesper_divide_by_last_coefficient, "rHHBp"),
    VERB(hesper_convert_basis, "rHHBBp"),
    VERB(hesper_automorphism, "rHHBpe"),
    VERB(hesper_relinearize, "rHHBpHQ"),
    VERB(hesper_rotate_many, "rHHBXHQ"),
    VERB(hesper_rotate_sum, "rHHBXHQ"),
    VERB(hesper_relinearize_coefficient, "rHHBpHQ"),
    VERB(hesper_multiply_scaled, "rHHHBQfpp"),
    VERB(hesper_pointwise, "rHHBpPF"),
    VERB(hesper_sample_uniform, "rHSBpi"),
    VERB(hesper_sample_uniform_coefficient, "rHSBpi"),
    VERB(hesper_sample_ternary, "rHS"),
    VERB(hesper_sample_error, "rHS"),
    VERB(hesper_spread, "rHHB"),
    VERB(hesper_compose, "rHHB"),
    VERB(hesper_lift_plain, "rHHBf"),
    VERB(hesper_round_plain, "rHHBf"),
    VERB(hesper_encode, "rHFFf"),
    VERB(hesper_decode, "rGGHf"),
    VERB(hesper_pack, "rCHBpi"),
    VERB(hesper_unpack, "rHYBpi"),
    VERB(hesper_seal_secret, "rChYYY"),
    VERB(hesper_open_secret, "rhYYYY"),
};
constexpr uint32_t VERBS = sizeof verbs / sizeof *verbs;

static void own_things(State& s, uint8_t kind) {
  Arguments a(s);
  switch (kind % 8) {
    case 0: {
      static const uint32_t rows[] = {1, 2, 3, 4, 6, 9, 12, 18};
      const double sizes[] = {(double)N * rows[a.in.below(8)], a.anything(), 1, N - 1};
      const int32_t h = hesper_allocate(s.world.instance, sizes[a.in.below(4)]);
      if (h > 0) s.buffers.push_back(h);
      return;
    }
    case 1:
    case 2: {
      const int32_t h = a.handle(a.in.byte());
      const int32_t status = kind % 8 == 1 ? hesper_release(h) : hesper_wipe(h);
      for (size_t i = 0; i < s.buffers.size(); i++)
        if (s.buffers[i] == h) {
          REQUIRE(status == 0);
          s.buffers.erase(s.buffers.begin() + (long)i);
          s.gone.push_back(h);
          return;
        }
      REQUIRE(status < 0);
      return;
    }
    case 3:
    case 4: {
      for (const char k : {'k', 'i', 'i', 'R', 'Z', 'I'}) a.make(k);
      if (a.in.byte() < 200) {  // the usual sizes
        a.slots[1].i = (int32_t)a.slots[4].n - 1, a.slots[2].i = 3;
      }
      const uint32_t n = a.slots[4].n;
      // The last row start is read at the index that `outputs` says: the length is checked first.
      (void)n;
      const int32_t id = hesper_create_weights(a.slots[0].i, a.slots[1].i, a.slots[2].i, (const int32_t*)a.slots[3].p, a.slots[4].n,
                                               (const int32_t*)a.slots[5].p, a.slots[6].n, (const int32_t*)a.slots[7].p, a.slots[8].n);
      if (id > 0) s.weights.push_back(id);
      return;
    }
    case 5: {
      const int32_t id = s.weights.empty() || a.in.byte() > 200 ? a.number() : s.weights.back();
      const int32_t status = hesper_destroy_weights(id);
      if (!s.weights.empty() && id == s.weights.back()) {
        REQUIRE(status == 0);
        s.weights.pop_back();
      } else {
        for (size_t i = 0; status == 0 && i < s.weights.size(); i++)
          if (s.weights[i] == id) s.weights.erase(s.weights.begin() + (long)i--);
      }
      return;
    }
    case 6: {
      static const double good = prime_below(0x1p17);
      static const double root = root_of(good);
      std::vector<double> primes, roots, fft(a.length(N), 0.25);
      for (uint32_t i = a.length(1); i-- && primes.size() < 70;) {
        primes.push_back(a.in.byte() < 230 ? good : a.anything());
        roots.push_back(a.in.byte() < 230 ? root : a.anything());
      }
      if (a.in.byte() > 240 && !roots.empty()) roots.pop_back();
      Array<double> p(primes), r(roots), f(fft);
      const int32_t n = a.in.byte() < 230 ? N : a.number();
      const int32_t id = hesper_create_ring(s.world.instance, n, p.data, p.count, r.data, r.count, f.data, f.count);
      if (id > 0) s.rings.push_back(id);
      return;
    }
    default: {
      if (!s.rings.empty()) {
        REQUIRE(hesper_destroy_ring(s.rings.back()) == 0);
        s.rings.pop_back();
      }
      const int32_t opened = hesper_open(a.number(), a.number() % 4);
      if (opened > 0) {
        const int32_t h = hesper_allocate(opened, 100);
        REQUIRE(h > 0 && hesper_close(opened) == 0 && hesper_release(h) == hesper::DISPOSED && hesper_close(opened) < 0);
      }
      return;
    }
  }
}

// Enough for all shapes of a call: three lists of three, the largest of 4 parts over 3 primes and a half more. They stay
// from input to input, since making them costs more than most inputs.
constexpr size_t STANDING = 10;
static void topped_up(State& s) {
  while (s.buffers.size() < STANDING) {
    const int32_t h = hesper_allocate(s.world.instance, N * 18);
    REQUIRE(h > 0);
    s.buffers.push_back(h);
  }
  for (const int32_t h : s.buffers) {
    const uint8_t seed[32] = {(uint8_t)h};
    REQUIRE(hesper_sample_ternary(s.world.ring, &h, 1, seed, 32) == 0);
  }
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static std::vector<int32_t> standing[hesper::VARIANT_COUNT];
  Input input(data, size);
  const uint32_t which = input.below((uint32_t)worlds().size());
  State s{worlds()[which], input, standing[which], {}, {}, {}};
  topped_up(s);
  const double before = live_bytes(s.world.instance);
  for (int calls = 0; calls < 24 && !input.empty(); calls++) {
    const uint8_t op = input.byte();
    if (op >= 200 || s.buffers.empty()) {
      own_things(s, op);
      continue;
    }
    const Entry& verb = verbs[op % VERBS];
    Arguments a(s);
    const int32_t status = verb.call(a, verb.kinds);
    REQUIRE(status >= hesper::AUTHENTICATION_FAILED && status != hesper::KERNEL_FAILURE);
  }
  for (const int32_t w : s.weights) REQUIRE(hesper_destroy_weights(w) == 0);
  for (const int32_t r : s.rings) REQUIRE(hesper_destroy_ring(r) == 0);
  while (s.buffers.size() > STANDING) {
    REQUIRE(hesper_release(s.buffers.back()) == 0);
    s.buffers.pop_back();
  }
  // Others may have taken the place of standing ones.
  if (live_bytes(s.world.instance) != before || s.buffers.size() < STANDING) {
    for (const int32_t h : s.buffers) REQUIRE(hesper_release(h) == 0);
    s.buffers.clear();
    REQUIRE(live_bytes(s.world.instance) == 0);
  }
  return 0;
}
