// Encryption: messages hidden under a secret or a public key. The contracts stand in src/kernel/kernel.ts.
#include "fault.h"
#include "lists.h"

using namespace hesper;

namespace {

// Elements in groups, so that memory stays small and all threads have work: for each element ROWS rows of small integers,
// for each slot a row of residues, and a row of zeros for encryptions without messages.
template <int ROWS> struct Masks {
  const Shape& s;
  const List &out, &messages;
  const int group;
  const SecretScratch scratch;
  Masks(const Shape& shape, const List& to, const List& m)
      : s(shape), out(to), messages(m), group(to.count < 4 * s.ring->threads ? to.count : 4 * s.ring->threads),
        scratch(((size_t)group * ROWS + s.ring->threads + 1) * s.n * 8) {
    if (scratch.memory) __builtin_memset(zeros(), 0, (size_t)s.n * 8);
  }

  double* small(int place, int row) const { return scratch.doubles() + (size_t)(place * ROWS + row) * s.n; }
  double* residues(int slot) const { return small(group, 0) + (size_t)slot * s.n; }
  double* zeros() const { return residues(s.ring->threads); }
  const double* message(int e, int limb) const { return messages.count ? messages[e] + (size_t)limb * s.n : zeros(); }
  // sample(e, row, to) for every element and row, then hide(e, place, limb, slot) for every element and limb.
  template <class Sample, class Hide> void run(const Sample& sample, const Hide& hide) const {
    for (int first = 0; first < out.count; first += group) {
      const int count = out.count - first < group ? out.count - first : group;
      spread_tasks(s.ring, count * ROWS, (size_t)s.n * 8, [&](int i, int) {
        sample(first + i / ROWS, i % ROWS, small(i / ROWS, i % ROWS));
      });
      spread_tasks(s.ring, count * s.limbs, (size_t)s.n * 8, [&](int i, int slot) {
        hide(first + i % count, i % count, i / count, slot);
      });
    }
  }
};

int32_t check_mask(Shape& s, int32_t ring, HESPER_BASIS, uint32_t out_count, uint32_t messages_count) {
  HESPER_TRY(open_shape(s, ring, basis, limbs, 2));
  return messages_count == 0 ? (int32_t)OK : same_length(out_count, messages_count);
}
// Rows of a key: up to the highest ring index of the basis.
size_t key_doubles(const Shape& s, int parts) {
  int highest = 0;
  for (int limb = 0; limb < s.limbs; limb++) highest = s.basis[limb] > highest ? s.basis[limb] : highest;
  return (size_t)(highest + 1) * parts * s.n;
}

}  // namespace

int32_t hesper_mask_symmetric(int32_t ring, HESPER_LIST(out), HESPER_LIST(messages), int32_t secret, hesper_bytes uniform_seeds,
                              uint32_t uniform_bytes, hesper_bytes error_seeds, uint32_t error_bytes, HESPER_BASIS) {
  Shape s;
  HESPER_TRY(check_mask(s, ring, basis, limbs, out_count, messages_count));
  HESPER_TRY(check_seeds(uniform_bytes, out_count));
  HESPER_TRY(check_seeds(error_bytes, out_count));
  List to(out_count), m(messages_count), key(1);
  HESPER_TRY(to.open(out, s.doubles(), Role::output, s.stamp));
  HESPER_TRY(m.open(messages, s.doubles() / 2, Role::separate, s.stamp));
  HESPER_TRY(key.open(&secret, key_doubles(s, 1), Role::separate, s.stamp));
  const Masks<1> masks(s, to, m);
  if (!masks.scratch.memory) return fail(OUT_OF_MEMORY, "no memory to encrypt");
  masks.run([&](int e, int, double* row) { s.v->sample_error(row, error_seeds + 32 * (size_t)e, s.n); },
            [&](int e, int place, int limb, int) {
              const double p = s.prime(limb);
              double* const a = to[e] + s.row(limb, 1);
              s.v->sample_uniform(a, uniform_seeds + 32 * (size_t)e, (uint32_t)s.basis[limb], s.n, p);
              s.v->mask(to[e] + s.row(limb, 0), masks.message(e, limb), s.tables(limb), masks.small(place, 0), a,
                        key[0] + (size_t)s.basis[limb] * s.n, FAULT(32) ? 1 : -1, s.n, p);
            });
  count_work(s.ring->work, (int64_t)to.count * s.limbs);
  return OK;
}

int32_t hesper_mask_symmetric_coefficient(int32_t ring, HESPER_LIST(out), HESPER_LIST(messages), int32_t secret,
                                          hesper_bytes uniform_seeds, uint32_t uniform_bytes, hesper_bytes error_seeds,
                                          uint32_t error_bytes, HESPER_BASIS, int32_t parts) {
  Shape s;
  if (parts > 2) return fail(INVALID_ARGUMENT, "a fresh encryption has two parts, or one where a seed stands for the other", parts, 2);
  HESPER_TRY(open_shape(s, ring, basis, limbs, parts));
  if (messages_count) HESPER_TRY(same_length(out_count, messages_count));
  HESPER_TRY(check_seeds(uniform_bytes, out_count));
  HESPER_TRY(check_seeds(error_bytes, out_count));
  List to(out_count), m(messages_count), key(1);
  HESPER_TRY(to.open(out, s.doubles(), Role::output, s.stamp));
  HESPER_TRY(m.open(messages, (size_t)s.limbs * s.n, Role::separate, s.stamp));
  HESPER_TRY(key.open(&secret, key_doubles(s, 1), Role::separate, s.stamp));
  const Masks<1> masks(s, to, m);
  if (!masks.scratch.memory) return fail(OUT_OF_MEMORY, "no memory to encrypt");
  masks.run([&](int e, int, double* row) { s.v->sample_error(row, error_seeds + 32 * (size_t)e, s.n); },
            [&](int e, int place, int limb, int slot) {
              const double p = s.prime(limb);
              double *const first = to[e] + s.row(limb, 0), *const product = masks.residues(slot);
              double* const a = parts == 2 ? first + s.n : product;
              s.v->sample_uniform(a, uniform_seeds + 32 * (size_t)e, (uint32_t)s.basis[limb], s.n, p);
              s.v->multiply(product, a, key[0] + (size_t)s.basis[limb] * s.n, s.n, p);
              s.v->ntt_inverse(s.tables(limb), product, s.n, p);
              s.v->mask_coefficients(first, masks.message(e, limb), masks.small(place, 0), product, s.n, p);
              if (parts == 2) s.v->ntt_inverse(s.tables(limb), a, s.n, p);
            });
  count_work(s.ring->work, (int64_t)to.count * s.limbs * parts);
  return OK;
}

int32_t hesper_mask_public(int32_t ring, HESPER_LIST(out), HESPER_LIST(messages), int32_t public_key, hesper_bytes ternary_seeds,
                           uint32_t ternary_bytes, hesper_bytes error_seeds, uint32_t error_bytes, HESPER_BASIS) {
  Shape s;
  HESPER_TRY(check_mask(s, ring, basis, limbs, out_count, messages_count));
  HESPER_TRY(check_seeds(ternary_bytes, out_count));
  HESPER_TRY(check_seeds(error_bytes, 2 * out_count));
  List to(out_count), m(messages_count), key(1);
  HESPER_TRY(to.open(out, s.doubles(), Role::output, s.stamp));
  HESPER_TRY(m.open(messages, s.doubles() / 2, Role::separate, s.stamp));
  HESPER_TRY(key.open(&public_key, key_doubles(s, 2), Role::separate, s.stamp));
  const Masks<3> masks(s, to, m);
  if (!masks.scratch.memory) return fail(OUT_OF_MEMORY, "no memory to encrypt");
  masks.run(
      [&](int e, int row, double* to) {
        if (row == 2) s.v->sample_ternary(to, ternary_seeds + 32 * (size_t)e, s.n);
        else s.v->sample_error(to, error_seeds + 32 * (2 * (size_t)e + (FAULT(33) ? 0 : row)), s.n);
      },
      [&](int e, int place, int limb, int slot) {
        // A small integer is its own residue.
        double* const u = masks.residues(slot);
        __builtin_memcpy(u, masks.small(place, 2), (size_t)s.n * 8);
        s.v->ntt_forward(s.tables(limb), u, s.n, s.prime(limb));
        for (int part = 0; part < 2; part++)
          s.v->mask(to[e] + s.row(limb, part), part == 0 ? masks.message(e, limb) : masks.zeros(), s.tables(limb),
                    masks.small(place, part), u, key[0] + ((size_t)s.basis[limb] * 2 + part) * s.n, 1, s.n, s.prime(limb));
      });
  count_work(s.ring->work, 3 * (int64_t)to.count * s.limbs);
  return OK;
}
