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

#if defined(__wasm_relaxed_simd__)
namespace hesper_wasm {
// Through memory that the compiler knows nothing of, so that nothing is computed before the module runs.
static NO_INLINE v128_t tried(const double* x, bool negated) {
  __asm__ volatile("" : "+r"(x) : : "memory");
  const v128_t a = Arith::load(x), c = Arith::load(x + 2);
  return negated ? Arith::nmadd(a, a, c) : Arith::madd(a, a, c);
}
// a = 1 + 2^-30: a a = 1 + 2^-29 + 2^-60, whose last term a rounded product loses.
static bool rounds_once() {
  alignas(16) const double sum[4] = {1 + 0x1p-30, -1 - 0x1p-30, -1 - 0x1p-29, -1 - 0x1p-29};
  alignas(16) const double difference[4] = {-1 - 0x1p-30, 1 + 0x1p-30, 1 + 0x1p-29, 1 + 0x1p-29};
  const v128_t s = wasm_f64x2_eq(tried(sum, false), wasm_f64x2_splat(0x1p-60));
  const v128_t d = wasm_f64x2_eq(tried(difference, true), wasm_f64x2_splat(-0x1p-60));
  return wasm_i64x2_all_true(s) && wasm_i64x2_all_true(d);
}
// Products and reductions of this module against integers: values at the ends of their ranges and between.
static bool agrees(double prime) {
  const Arith a(prime);
  const Modulus m(prime);
  u64 state = (u64)prime;
  for (int i = 0; i < 256; i++) {
    alignas(16) double x[2], w[2], product[2], twiddled[2];
    for (int k = 0; k < 2; k++) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      const i64 half = (m.q - 1) / 2, near = (i64)(state >> 56);
      x[k] = (double)(i % 2 ? half - near : (i64)(state % (u64)m.q) - half);
      w[k] = (double)(i % 4 < 2 ? near - half : (i64)((state >> 8) % (u64)m.q) - half);
    }
    const v128_t vx = Arith::load(x), vw = Arith::load(w);
    Arith::store(product, a.reduce(a.mul(vx, a.factor(vw))));
    Arith::store(twiddled, a.reduce(a.mul(vx, a.twiddle(a.factor(vw)))));
    for (int k = 0; k < 2; k++) {
      const double wanted = (double)m.mul((i64)x[k], (i64)w[k]);
      if (product[k] != wanted || twiddled[k] != wanted) return false;
    }
  }
  return true;
}
}  // namespace hesper_wasm

// Whether this engine's multiply-add is fused: 1, or 0, and then nothing of this module may be used. The primes need not
// be prime here.
HESPER_API(hesper_fused) int32_t hesper_fused() {
  return hesper_wasm::rounds_once() && hesper_wasm::agrees(0x1p48 - 0x1p33 - 1) && hesper_wasm::agrees(0x1p40 + 27);
}
#endif

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
