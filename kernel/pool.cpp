// Pooled buffers. Sizes are rounded up to eight classes per octave; buffers of a class come from slabs, so that a call
// to the system is rare, large pages can serve, and a slab without buffers in use can be given back.
#include "internal.h"
#if defined(__wasm__)
#include "memory_wasm.h"
#else
#include "memory_native.h"
#endif

namespace hesper {
namespace {

struct Slab;
struct alignas(64) Header {  // before each buffer
  Slab* slab;
  Header* next_free;
};
struct alignas(64) Slab {
  Slab *next, *previous;  // in the class's list of slabs with a free buffer
  Header* free_list;
  size_t bytes;
  uint32_t klass, slots, used, fresh;  // fresh: slots never handed out yet
};

constexpr size_t SMALLEST = 4096;
constexpr int CLASSES = 8 * 32;
Slab* open_slabs[CLASSES];
size_t live_bytes, idle_bytes, peak_bytes;

struct SizeClass { int index; size_t bytes; };
SizeClass size_class(size_t bytes) {
  if (bytes < SMALLEST) bytes = SMALLEST;
  int k = 63 - __builtin_clzll((unsigned long long)bytes);
  size_t step = (size_t)1 << (k - 3), rounded = (bytes + step - 1) / step * step;
  if (rounded == (size_t)2 << k) k++, step *= 2;
  return SizeClass{(k - 12) * 8 + (int)(rounded / step) - 8, rounded};
}
size_t stride_of(size_t class_bytes) { return class_bytes + sizeof(Header); }

void link(Slab* s) {
  s->previous = nullptr;
  s->next = open_slabs[s->klass];
  if (s->next) s->next->previous = s;
  open_slabs[s->klass] = s;
}
void unlink(Slab* s) {
  if (s->previous) s->previous->next = s->next;
  else open_slabs[s->klass] = s->next;
  if (s->next) s->next->previous = s->previous;
}

Slab* new_slab(SizeClass c) {
  const size_t stride = stride_of(c.bytes);
  const size_t slots = SLAB_BYTES > sizeof(Slab) + stride ? (SLAB_BYTES - sizeof(Slab)) / stride : 1;
  const size_t bytes = sizeof(Slab) + slots * stride;
  Slab* s = (Slab*)system_take(bytes, c.bytes >= LARGE);
  if (!s) return nullptr;
  *s = Slab{nullptr, nullptr, nullptr, bytes, (uint32_t)c.index, (uint32_t)slots, 0, (uint32_t)slots};
  idle_bytes += slots * stride;
  link(s);
  return s;
}

void trim_locked() {
  for (Slab*& head : open_slabs)
    for (Slab* s = head; s;) {
      Slab* const next = s->next;
      if (s->used == 0) {
        unlink(s);
        idle_bytes -= s->bytes - sizeof(Slab);
        system_give(s, s->bytes);
      }
      s = next;
    }
}

void* take_locked(size_t bytes) {
  const SizeClass c = size_class(bytes);
  if (c.index >= CLASSES) return nullptr;
  Slab* s = open_slabs[c.index];
  if (!s) s = new_slab(c);
  if (!s) trim_locked(), s = new_slab(c);
  if (!s) return nullptr;
  Header* h = s->free_list;
  if (h) s->free_list = h->next_free;
  else h = (Header*)((uint8_t*)(s + 1) + (size_t)(s->slots - s->fresh--) * stride_of(c.bytes));
  h->slab = s;
  if (++s->used == s->slots) unlink(s);
  live_bytes += stride_of(c.bytes), idle_bytes -= stride_of(c.bytes);
  if (live_bytes + idle_bytes > peak_bytes) peak_bytes = live_bytes + idle_bytes;
  return h + 1;
}

}  // namespace

void* pool_take(size_t bytes) {
  const Lock lock(LOCK_POOL);
  return take_locked(bytes);
}

void pool_give(void* memory) {
  const Lock lock(LOCK_POOL);
  Header* const h = (Header*)memory - 1;
  Slab* const s = h->slab;
  const size_t stride = (s->bytes - sizeof(Slab)) / s->slots;
  live_bytes -= stride, idle_bytes += stride;
  h->next_free = s->free_list;
  s->free_list = h;
  if (s->used-- == s->slots) link(s);
}

size_t pool_bytes(const void* memory) {
  const Slab* const s = ((const Header*)memory - 1)->slab;
  return (s->bytes - sizeof(Slab)) / s->slots;
}

void pool_trim() {
  const Lock lock(LOCK_POOL);
  trim_locked();
}

PoolTotals pool_totals() {
  const Lock lock(LOCK_POOL);
  return PoolTotals{live_bytes, idle_bytes, peak_bytes};
}

}  // namespace hesper
