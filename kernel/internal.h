// What the shared translation units (pool, jobs, objects, verbs) know of each other.
#pragma once
#include "kernel.h"
#include "variant.h"

namespace hesper {

// ---- failures (objects.cpp)

constexpr double NONE = __builtin_nan("");
// Records the failure for this thread and returns `status`.
int32_t fail(Status status, const char* text, double met = NONE, double wanted = NONE);
#define HESPER_TRY(call)                 \
  do {                                   \
    const int32_t status_ = (call);      \
    if (status_ < 0) return status_;     \
  } while (0)

// ---- memory (pool.cpp): size classes, 64-byte aligned; null when there is none to be had

void* pool_take(size_t bytes);
void pool_give(void* memory);
size_t pool_bytes(const void* memory);  // what the buffer occupies
void pool_trim();
struct PoolTotals { size_t live, idle, peak; };
PoolTotals pool_totals();

// Memory for one call.
struct Scratch {
  void* const memory;
  explicit Scratch(size_t bytes) : memory(pool_take(bytes ? bytes : 64)) {}
  ~Scratch() {
    if (memory) pool_give(memory);
  }
  Scratch(const Scratch&) = delete;
  double* doubles() const { return (double*)memory; }
};

// Overwrites in a way the compiler may not remove.
inline void wipe_memory(void* memory, size_t bytes) {
  __builtin_memset(memory, 0, bytes);
  __asm__ volatile("" : : "r"(memory) : "memory");
}
// Memory for secrets and messages: overwritten before the pool has it back.
struct SecretScratch : Scratch {
  const size_t bytes;
  explicit SecretScratch(size_t count) : Scratch(count), bytes(count) {}
  ~SecretScratch() {
    if (memory) wipe_memory(memory, bytes);
  }
};

struct Lock {
  explicit Lock(int which);
  ~Lock();
  const int which;
};
enum { LOCK_POOL = 0, LOCK_OBJECTS = 1, LOCK_COUNT = 2 };

// ---- jobs (jobs.cpp)

typedef void (*Task)(void* context, int index, int slot);
// Calls task for every index of [0, count), on the caller and at most threads - 1 others. Slots tell concurrent tasks of
// one call apart: 0 <= slot < threads.
void run_tasks(int threads, int count, Task task, void* context);
void wait_briefly(int spins);  // within a task, for another task
template <class F> void parallel(int threads, int count, const F& f) {
  run_tasks(threads, count, [](void* context, int index, int slot) { (*(const F*)context)(index, slot); }, (void*)&f);
}
// Stages of tasks, one after the other: f(stage, index, slot) for the indices of [0, counts[stage]) starts when the stage
// before is done. One fork and join for all: tasks are handed out in order, so each waits only for tasks already begun.
template <class F> void staged(int threads, const int* counts, int stages, const F& f) {
  int total = 0, done = 0;
  for (int s = 0; s < stages; s++) total += counts[s];
  parallel(threads, total, [&](int i, int slot) {
    int stage = 0, before = 0;
    while (i - before >= counts[stage]) before += counts[stage++];
    for (int spins = 0; __atomic_load_n(&done, __ATOMIC_ACQUIRE) < before; spins++) wait_briefly(spins);
    f(stage, i - before, slot);
    __atomic_add_fetch(&done, 1, __ATOMIC_RELEASE);
  });
}
void jobs_want(int threads);  // that many threads, the caller's included, may be asked for
void jobs_stop();

// ---- objects (objects.cpp)

// Rows worked on; read and written by several threads.
struct Work { int64_t transforms, key_products, conversions; };
inline void count_work(Work* w, int64_t transforms, int64_t key_products = 0, int64_t conversions = 0) {
  if (transforms) __atomic_fetch_add(&w->transforms, transforms, __ATOMIC_RELAXED);
  if (key_products) __atomic_fetch_add(&w->key_products, key_products, __ATOMIC_RELAXED);
  if (conversions) __atomic_fetch_add(&w->conversions, conversions, __ATOMIC_RELAXED);
}
struct Instance {
  const Variant* variant;
  int threads;
  size_t live_bytes, live_buffers;
  Work work;
};
struct Ring {
  int n, count, threads, instance;
  const Variant* variant;
  const double* fft_roots;
  Work* work;              // its instance's
  const double* inverses;  // [i][j]: 1 / prime i modulo prime j, balanced
  double prime[MAX_PRIMES];
  double* tables[MAX_PRIMES];
};
struct Buffer {
  double* data;
  size_t doubles;
  uint32_t stamp, position;  // the call that last listed it as an output, and where (lists.h)
};

const Variant* variant_of(int32_t id);
int32_t runnable_variants();
int32_t find_instance(int32_t id, Instance** out);
int32_t find_ring(int32_t id, const Ring** out);
int32_t find_buffer(int32_t handle, Buffer** out);
int32_t find_weights(int32_t id, const Weights** out);
uint32_t next_stamp();

}  // namespace hesper
