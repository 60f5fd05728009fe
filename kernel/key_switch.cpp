// Hybrid key switching: relinearisation, rotations, sums of rotations. Four stages each: the switched parts to
// coefficients; per prime, digits raised to it and multiplied by the keys; the sums modulo the special primes to
// coefficients; division by their product. A stage has one task per prime and element or finer, prime by prime, so that
// tables and key rows stay in cache for all elements of a group.
#include "key_switch.h"

using namespace hesper;

namespace {

constexpr size_t GROUP_BYTES = 256 << 20;  // memory for elements worked on together, where one does not need more
constexpr size_t CACHED_BYTES = 4 << 20;   // what is read again and again should not exceed

int group_size(int count, int most, size_t element_bytes) {
  const size_t fits = GROUP_BYTES / element_bytes;
  if ((size_t)most > fits) most = fits < 1 ? 1 : (int)fits;
  return count < most ? count : most;
}
// Sums modulo Q wait for those modulo P either apart, so that few elements keep all threads busy, or not at all: then the
// last stage makes them, and they never leave the cache.
bool split(int count, int k, int threads) { return threads > 1 && count * k < 2 * threads; }

// Elements [0, count) through four stages of per[stage] tasks each, `group` of them at a time, stage by stage:
// f(element, place in the group, stage, task, slot). A task waits for the earlier stages of its own element and for its place
// to be free, so threads rarely meet; tasks are handed out in this order, so each waits only for tasks already begun.
struct Places {
  Scratch done;  // tasks finished in each place
  const int group;
  explicit Places(int size) : done((size_t)size * sizeof(int)), group(size) {}
  template <class F> void run(const Ring* ring, int count, const int (&per)[4], const F& f) const {
    const int each = per[0] + per[1] + per[2] + per[3];
    int* const finished = (int*)done.memory;
    __builtin_memset(finished, 0, (size_t)group * sizeof(int));
    parallel(ring->threads, count * each, [&](int i, int slot) {
      const int round = i / (group * each), first = round * group, size = count - first < group ? count - first : group;
      int rest = i - first * each, stage = 0, before = round * each;
      for (; rest >= size * per[stage]; stage++) rest -= size * per[stage], before += per[stage];
      const int place = rest % size;
      for (int spins = 0; __atomic_load_n(&finished[place], __ATOMIC_ACQUIRE) < before; spins++) wait_briefly(spins);
      f(first + place, place, stage, rest / size, slot);
      __atomic_add_fetch(&finished[place], 1, __ATOMIC_RELEASE);
    });
  }
};

// Tables of X -> X^g for each exponent.
struct Permutations {
  Scratch memory;
  const size_t bytes;
  Permutations(const SwitchPlan& p, hesper_ints exponents, uint32_t count)
      : memory(((p.v->permutation_bytes(p.n) + 63) / 64 * 64) * count), bytes((p.v->permutation_bytes(p.n) + 63) / 64 * 64) {
    if (memory.memory)
      for (uint32_t i = 0; i < count; i++)
        if (exponents[i] != 1) p.v->permutation_build((uint8_t*)memory.memory + i * bytes, p.n, (uint32_t)exponents[i]);
  }
  const void* operator[](int i) const { return (uint8_t*)memory.memory + (size_t)i * bytes; }
};

}  // namespace

int32_t hesper_relinearize(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_BASIS, int32_t parts, HESPER_LIST(keys),
                           HESPER_LIST(special)) {
  Shape s;
  SwitchPlan p;
  HESPER_TRY(open_shape(s, ring, basis, limbs, parts));
  HESPER_TRY(same_length(out_count, a_count));
  if (parts < 3) return fail(INVALID_ARGUMENT, "relinearisation needs three parts or more", parts, 3);
  HESPER_TRY(open_plan(p, s, special, special_count));
  const int powers = parts - 2, L = p.limbs, terms = powers * p.digits;
  HESPER_TRY(check_keys(p, keys_count, (uint32_t)powers));
  const size_t n = (size_t)s.n;
  List to(out_count), x(a_count), key(keys_count);
  HESPER_TRY(to.open(out, 2 * L * n, Role::output, s.stamp));
  HESPER_TRY(x.open(a, s.doubles(), Role::matching, s.stamp));
  HESPER_TRY(key.open(keys, 2 * p.key_rows * n, Role::separate, s.stamp));

  // Per element: the coefficients [power][limb][n], the sums modulo P [special][2][n], apart those modulo Q [limb][2][n].
  const int threads = s.ring->threads;
  const bool apart = split(to.count, p.k, threads) || (x.shared && threads > 1);
  const size_t rows = (size_t)powers * L + 2 * p.k + (apart ? 2 * L : 0);
  const Places places(group_size(to.count, 2 * threads, rows * n * 8));
  const Scratch plan(p.bytes()), memory(places.group * rows * n * 8), work((size_t)threads * (terms + 3) * n * 8),
      pointers((size_t)threads * 2 * terms * 8);
  if (!places.done.memory || !plan.memory || !memory.memory || !work.memory || !pointers.memory)
    return fail(OUT_OF_MEMORY, "no memory to relinearise");
  p.build(plan.memory);
  auto lowered = [&](int place) { return memory.doubles() + place * rows * n; };
  auto sums = [&](int place) { return lowered(place) + (size_t)powers * L * n; };
  auto scratch = [&](int slot) { return work.doubles() + (size_t)slot * (terms + 3) * n; };
  // Modulo the prime of extended limb j: digits raised, and their sum with the keys.
  auto multiply = [&](double* sum, int e, int place, int j, int slot) {
    const double** const digit = (const double**)pointers.memory + (size_t)slot * 2 * terms;
    const double** const key_rows = digit + terms;
    const int limb = j - p.k;  // negative for the special primes
    for (int power = 0; power < powers; power++) {
      const double* const own = limb < 0 ? nullptr : x[e] + s.row(limb - (FAULT(28) && limb > 0), 2 + power);
      const size_t before = (size_t)power * p.digits;
      p.raise(digit + before, scratch(slot) + before * n, own, lowered(place) + (size_t)power * L * n, n, j);
    }
    for (int t = 0; t < terms; t++) key_rows[t] = p.key_row(key[FAULT(27) ? t % p.digits * powers + t / p.digits : t], j);
    p.inner(sum, digit, key_rows, terms, j, limb < 0 ? nullptr : x[e] + s.row(limb, 0), limb < 0 ? nullptr : x[e] + s.row(limb, 1));
  };
  auto finish = [&](int e, int place, const double* base, int row, int slot) {
    p.divide(to[e] + (size_t)row * n, base, sums(place) + row % 2 * n, nullptr, scratch(slot) + (size_t)(terms + 2) * n, row / 2);
  };
  const int stages[4] = {powers * L, apart ? p.extended() : p.k, 2 * p.k, apart ? 2 * L : L};
  places.run(s.ring, to.count, stages, [&](int e, int place, int stage, int j, int slot) {
    if (stage == 0) p.lower(lowered(place) + (size_t)j * n, x[e] + s.row(j % L, 2 + j / L), j % L);
    else if (stage == 1) multiply(sums(place) + 2 * j * n, e, place, j, slot);
    else if (stage == 2) p.lower_special(sums(place) + (size_t)j * n, j / 2);
    else if (apart) finish(e, place, sums(place) + (2 * p.k + j) * n, j, slot);
    else {
      double* const base = scratch(slot) + (size_t)terms * n;
      multiply(base, e, place, p.k + j, slot);
      for (int part = 0; part < 2; part++) finish(e, place, base + part * n, 2 * j + part, slot);
    }
  });
  return OK;
}

int32_t hesper_relinearize_coefficient(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_BASIS, int32_t parts,
                                       HESPER_LIST(keys), HESPER_LIST(special)) {
  Shape s;
  SwitchPlan p;
  HESPER_TRY(open_shape(s, ring, basis, limbs, parts));
  HESPER_TRY(same_length(out_count, a_count));
  if (parts < 3) return fail(INVALID_ARGUMENT, "relinearisation needs three parts or more", parts, 3);
  HESPER_TRY(open_plan(p, s, special, special_count));
  const int powers = parts - 2, L = p.limbs, terms = powers * p.digits;
  HESPER_TRY(check_keys(p, keys_count, (uint32_t)powers));
  const size_t n = (size_t)s.n;
  List to(out_count), x(a_count), key(keys_count);
  HESPER_TRY(to.open(out, 2 * L * n, Role::output, s.stamp));
  HESPER_TRY(x.open(a, s.doubles(), Role::matching, s.stamp));
  HESPER_TRY(key.open(keys, 2 * p.key_rows * n, Role::separate, s.stamp));

  // Per element: the weighted coefficients [power][limb][n], unless those of the element serve; the sums modulo P
  // [special][2][n], apart those modulo Q [limb][2][n]. In place, rows that are still needed lie behind what is written,
  // limb by limb on one thread.
  const int threads = s.ring->threads;
  const bool apart = split(to.count, p.k, threads) || (x.shared && threads > 1), weighted = p.k > 1 || (x.shared && !FAULT(54));
  const size_t kept = weighted ? (size_t)powers * L : 0, rows = kept + 2 * p.k + (apart ? 2 * L : 0);
  const Places places(group_size(to.count, 2 * threads, rows * n * 8));
  const Scratch plan(p.bytes()), memory(places.group * rows * n * 8), work((size_t)threads * (terms + 2) * n * 8),
      pointers((size_t)threads * 2 * terms * 8);
  if (!places.done.memory || !plan.memory || !memory.memory || !work.memory || !pointers.memory)
    return fail(OUT_OF_MEMORY, "no memory to relinearise");
  p.build(plan.memory);
  auto lowered = [&](int place) { return memory.doubles() + place * rows * n; };
  auto sums = [&](int place) { return lowered(place) + kept * n; };
  auto scratch = [&](int slot) { return work.doubles() + (size_t)slot * (terms + 2) * n; };
  // Modulo the prime of extended limb j: digits raised, and the coefficients of their sum with the keys; plus the element's
  // own where `plus`.
  auto multiply = [&](double* sum, int e, int place, int j, int slot, bool plus) {
    const double** const digit = (const double**)pointers.memory + (size_t)slot * 2 * terms;
    const double** const key_rows = digit + terms;
    const int limb = j - p.k;  // negative for the special primes
    for (int power = 0; power < powers; power++) {
      const double* const own = limb < 0 ? nullptr : x[e] + s.row(limb - (FAULT(53) && limb > 0), 2 + power);
      const double* const y = weighted ? lowered(place) + (size_t)power * L * n : x[e] + s.row(0, 2 + power);
      const size_t before = (size_t)power * p.digits;
      p.raise(digit + before, scratch(slot) + before * n, own, y, weighted ? n : parts * n, j, SwitchPlan::Own::coefficients);
    }
    for (int t = 0; t < terms; t++) key_rows[t] = p.key_row(key[t], j);
    p.inner(sum, digit, key_rows, terms, j, nullptr, nullptr);
    for (int part = 0; part < 2; part++) p.lower_sum(sum + part * n, plus ? x[e] + s.row(limb, part) : nullptr, j);
  };
  const int stages[4] = {weighted ? powers * L : 0, apart ? p.extended() : p.k, 0, apart ? 2 * L : L};
  places.run(s.ring, to.count, stages, [&](int e, int place, int stage, int j, int slot) {
    if (stage == 0) {
      s.v->multiply_scalar(lowered(place) + (size_t)j * n, x[e] + s.row(j % L, 2 + j / L), p.weight[j % L], s.n, s.prime(j % L));
    } else if (stage == 1) {
      multiply(sums(place) + 2 * j * n, e, place, j, slot, j >= p.k);
    } else if (apart) {
      p.divide_coefficient(to[e] + (size_t)j * n, sums(place) + (2 * p.k + j) * n, nullptr, sums(place) + j % 2 * n, j / 2);
    } else {
      double* const base = scratch(slot) + (size_t)terms * n;
      multiply(base, e, place, p.k + j, slot, false);
      for (int part = 0; part < 2; part++)
        p.divide_coefficient(to[e] + (2 * (size_t)j + part) * n, base + part * n, x[e] + s.row(j, part), sums(place) + part * n, j);
    }
  });
  return OK;
}

int32_t hesper_rotate_many(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_BASIS, HESPER_LIST(exponents), HESPER_LIST(keys),
                           HESPER_LIST(special)) {
  Shape s;
  SwitchPlan p;
  HESPER_TRY(open_shape(s, ring, basis, limbs, 2));
  HESPER_TRY(open_plan(p, s, special, special_count));
  if (exponents_count < 1) return fail(INVALID_ARGUMENT, "rotations need an exponent", exponents_count, 1);
  HESPER_TRY(check_exponents(s.ring, exponents, exponents_count, 3));
  HESPER_TRY(check_keys(p, keys_count, exponents_count));
  const int L = p.limbs, D = p.digits, rotations = (int)exponents_count;
  if (out_count != (uint64_t)a_count * exponents_count)
    return fail(INVALID_ARGUMENT, "one output per element and exponent", out_count, (double)a_count * rotations);
  const size_t n = (size_t)s.n;
  List to(out_count), x(a_count), key(keys_count);
  HESPER_TRY(to.open(out, 2 * L * n, Role::output, s.stamp));
  HESPER_TRY(x.open(a, s.doubles(), Role::separate, s.stamp));
  HESPER_TRY(key.open(keys, 2 * p.key_rows * n, Role::separate, s.stamp));

  // Per element: the coefficients [limb][n]; per element and rotation the sums modulo P [special][2][n]. Sums modulo Q that
  // are kept apart lie in the outputs. They are too where every prime of Q
  // would read 2k rows per rotation that do not stay in cache, more than it costs to write and read 2: then the last stage
  // takes as many rotations at a time as stay.
  const int threads = s.ring->threads;
  const size_t sum_rows = 2 * (size_t)p.k;
  const int chunk = group_size(rotations, rotations, sum_rows * n * 8);
  const int cached = sum_rows * n * 8 * 2 > CACHED_BYTES ? 1 : (int)(CACHED_BYTES / (sum_rows * n * 8));
  const bool apart = split(x.count, p.k, threads) || (p.k > 4 && chunk > cached);
  const size_t rows = L + chunk * sum_rows;
  const Places places(group_size(x.count, 2 * threads, rows * n * 8));
  const Scratch plan(p.bytes()), memory(places.group * rows * n * 8), work((size_t)threads * (D + 3) * n * 8),
      pointers((size_t)threads * 2 * D * 8);
  const Permutations permutations(p, exponents, exponents_count);
  if (!places.done.memory || !plan.memory || !memory.memory || !work.memory || !pointers.memory || !permutations.memory.memory)
    return fail(OUT_OF_MEMORY, "no memory to rotate");
  p.build(plan.memory);
  auto lowered = [&](int place) { return memory.doubles() + place * rows * n; };
  auto sums = [&](int place, int r) { return lowered(place) + (L + r * sum_rows) * n; };
  auto scratch = [&](int slot) { return work.doubles() + (size_t)slot * (D + 3) * n; };
  auto digits = [&](int slot) { return (const double**)pointers.memory + (size_t)slot * 2 * D; };
  for (int start = 0; start < rotations; start += chunk) {
    const int many = rotations - start < chunk ? rotations - start : chunk;
    auto raise = [&](int e, int place, int j, int slot) {
      p.raise(digits(slot), scratch(slot), j < p.k ? nullptr : x[e] + s.row(j - p.k, 1), lowered(place), n, j);
    };
    auto multiply = [&](double* sum, int e, int r, int j, int slot) {
      const double** const key_rows = digits(slot) + D;
      for (int d = 0; d < D; d++) key_rows[d] = p.key_row(key[FAULT(38) ? d * rotations + start + r : (start + r) * D + d], j);
      p.inner(sum, digits(slot), key_rows, D, j, j < p.k ? nullptr : x[e] + s.row(j - p.k, 0), nullptr);
    };
    auto output = [&](int e, int r, int row) { return to[e * rotations + start + r] + (size_t)row * n; };
    const int stages[4] = {L, apart ? p.extended() : p.k, many * 2 * p.k, apart ? many * 2 * L : L};
    places.run(s.ring, x.count, stages, [&](int e, int place, int stage, int j, int slot) {
      double* const base = scratch(slot) + D * n;
      if (stage == 0) {
        p.lower(lowered(place) + (size_t)j * n, x[e] + s.row(j, 1), j);
      } else if (stage == 1) {
        raise(e, place, j, slot);
        for (int r = 0; r < many; r++) multiply(j < p.k ? sums(place, r) + 2 * j * n : output(e, r, 2 * (j - p.k)), e, r, j, slot);
      } else if (stage == 2) {
        p.lower_special(sums(place, j / (2 * p.k)) + (size_t)(j % (2 * p.k)) * n, j % (2 * p.k) / 2);
      } else if (apart) {
        const int first = j / (cached * 2 * L) * cached, size = many - first < cached ? many - first : cached;
        const int rest = j - first * 2 * L;
        const int r = first + rest % size, row = rest / size;
        p.divide(base, output(e, r, row), sums(place, r) + row % 2 * n, nullptr, base, row / 2);
        p.v->permute(output(e, r, row), base, permutations[start + r]);
      } else {
        raise(e, place, p.k + j, slot);
        for (int r = 0; r < many; r++) {
          multiply(base, e, r, p.k + j, slot);
          for (int part = 0; part < 2; part++) {
            double* const to_row = output(e, r, 2 * j + part);
            p.divide(to_row, base + part * n, sums(place, r) + part * n, permutations[start + r], base + 2 * n, j);
          }
        }
      }
    });
  }
  return OK;
}

int32_t hesper_rotate_sum(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_BASIS, HESPER_LIST(exponents), HESPER_LIST(keys),
                          HESPER_LIST(special)) {
  Shape s;
  SwitchPlan p;
  HESPER_TRY(open_shape(s, ring, basis, limbs, 2));
  HESPER_TRY(open_plan(p, s, special, special_count));
  if (a_count < 1 || out_count != 1)
    return fail(INVALID_ARGUMENT, "a sum of rotations has one output and an element", out_count, 1);
  HESPER_TRY(same_length(a_count, exponents_count));
  HESPER_TRY(check_exponents(s.ring, exponents, exponents_count, 1));
  uint32_t switches = 0;
  for (uint32_t i = 0; i < exponents_count; i++) switches += exponents[i] != 1;
  HESPER_TRY(check_keys(p, keys_count, switches));
  const int L = p.limbs, D = p.digits, threads = s.ring->threads;
  const size_t n = (size_t)s.n;
  List to(out_count), x(a_count), key(keys_count);
  HESPER_TRY(to.open(out, 2 * L * n, Role::output, s.stamp));
  HESPER_TRY(x.open(a, s.doubles(), Role::separate, s.stamp));
  HESPER_TRY(key.open(keys, 2 * p.key_rows * n, Role::separate, s.stamp));

  const int group = group_size(x.count, 16, L * n * 8);
  const Scratch plan(p.bytes()), memory((group * (size_t)L + 2 * p.k) * n * 8), work((size_t)threads * (D + 2) * n * 8),
      pointers((size_t)threads * 2 * D * 8), key_of((size_t)x.count * sizeof(int));
  const Permutations permutations(p, exponents, exponents_count);
  if (!plan.memory || !memory.memory || !work.memory || !pointers.memory || !key_of.memory || !permutations.memory.memory)
    return fail(OUT_OF_MEMORY, "no memory to rotate");
  p.build(plan.memory);
  int* const first_key = (int*)key_of.memory;
  for (int e = 0, next = 0; e < x.count; e++) first_key[e] = exponents[e] == 1 ? -1 : next++ * D;
  double* const sums = memory.doubles() + group * (size_t)L * n;  // [special][2][n]
  auto lowered = [&](int place) { return memory.doubles() + (size_t)place * L * n; };
  // Adds one element to the sums modulo the prime of an extended limb.
  auto add_element = [&](double* sum, int e, int place, int j, int slot) {
    const int limb = j - p.k;
    if (first_key[e] < 0) {
      for (int part = 0; limb >= 0 && part < 2; part++)
        p.v->add(sum + part * n, sum + part * n, x[e] + s.row(limb, part), s.n, p.prime(j));
      return;
    }
    double* const raised = work.doubles() + (size_t)slot * (D + 2) * n;
    double* const product = raised + D * n;
    const double** const digit = (const double**)pointers.memory + (size_t)slot * 2 * D;
    for (int d = 0; d < D; d++) digit[D + d] = p.key_row(key[first_key[e] + d], j);
    p.raise(digit, raised, limb < 0 ? nullptr : x[e] + s.row(limb, 1), lowered(place), n, j);
    p.inner(product, digit, digit + D, D, j, limb < 0 || FAULT(39) ? nullptr : x[e] + s.row(limb, 0), nullptr);
    for (int part = 0; part < 2; part++) p.v->permute_add(sum + part * n, product + part * n, permutations[e], p.prime(j));
  };
  auto task = [&](int first, int size, int stage, int i, int slot) {
    if (stage == 0) {
      const int place = i % size, limb = i / size;
      if (first_key[first + place] >= 0) p.lower(lowered(place) + (size_t)limb * n, x[first + place] + s.row(limb, 1), limb);
    } else if (stage == 1) {
      double* const sum = i < p.k ? sums + 2 * i * n : to[0] + 2 * (i - p.k) * n;
      if (first == 0) __builtin_memset(sum, 0, 2 * n * 8);
      for (int place = 0; place < size; place++) add_element(sum, first + place, place, i, slot);
    } else if (stage == 2) {
      p.lower_special(sums + (size_t)i * n, i / 2);
    } else {
      double* const row = to[0] + (size_t)i * n;
      p.divide(row, row, sums + i % 2 * n, nullptr, work.doubles() + (size_t)slot * (D + 2) * n, i / 2);
    }
  };
  for (int first = 0; first < x.count; first += group) {
    const int size = x.count - first < group ? x.count - first : group;
    const int stages[4] = {size * L, p.extended(), 2 * p.k, 2 * L};
    const int count = first + size == x.count ? 4 : 2;
    staged(threads, stages, count, [&](int stage, int i, int slot) { task(first, size, stage, i, slot); });
  }
  return OK;
}
