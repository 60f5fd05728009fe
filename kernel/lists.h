// Checks of what comes over the border, and the rows of lists.
#pragma once
#include "internal.h"

namespace hesper {

// The ring, basis and parts of a call.
struct Shape {
  const Ring* ring;
  const Variant* v;
  const int32_t* basis;
  int n, limbs, parts;
  uint32_t stamp;
  size_t row(int limb, int part) const { return ((size_t)limb * parts + part) * n; }
  size_t doubles() const { return (size_t)limbs * parts * n; }
  double prime(int limb) const { return ring->prime[basis[limb]]; }
  const double* tables(int limb) const { return ring->tables[basis[limb]]; }
};

inline int32_t check_parts(int32_t parts) {
  if (parts < 1 || parts > MAX_PARTS) return fail(INVALID_ARGUMENT, "parts must be 1 to 16", parts, MAX_PARTS);
  return OK;
}
inline int32_t check_basis(const Ring* ring, const int32_t* basis, uint32_t limbs) {
  if (limbs < 1 || limbs > (uint32_t)ring->count)
    return fail(INVALID_ARGUMENT, "a basis has 1 prime to all primes of the ring", limbs, ring->count);
  uint64_t seen = 0;
  for (uint32_t i = 0; i < limbs; i++) {
    if (basis[i] < 0 || basis[i] >= ring->count)
      return fail(INVALID_ARGUMENT, "a basis index is not a prime of the ring", basis[i], ring->count);
    if (seen >> basis[i] & 1) return fail(INVALID_ARGUMENT, "a prime occurs twice in the basis", basis[i]);
    seen |= (uint64_t)1 << basis[i];
  }
  return OK;
}
inline int32_t open_shape(Shape& s, int32_t ring, const int32_t* basis, uint32_t limbs, int32_t parts) {
  HESPER_TRY(find_ring(ring, &s.ring));
  HESPER_TRY(check_basis(s.ring, basis, limbs));
  HESPER_TRY(check_parts(parts));
  s.v = s.ring->variant, s.basis = basis, s.n = s.ring->n, s.limbs = (int)limbs, s.parts = parts, s.stamp = next_stamp();
  return OK;
}

enum class Role {
  output,    // no handle twice
  matching,  // may be the output of the same index
  separate,  // may be no output
};

// One pointer per element.
struct List {
  Scratch memory;
  double** const at;
  const int count;
  bool shared = false;  // a buffer of this list is also an output
  explicit List(uint32_t n) : memory((size_t)n * sizeof(double*)), at((double**)memory.memory), count((int)n) {}
  double* operator[](int i) const { return at[i]; }

  // `absent`: a number that stands for no buffer; its pointer is null.
  int32_t open(const int32_t* handles, size_t doubles, Role role, uint32_t stamp, int32_t absent = 0) {
    if (!at) return fail(OUT_OF_MEMORY, "no memory for a list of this length", count);
    for (int i = 0; i < count; i++) {
      Buffer* b;
      if (absent && handles[i] == absent) {
        at[i] = nullptr;
        continue;
      }
      HESPER_TRY(find_buffer(handles[i], &b));
      if (b->doubles < doubles) return fail(INVALID_ARGUMENT, "a buffer is too short", (double)b->doubles, (double)doubles);
      const bool listed = b->stamp == stamp;
      if (role == Role::output) {
        if (listed) return fail(INVALID_ARGUMENT, "a buffer occurs twice in the outputs", handles[i]);
        b->stamp = stamp, b->position = (uint32_t)i;
      } else if (listed) {
        if (role == Role::separate || b->position != (uint32_t)i)
          return fail(INVALID_ARGUMENT, "a buffer is an input and also an output where it may not be", handles[i]);
        shared = true;
      }
      at[i] = b->data;
    }
    return OK;
  }
};

inline int32_t same_length(uint32_t a, uint32_t b) {
  return a == b ? (int32_t)OK : fail(INVALID_ARGUMENT, "lists must have the same length", b, a);
}

inline int32_t check_balanced(const Shape& s, const double* scalars, uint32_t count, uint32_t each) {
  for (uint32_t i = 0; i < count; i++) {
    const double p = s.prime((int)(i / each % (uint32_t)s.limbs)), x = scalars[i];
    if (!(x >= -0x1p48 && x <= 0x1p48) || x != (double)(int64_t)x || 2 * x > p || 2 * x < -p)
      return fail(INVALID_ARGUMENT, "a scalar is not a balanced residue of its prime; it is number", i);
  }
  return OK;
}

inline int32_t check_seeds(uint32_t bytes, uint32_t elements) {
  if ((uint64_t)elements * 32 != bytes) return fail(INVALID_ARGUMENT, "a seed has 32 bytes, one per element", bytes, 32.0 * elements);
  return OK;
}

// Tasks worth waking threads for; `doubles`: the size of one task.
template <class F> void spread_tasks(const Ring* ring, int count, size_t doubles, const F& f) {
  parallel((size_t)count * doubles >= 32768 ? ring->threads : 1, count, f);
}

}  // namespace hesper
