// The WebAssembly build: everything as one unit, no library. kernel.h is exported as it is; besides it, memory for
// arguments and what workers need.
#include "pool.cpp"
#include "jobs.cpp"
#include "objects.cpp"
#include "dispatch.cpp"
#include "verbs.cpp"
#include "slots.cpp"
#include "monomial.cpp"
#include "plaintext.cpp"
#include "mask.cpp"
#if HESPER_EVALUATES
#include "terms.cpp"
#include "switch.cpp"
#include "key_switch.cpp"
#include "scaled.cpp"
#include "pointwise.cpp"
#include "weights.cpp"
#endif
#include "seal.cpp"

// arith_common.h came in once already.
namespace hesper_wasm {
using namespace hesper_plain;
}
#include "isa_wasm.cpp"

// With bulk memory the compiler turns these into single instructions; the loops must not be turned into calls of
// themselves.
extern "C" {
__attribute__((used, no_builtin)) void* memcpy(void* to, const void* from, size_t bytes) {
  __asm__ volatile("local.get %0\n local.get %1\n local.get %2\n memory.copy 0, 0" : : "r"(to), "r"(from), "r"(bytes) : "memory");
  return to;
}
__attribute__((used, no_builtin)) void* memmove(void* to, const void* from, size_t bytes) { return memcpy(to, from, bytes); }
__attribute__((used, no_builtin)) void* memset(void* to, int value, size_t bytes) {
  __asm__ volatile("local.get %0\n local.get %1\n local.get %2\n memory.fill 0" : : "r"(to), "r"(value), "r"(bytes) : "memory");
  return to;
}
}

// Memory for the arrays of one call; 0 when there is none.
HESPER_API(hesper_arguments_take) uint8_t* hesper_arguments_take(uint32_t bytes) {
  void* const memory = hesper::pool_take(bytes);
  if (!memory) hesper::fail(hesper::OUT_OF_MEMORY, "no memory for the arguments of a call", bytes);
  return (uint8_t*)memory;
}
// Arguments may be seeds of keys, messages or decrypted values: nothing of them stays.
HESPER_API(hesper_arguments_give) void hesper_arguments_give(uint8_t* memory, uint32_t bytes) {
  hesper::wipe_memory(memory, bytes);
  hesper::pool_give(memory);
}

#if defined(HESPER_THREADS)
// The end of a new stack of `bytes`, for a worker; and the worker's way to set it.
HESPER_API(hesper_worker_stack) uint8_t* hesper_worker_stack(uint32_t bytes) {
  uint8_t* const memory = (uint8_t*)hesper::pool_take(bytes);
  return memory ? memory + bytes : nullptr;
}
HESPER_API(hesper_set_stack) void hesper_set_stack(uint8_t* end) {
  __asm__ volatile("local.get %0\n global.set __stack_pointer" : : "r"(end));
}
#endif
