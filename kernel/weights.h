// Integer matrices packed for the pointwise engine (gemm.h), and the programs it runs. Independent of the instruction
// set: one packed matrix serves the rings of every variant.
//
// Inputs are taken in pairs (2k, 2k + 1). Outputs with equal or similar support form tiles of up to 8; a tile lists the
// pairs that any of its outputs uses and stores one weight per output and input of each listed pair. A tile's pairs are
// cut into chunks so that the exact sums of one chunk cannot overflow: in every row the sum of |w| over a chunk is at
// most `chunk_limit` (README.md). Zero weights outside the listed pairs cost nothing.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace hesper {

constexpr int32_t TILE_ROWS = 8;
constexpr int32_t NARROW_MAX = 2048;               // |w| up to here runs on int16 digits
constexpr int32_t WIDE_LIMIT = 1 << 26;            // |w| must be below
constexpr int64_t NARROW_CHUNK = (1 << 16) - 1;    // sum |w| * 2^15 < 2^31, sum |w| * p / 2 < 2^63
constexpr int64_t WIDE_CHUNK = (int64_t)1 << 27;   // sum |w| * 2^24 <= 2^51

struct Tile {
  int32_t rows;
  int32_t pairs, first_pair;    // pair_index[first_pair ..]: ascending pair numbers
  int32_t chunks, first_chunk;  // chunk_end[first_chunk ..]: ends within the tile's pairs; at least one chunk
  int32_t output[TILE_ROWS];
  int64_t first_weight;  // narrow[first_weight + pair * rows + row], wide: (... ) * 2 + input
};

struct Weights {
  int32_t outputs, inputs, tile_count, used_count;
  int32_t is_wide, max_abs;
  int64_t nonzeros, bytes;
  const Tile* tiles;
  const int32_t* pair_index;
  const int32_t* chunk_end;
  const int32_t* used;  // ascending numbers of all pairs in use
  const int32_t* narrow;  // two int16 in one word, the even input low
  const double* wide;
};

// Memory is the caller's. 1. `weights_scratch` bytes of scratch; 2. `weights_plan`: bytes of the packed matrix, or
// -1: row starts not ascending from 0, -2: a column out of range, -3: |value| >= 2^26 (duplicates are added);
// 3. `weights_fill` into 64-byte aligned memory of that size, with the same scratch.
size_t weights_scratch(int32_t outputs, int32_t inputs, size_t nonzeros);
int64_t weights_plan(void* scratch, int32_t outputs, int32_t inputs, const int32_t* row_start, const int32_t* columns,
                     const int32_t* values);
const Weights* weights_fill(void* memory, void* scratch);

enum PointwiseKind : int32_t { POINTWISE_LINEAR = 0, POINTWISE_SQUARE = 1, POINTWISE_ADD_CONSTANTS = 2 };

struct PointwiseStep {
  int32_t kind;
  const Weights* weights;   // linear
  const double* constants;  // add constants: [limb][width]
  bool halves;              // linear: a prime has no digits, so that inputs are packed in halves
};

// One block of columns of one limb. in[e] + in_offset: the limb's row of element e, [parts][n]; out likewise with the
// final number of parts.
struct PointwiseBlock {
  const PointwiseStep* steps;
  int32_t step_count;
  int32_t width, parts;  // of the inputs
  const double* const* in;
  size_t in_offset;
  double* const* out;
  size_t out_offset;
  int32_t n, limb;
  double prime;
  int32_t column, columns;  // columns: a power of two from 16 up, divides column
  void* scratch;            // 64-byte aligned, pointwise_scratch(...) bytes, one per thread
};

}  // namespace hesper
