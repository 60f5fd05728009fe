// The kernel's pool for fuzzing: every buffer is an allocation of its own and of exactly its size, so that the address
// sanitizer sees each byte read or written outside. Requests beyond a limit are refused, as if memory were short.
#include <mutex>
#include <stdlib.h>
#include <string.h>
#include <unordered_map>
#include "internal.h"

namespace hesper {

static std::mutex locks[LOCK_COUNT];
Lock::Lock(int w) : which(w) { locks[which].lock(); }
Lock::~Lock() { locks[which].unlock(); }

static constexpr size_t LARGEST = 64 << 20, MOST = 512 << 20;
static std::mutex mutex;
static std::unordered_map<const void*, size_t>& sizes() {
  static auto* const map = new std::unordered_map<const void*, size_t>();
  return *map;
}
static size_t live, peak;

void* pool_take(size_t bytes) {
  if (bytes > LARGEST) return nullptr;
  const std::lock_guard<std::mutex> lock(mutex);
  if (live + bytes > MOST) return nullptr;
  void* memory = nullptr;
  if (posix_memalign(&memory, 64, bytes) != 0) return nullptr;
  memset(memory, 0xa5, bytes);  // as a double: a small number, and no residue that anything relies on
  sizes()[memory] = bytes;
  live += bytes;
  if (live > peak) peak = live;
  return memory;
}

void pool_give(void* memory) {
  {
    const std::lock_guard<std::mutex> lock(mutex);
    const auto found = sizes().find(memory);
    if (found == sizes().end()) abort();  // given twice, or never taken
    live -= found->second;
    sizes().erase(found);
  }
  free(memory);
}

size_t pool_bytes(const void* memory) {
  const std::lock_guard<std::mutex> lock(mutex);
  return sizes().at(memory);
}

void pool_trim() {}

PoolTotals pool_totals() {
  const std::lock_guard<std::mutex> lock(mutex);
  return PoolTotals{live, 0, peak};
}

}  // namespace hesper
