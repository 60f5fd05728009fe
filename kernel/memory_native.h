// Memory from the operating system, and locks: natively.
#pragma once
#include <pthread.h>
#include <sys/mman.h>

namespace hesper {

constexpr size_t SLAB_BYTES = 4 << 20, LARGE = 64 << 10, HUGE_PAGE = 2 << 20, SMALL_PAGE = 4096;

static size_t rounded_up(size_t x, size_t unit) { return (x + unit - 1) / unit * unit; }

// Large slabs lie on a boundary of 2 MiB, so that huge pages can back them.
static void* system_take(size_t bytes, bool large) {
  const size_t size = rounded_up(bytes, SMALL_PAGE), extra = large ? HUGE_PAGE : 0;
  uint8_t* const p = (uint8_t*)mmap(nullptr, size + extra, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) return nullptr;
  if (!large) return p;
  uint8_t* const q = (uint8_t*)rounded_up((size_t)p, HUGE_PAGE);
  if (q > p) munmap(p, (size_t)(q - p));
  if (q + size < p + size + extra) munmap(q + size, (size_t)(p + extra - q));
#if defined(MADV_HUGEPAGE)
  madvise(q, size, MADV_HUGEPAGE);
#endif
  return q;
}
static void system_give(void* memory, size_t bytes) { munmap(memory, rounded_up(bytes, SMALL_PAGE)); }

// Not std::mutex, which would bring much of the C++ library and its demands on the system.
struct Mutex { pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; };
static Mutex locks[LOCK_COUNT];
Lock::Lock(int w) : which(w) { pthread_mutex_lock(&locks[which].mutex); }
Lock::~Lock() { pthread_mutex_unlock(&locks[which].mutex); }

}  // namespace hesper
