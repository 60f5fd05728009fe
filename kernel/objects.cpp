// Failures, and what handles stand for: instances, rings, buffers, weights.
#include "internal.h"
#include "plain.h"

namespace hesper {
namespace {

#if defined(__wasm__)
#define PER_THREAD static
#else
#define PER_THREAD static thread_local
#endif
PER_THREAD struct {
  const char* text;
  double met, wanted;
} failure;

// Objects by number: generation in bits 20..30 (1 .. 2047), place in bits 0..19. A number is good until its object goes.
constexpr int PLACES = 1 << 20, CHUNK = 1024;
template <class T> struct Table {
  struct Entry {
    T object;
    int32_t generation, next_free, instance;
    bool live;
  };
  Entry* chunks[PLACES / CHUNK];
  int32_t used, free_list;  // free_list: place + 1

  Entry* at(int32_t place) { return &chunks[place / CHUNK][place % CHUNK]; }
  int32_t insert(const T& object, int32_t instance) {
    int32_t place;
    if (free_list) {
      place = free_list - 1;
      free_list = at(place)->next_free;
    } else {
      if (used == PLACES) return -1;
      place = used;
      if (place % CHUNK == 0) {
        Entry* const chunk = (Entry*)pool_take(CHUNK * sizeof(Entry));
        if (!chunk) return -1;
        chunks[place / CHUNK] = chunk;
      }
      at(place)->generation = 1;
      used++;
    }
    Entry* const e = at(place);
    e->object = object, e->instance = instance, e->live = true;
    return e->generation << 20 | place;
  }
  Entry* find(int32_t id, bool& was) {
    const int32_t place = id & (PLACES - 1);
    was = id > 0 && place < used;
    if (!was) return nullptr;
    Entry* const e = at(place);
    return e->live && e->generation == id >> 20 ? e : nullptr;
  }
  void remove(int32_t place) {
    Entry* const e = at(place);
    e->live = false;
    e->generation = e->generation % 2047 + 1;
    e->next_free = free_list;
    free_list = place + 1;
  }
};

Table<Instance> instances;
Table<Ring*> rings;
Table<Buffer> buffers;
Table<const Weights*> weights_table;
int32_t open_instances;
uint32_t stamp_counter;

template <class T> int32_t lookup(Table<T>& table, int32_t id, typename Table<T>::Entry** out, const char* unknown, const char* gone) {
  bool was;
  *out = table.find(id, was);
  if (*out) return OK;
  return was ? fail(DISPOSED, gone, id) : fail(INVALID_ARGUMENT, unknown, id);
}

void free_ring(Ring* ring) {
  for (int i = 0; i < ring->count; i++)
    if (ring->tables[i]) pool_give(ring->tables[i]);
  if (ring->fft_roots) pool_give((void*)ring->fft_roots);
  if (ring->inverses) pool_give((void*)ring->inverses);
  pool_give(ring);
}
void free_buffer(Table<Buffer>::Entry* e, int32_t place) {
  bool was;
  if (auto* const owner = instances.find(e->instance, was)) {
    owner->object.live_bytes -= pool_bytes(e->object.data);
    owner->object.live_buffers--;
  }
  pool_give(e->object.data);
  buffers.remove(place);
}
template <class T, class F> void remove_all(Table<T>& table, int32_t instance, F release) {
  for (int32_t i = 0; i < table.used; i++)
    if (table.at(i)->live && table.at(i)->instance == instance) release(table.at(i), i);
}

int32_t check_prime(double p, double root, int n) {
  using hesper_plain::Modulus;
  if (!(p > 2 * n && p < 0x1p49) || p != (double)(int64_t)p || ((int64_t)p & (2 * n - 1)) != 1)
    return fail(INVALID_ARGUMENT, "a prime must be 1 modulo 2n and below 2^49", p, n);
  if (!(root > -p && root < p) || root != (double)(int64_t)root) return fail(INVALID_ARGUMENT, "a root is not a residue", root, p);
  const Modulus m(p);
  const int64_t w = root < 0 ? (int64_t)root + (2 * (int64_t)root < -(int64_t)p ? (int64_t)p : 0) : m.balanced((int64_t)root);
  if (m.power(w, (uint64_t)n) != -1) return fail(INVALID_ARGUMENT, "a root is not a primitive 2n-th root of unity", root, p);
  return OK;
}

int32_t build_ring(Ring* ring, hesper_doubles roots, hesper_doubles fft_roots) {
  double* const fft = (double*)pool_take((size_t)ring->n * 8);
  if (!fft) return fail(OUT_OF_MEMORY, "no memory for the tables of a ring");
  ring->fft_roots = fft;
  for (int i = 0; i < ring->n; i++) fft[i] = fft_roots[i];
  double* const inverses = (double*)pool_take((size_t)ring->count * ring->count * 8);
  if (!inverses) return fail(OUT_OF_MEMORY, "no memory for the tables of a ring");
  ring->inverses = inverses;
  for (int i = 0; i < ring->count; i++) {
    ring->tables[i] = (double*)pool_take(ring->variant->ntt_table_doubles(ring->n) * 8);
    if (!ring->tables[i]) return fail(OUT_OF_MEMORY, "no memory for the tables of a ring");
  }
  parallel(ring->threads, ring->count, [&](int i, int) {
    const double p = ring->prime[i], w = roots[i] < 0 ? roots[i] + p : roots[i];
    ring->variant->ntt_build(ring->tables[i], ring->n, p, w);
    const hesper_plain::Modulus m(p);
    for (int j = 0; j < ring->count; j++)
      inverses[j * ring->count + i] = j == i ? 0 : (double)m.inverse(m.reduce((int64_t)ring->prime[j]));
  });
  return OK;
}

}  // namespace

int32_t fail(Status status, const char* text, double met, double wanted) {
  failure.text = text, failure.met = met, failure.wanted = wanted;
  return status;
}

int32_t find_instance(int32_t id, Instance** out) {
  Table<Instance>::Entry* e;
  HESPER_TRY(lookup(instances, id, &e, "not a kernel", "the kernel was closed"));
  *out = &e->object;
  return OK;
}
int32_t find_ring(int32_t id, const Ring** out) {
  Table<Ring*>::Entry* e;
  HESPER_TRY(lookup(rings, id, &e, "not a ring", "the ring was destroyed"));
  *out = e->object;
  return OK;
}
int32_t find_buffer(int32_t handle, Buffer** out) {
  Table<Buffer>::Entry* e;
  HESPER_TRY(lookup(buffers, handle, &e, "not a buffer", "the buffer was released"));
  *out = &e->object;
  return OK;
}
int32_t find_weights(int32_t id, const Weights** out) {
  Table<const Weights*>::Entry* e;
  HESPER_TRY(lookup(weights_table, id, &e, "not a weights matrix", "the weights were destroyed"));
  *out = e->object;
  return OK;
}
uint32_t next_stamp() { return __atomic_add_fetch(&stamp_counter, 1, __ATOMIC_RELAXED); }

}  // namespace hesper

using namespace hesper;

int32_t hesper_error_text(uint8_t* text, uint32_t length) {
  uint32_t i = 0;
  for (; failure.text && failure.text[i] && i < length; i++) text[i] = (uint8_t)failure.text[i];
  return (int32_t)i;
}
int32_t hesper_error_numbers(double* met_wanted, uint32_t length) {
  if (length < 2) return INVALID_ARGUMENT;
  met_wanted[0] = failure.met, met_wanted[1] = failure.wanted;
  return OK;
}

// Every bound of the kernel rests on it; a host may have changed the mode of the thread.
static bool rounds_to_nearest() {
  volatile double one = 1, half_step = 0x1p-53;
  return one + half_step == 1 && one + 3 * half_step == 1 + 0x1p-51 && -one - half_step == -1;
}

int32_t hesper_open(int32_t variant, int32_t threads) {
  if (!rounds_to_nearest()) return fail(KERNEL_FAILURE, "this thread does not round to the nearest number");
  const Variant* const v = variant_of(variant);
  if (!v) return fail(INVALID_ARGUMENT, "this variant is not built in", variant);
  if (!(runnable_variants() >> variant & 1)) return fail(INVALID_ARGUMENT, "this processor lacks the variant", variant);
  if (threads < 1 || threads > 256) return fail(INVALID_ARGUMENT, "threads must be 1 to 256", threads, 256);
  const Lock lock(LOCK_OBJECTS);
  const int32_t id = instances.insert(Instance{v, threads, 0, 0, {}}, 0);
  if (id < 0) return fail(OUT_OF_MEMORY, "no memory for a kernel");
  jobs_want(threads);
  open_instances++;
  return id;
}
int32_t hesper_close(int32_t instance) {
  const Lock lock(LOCK_OBJECTS);
  Instance* found;
  HESPER_TRY(find_instance(instance, &found));
  remove_all(rings, instance, [](auto* e, int32_t i) { free_ring(e->object), rings.remove(i); });
  remove_all(weights_table, instance, [](auto* e, int32_t i) { pool_give((void*)e->object), weights_table.remove(i); });
  remove_all(buffers, instance, [](auto* e, int32_t i) { free_buffer(e, i); });
  instances.remove(instance & (PLACES - 1));
  if (--open_instances == 0) jobs_stop(), pool_trim();
  return OK;
}
double hesper_fma_run(int32_t instance, int32_t iterations) {
  Instance* i;
  if (find_instance(instance, &i) < 0) return -1;
  return i->variant->fma_run(iterations);
}

int32_t hesper_create_ring(int32_t instance, int32_t n, hesper_doubles primes, uint32_t prime_count, hesper_doubles roots,
                           uint32_t root_count, hesper_doubles fft_roots, uint32_t fft_count) {
  Instance* owner;
  HESPER_TRY(find_instance(instance, &owner));
  if (n < 1024 || n > 65536 || (n & (n - 1))) return fail(INVALID_ARGUMENT, "n must be a power of two from 1024 to 65536", n);
  if (prime_count < 1 || prime_count > MAX_PRIMES) return fail(INVALID_ARGUMENT, "a ring has 1 to 64 primes", prime_count, MAX_PRIMES);
  if (root_count != prime_count) return fail(INVALID_ARGUMENT, "one root per prime", root_count, prime_count);
  if (fft_count != (uint32_t)n) return fail(INVALID_ARGUMENT, "n / 2 complex roots", fft_count, n);
  for (uint32_t i = 0; i < prime_count; i++) {
    HESPER_TRY(check_prime(primes[i], roots[i], n));
    for (uint32_t j = 0; j < i; j++)
      if (primes[j] == primes[i]) return fail(INVALID_ARGUMENT, "the primes of a ring must differ", primes[i]);
  }
  Ring* const ring = (Ring*)pool_take(sizeof(Ring));
  if (!ring) return fail(OUT_OF_MEMORY, "no memory for a ring");
  *ring = Ring{};
  ring->n = n, ring->count = (int)prime_count, ring->threads = owner->threads, ring->instance = instance;
  ring->variant = owner->variant, ring->work = &owner->work;
  for (uint32_t i = 0; i < prime_count; i++) ring->prime[i] = primes[i];
  const int32_t status = build_ring(ring, roots, fft_roots);
  const Lock lock(LOCK_OBJECTS);
  const int32_t id = status < 0 ? status : rings.insert(ring, instance);
  if (id < 0) free_ring(ring);
  return id == -1 && status >= 0 ? fail(OUT_OF_MEMORY, "too many rings") : id;
}
int32_t hesper_destroy_ring(int32_t ring) {
  const Lock lock(LOCK_OBJECTS);
  Table<Ring*>::Entry* e;
  HESPER_TRY(lookup(rings, ring, &e, "not a ring", "the ring was destroyed"));
  free_ring(e->object);
  rings.remove(ring & (PLACES - 1));
  return OK;
}

int32_t hesper_allocate(int32_t instance, double doubles) {
  if (!(doubles >= 1 && doubles <= 0x1p36)) return fail(INVALID_ARGUMENT, "a buffer has 1 to 2^36 numbers", doubles);
  if (doubles * 8 > (double)(~(size_t)0 / 2)) return fail(OUT_OF_MEMORY, "no memory for a buffer of this many numbers", doubles);
  const size_t count = (size_t)doubles;
  const Lock lock(LOCK_OBJECTS);
  Instance* owner;
  HESPER_TRY(find_instance(instance, &owner));
  double* const data = (double*)pool_take(count * 8);
  if (!data) return fail(OUT_OF_MEMORY, "no memory for a buffer of this many numbers", doubles);
  const int32_t id = buffers.insert(Buffer{data, count, 0, 0}, instance);
  if (id < 0) {
    pool_give(data);
    return fail(OUT_OF_MEMORY, "too many buffers");
  }
  owner->live_bytes += pool_bytes(data), owner->live_buffers++;
  return id;
}
int32_t hesper_release(int32_t handle) {
  const Lock lock(LOCK_OBJECTS);
  Table<Buffer>::Entry* e;
  HESPER_TRY(lookup(buffers, handle, &e, "not a buffer", "the buffer was released"));
  free_buffer(e, handle & (PLACES - 1));
  return OK;
}
int32_t hesper_wipe(int32_t handle) {
  Buffer* b;
  HESPER_TRY(find_buffer(handle, &b));
  for (size_t i = 0; i < b->doubles; i++) ((volatile double*)b->data)[i] = 0;
  return hesper_release(handle);
}
static int32_t check_range(int32_t handle, double offset, uint32_t count, Buffer** out) {
  HESPER_TRY(find_buffer(handle, out));
  const double size = (double)(*out)->doubles;
  if (!(offset >= 0 && offset + count <= size) || offset != (double)(size_t)offset)
    return fail(INVALID_ARGUMENT, "the range is not inside the buffer", offset + count, size);
  return OK;
}
int32_t hesper_read(int32_t handle, double offset, double* out, uint32_t count) {
  Buffer* b;
  HESPER_TRY(check_range(handle, offset, count, &b));
  __builtin_memcpy(out, b->data + (size_t)offset, (size_t)count * 8);
  return OK;
}
int32_t hesper_write(int32_t handle, double offset, hesper_doubles data, uint32_t count) {
  Buffer* b;
  HESPER_TRY(check_range(handle, offset, count, &b));
  __builtin_memcpy(b->data + (size_t)offset, data, (size_t)count * 8);
  return OK;
}
int32_t hesper_pool_stats(int32_t instance, double* out, uint32_t count) {
  Instance* owner;
  HESPER_TRY(find_instance(instance, &owner));
  if (count < 4) return fail(INVALID_ARGUMENT, "four numbers", count, 4);
  const PoolTotals t = pool_totals();
  out[0] = (double)owner->live_bytes, out[1] = (double)owner->live_buffers, out[2] = (double)t.idle, out[3] = (double)t.peak;
  return OK;
}
int32_t hesper_work_stats(int32_t instance, double* out, uint32_t count) {
  Instance* owner;
  HESPER_TRY(find_instance(instance, &owner));
  if (count < 3) return fail(INVALID_ARGUMENT, "three numbers", count, 3);
  out[0] = (double)__atomic_load_n(&owner->work.transforms, __ATOMIC_RELAXED);
  out[1] = (double)__atomic_load_n(&owner->work.key_products, __ATOMIC_RELAXED);
  out[2] = (double)__atomic_load_n(&owner->work.conversions, __ATOMIC_RELAXED);
  return OK;
}
int32_t hesper_trim() {
  pool_trim();
  return OK;
}

#if HESPER_EVALUATES
int32_t hesper_create_weights(int32_t instance, int32_t outputs, int32_t inputs, hesper_ints row_start, uint32_t row_count,
                              hesper_ints columns, uint32_t column_count, hesper_ints values, uint32_t value_count) {
  Instance* owner;
  HESPER_TRY(find_instance(instance, &owner));
  if (outputs < 1 || inputs < 1 || outputs > PLACES || inputs > PLACES)
    return fail(INVALID_ARGUMENT, "a matrix has 1 to 2^20 rows and columns", outputs, inputs);
  if (row_count != (uint32_t)outputs + 1) return fail(INVALID_ARGUMENT, "one row start per output and the end", row_count, outputs + 1);
  if (column_count != value_count || row_start[outputs] < 0 || (uint32_t)row_start[outputs] != value_count)
    return fail(INVALID_ARGUMENT, "the last row start must be the number of columns and values", row_start[outputs], value_count);
  const Scratch scratch(weights_scratch(outputs, inputs, value_count));
  if (!scratch.memory) return fail(OUT_OF_MEMORY, "no memory to pack weights");
  const int64_t bytes = weights_plan(scratch.memory, outputs, inputs, row_start, columns, values);
  if (bytes == -1) return fail(INVALID_ARGUMENT, "row starts must ascend from 0");
  if (bytes == -2) return fail(INVALID_ARGUMENT, "a column is out of range", NONE, inputs);
  if (bytes == -3) return fail(INVALID_ARGUMENT, "a weight must be below 2^26 in size", NONE, 1 << 26);
  void* const memory = pool_take((size_t)bytes);
  if (!memory) return fail(OUT_OF_MEMORY, "no memory for weights", (double)bytes);
  const Weights* const packed = weights_fill(memory, scratch.memory);
  const Lock lock(LOCK_OBJECTS);
  const int32_t id = weights_table.insert(packed, instance);
  if (id < 0) {
    pool_give(memory);
    return fail(OUT_OF_MEMORY, "too many matrices");
  }
  return id;
}
int32_t hesper_destroy_weights(int32_t weights) {
  const Lock lock(LOCK_OBJECTS);
  Table<const Weights*>::Entry* e;
  HESPER_TRY(lookup(weights_table, weights, &e, "not a weights matrix", "the weights were destroyed"));
  pool_give((void*)e->object);
  weights_table.remove(weights & (PLACES - 1));
  return OK;
}
#endif
