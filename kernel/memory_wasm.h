// Memory from the module's linear memory, which only grows: what is given back is kept by address and handed out again.
// Only the thread of the caller comes here, so the locks are empty.
#pragma once
extern "C" uint8_t __heap_base;

namespace hesper {

constexpr size_t SLAB_BYTES = 1 << 20, LARGE = (size_t)1 << 31, PAGE = 65536;

namespace {
struct Region {
  size_t bytes;
  Region* next;
};
Region* regions;  // ascending, never adjacent
size_t heap_end;

void* grow(size_t bytes) {
  if (!heap_end) heap_end = ((size_t)&__heap_base + 63) / 64 * 64;
  const uint64_t end = (uint64_t)heap_end + bytes, have = (uint64_t)__builtin_wasm_memory_size(0) * PAGE;
  if (end > 0xffff0000u) return nullptr;
  if (end > have && __builtin_wasm_memory_grow(0, (size_t)((end - have + PAGE - 1) / PAGE)) == (size_t)-1) return nullptr;
  void* const p = (void*)heap_end;
  heap_end = (size_t)end;
  return p;
}
}  // namespace

static void* system_take(size_t bytes, bool) {
  bytes = (bytes + 63) / 64 * 64;
  for (Region** at = &regions; *at; at = &(*at)->next) {
    Region* const r = *at;
    if (r->bytes < bytes) continue;
    if (r->bytes - bytes >= 64) {
      Region* const rest = (Region*)((uint8_t*)r + bytes);
      *rest = Region{r->bytes - bytes, r->next};
      *at = rest;
    } else {
      *at = r->next;  // cannot happen with multiples of 64, unless equal
    }
    return r;
  }
  return grow(bytes);
}
static void system_give(void* memory, size_t bytes) {
  bytes = (bytes + 63) / 64 * 64;
  Region** at = &regions;
  Region* before = nullptr;
  while (*at && (uint8_t*)*at < (uint8_t*)memory) before = *at, at = &(*at)->next;
  Region* r = (Region*)memory;
  *r = Region{bytes, *at};
  *at = r;
  if (r->next && (uint8_t*)r + r->bytes == (uint8_t*)r->next) r->bytes += r->next->bytes, r->next = r->next->next;
  if (before && (uint8_t*)before + before->bytes == (uint8_t*)r) before->bytes += r->bytes, before->next = r->next;
}

Lock::Lock(int w) : which(w) {}
Lock::~Lock() {}

}  // namespace hesper
