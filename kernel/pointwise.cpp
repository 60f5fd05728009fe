// Pointwise programs: checks, and their cutting into blocks of columns for the threads. The engine is gemm.h.
#include "lists.h"
#include "plain.h"

using namespace hesper;

// Scratch of a block. Wide blocks read longer runs of the inputs, which counts for more than the second-level cache does.
static constexpr size_t CACHE_BYTES = 4 << 20;

struct Program {
  Scratch memory;
  PointwiseStep* const steps;
  int count = 0, width, parts;
  explicit Program(uint32_t length, int w, int p)
      : memory((size_t)length * sizeof(PointwiseStep)), steps((PointwiseStep*)memory.memory), width(w), parts(p) {}

  int32_t read(const int32_t* program, uint32_t length, const double* constants, uint32_t constant_count, const Shape& s) {
    if (!steps) return fail(OUT_OF_MEMORY, "no memory for a program");
    uint64_t used = 0;
    bool large = false;
    for (int limb = 0; limb < s.limbs; limb++) large = large || s.prime(limb) >= hesper_plain::DIGITS_LIMIT;
    for (uint32_t i = 0; i < length; i++) {
      PointwiseStep step{program[i], nullptr, nullptr, large};
      if (step.kind == POINTWISE_LINEAR) {
        if (++i == length) return fail(INVALID_ARGUMENT, "a linear step needs weights");
        HESPER_TRY(find_weights(program[i], &step.weights));
        if (step.weights->inputs != width)
          return fail(INVALID_ARGUMENT, "the weights have another number of inputs", step.weights->inputs, width);
        width = step.weights->outputs;
      } else if (step.kind == POINTWISE_SQUARE) {
        parts = 2 * parts - 1;
        HESPER_TRY(check_parts(parts));
      } else if (step.kind == POINTWISE_ADD_CONSTANTS) {
        step.constants = constants + used;
        used += (uint64_t)s.limbs * width;
        if (used > constant_count) return fail(INVALID_ARGUMENT, "too few constants", constant_count, (double)used);
        HESPER_TRY(check(step.constants, s));
      } else {
        return fail(INVALID_ARGUMENT, "no such pointwise step", step.kind);
      }
      steps[count++] = step;
    }
    if (count == 0) return fail(INVALID_ARGUMENT, "a program has at least one step");
    if (used != constant_count) return fail(INVALID_ARGUMENT, "more constants than the program takes", constant_count, (double)used);
    return OK;
  }
  int32_t check(const double* constants, const Shape& s) const {
    for (int i = 0; i < s.limbs * width; i++) {
      const double x = constants[i], p = s.prime(i / width);
      if (!(2 * x <= p && 2 * x >= -p) || x != (double)(int64_t)x)
        return fail(INVALID_ARGUMENT, "a constant is not a balanced residue of its prime; it is number", i);
    }
    return OK;
  }
};

int32_t hesper_pointwise(int32_t ring, HESPER_LIST(out), HESPER_LIST(a), HESPER_BASIS, int32_t parts, hesper_ints program,
                         uint32_t program_length, hesper_doubles constants, uint32_t constant_count) {
  Shape s;
  HESPER_TRY(open_shape(s, ring, basis, limbs, parts));
  if (a_count < 1) return fail(INVALID_ARGUMENT, "a pointwise program needs inputs", a_count, 1);
  Program steps(program_length, (int)a_count, parts);
  HESPER_TRY(steps.read(program, program_length, constants, constant_count, s));
  HESPER_TRY(same_length((uint32_t)steps.width, out_count));
  List to(out_count), x(a_count);
  HESPER_TRY(to.open(out, (size_t)s.limbs * steps.parts * s.n, Role::output, s.stamp));
  HESPER_TRY(x.open(a, s.doubles(), Role::separate, s.stamp));
  const int columns = s.v->pointwise_columns(steps.steps, steps.count, x.count, parts, CACHE_BYTES);
  const size_t bytes = (s.v->pointwise_scratch(steps.steps, steps.count, x.count, parts, columns) + 63) / 64 * 64;
  const Scratch scratch(bytes * s.ring->threads);
  if (!scratch.memory) return fail(OUT_OF_MEMORY, "no memory for a pointwise program", (double)bytes);
  const int blocks = s.n / columns;
  parallel(s.ring->threads, s.limbs * blocks, [&](int i, int slot) {
    const int limb = i / blocks;
    const PointwiseBlock block{steps.steps, steps.count, x.count, parts, x.at, s.row(limb, 0), to.at,
                               (size_t)limb * steps.parts * s.n, s.n, limb, s.prime(limb), i % blocks * columns, columns,
                               (uint8_t*)scratch.memory + bytes * slot};
    s.v->pointwise_block(&block);
  });
  return OK;
}
