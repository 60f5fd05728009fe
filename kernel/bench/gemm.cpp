// Checks and times the pointwise engine of one instruction set (isa.h).
//   g++ -std=c++20 -O3 -ffp-contract=off -fno-exceptions -fno-rtti -mavx2 -mfma kernel/bench/gemm.cpp kernel/weights.cpp
#include "common.h"
#include "isa.h"
using namespace isa;
using namespace hesper;

struct Matrix {
  int outputs, inputs;
  i32 *row, *column, *value;
  const Weights* packed;
};
static Matrix matrix(int outputs, int inputs, int nonzeros) {
  return Matrix{outputs, inputs, aligned<i32>(outputs + 1), aligned<i32>(nonzeros + 1), aligned<i32>(nonzeros + 1), nullptr};
}
static void pack(Matrix& m) {
  void* scratch = aligned<u8>(weights_scratch(m.outputs, m.inputs, m.row[m.outputs]));
  const i64 bytes = weights_plan(scratch, m.outputs, m.inputs, m.row, m.column, m.value);
  if (bytes < 0) printf("weights refused: %d\n", (int)bytes), exit(1);
  m.packed = weights_fill(aligned<u8>(bytes), scratch);
  free(scratch);
}
static i32 weight(int bits) { return (i32)(rng() % ((2u << (bits - 1)) - 1)) - ((1 << (bits - 1)) - 1); }
static Matrix dense(int outputs, int inputs, int bits, double density = 1) {
  Matrix m = matrix(outputs, inputs, outputs * inputs);
  int k = 0;
  for (int o = 0; o < outputs; m.row[++o] = k)
    for (int i = 0; i < inputs; i++)
      if ((double)(rng() % 1000) < 1000 * density) m.column[k] = i, m.value[k++] = weight(bits);
  pack(m);
  return m;
}
// 5 maps, 5 x 5, stride 2, padding 1 before and after on 28 x 28: 845 outputs, maps last.
static Matrix convolution(int bits) {
  Matrix m = matrix(845, 784, 845 * 25);
  i32 w[125];
  for (i32& v : w) v = weight(bits);
  int k = 0, o = 0;
  for (int y = 0; y < 13; y++)
    for (int x = 0; x < 13; x++)
      for (int f = 0; f < 5; f++, m.row[++o] = k)
        for (int u = 0; u < 5; u++)
          for (int v = 0; v < 5; v++) {
            const int r = 2 * y - 1 + u, c = 2 * x - 1 + v;
            if (r >= 0 && c >= 0 && r < 28 && c < 28) m.column[k] = r * 28 + c, m.value[k++] = w[f * 25 + u * 5 + v];
          }
  pack(m);
  return m;
}

struct Lists {
  double **in, **out;
};
static double** lists(int count, size_t doubles) {
  double** t = (double**)malloc(sizeof(double*) * count);
  for (int i = 0; i < count; i++) t[i] = aligned<double>(doubles);
  return t;
}
static void release(double** t, int count) {
  for (int i = 0; i < count; i++) free(t[i]);
  free(t);
}

// The program by the definition, one column.
static void reference(const PointwiseStep* steps, int count, const Matrix* const* ms, i128* x, int width, int parts, int limb, uint64_t p) {
  for (int s = 0; s < count; s++) {
    i128* y = (i128*)calloc(20000, sizeof(i128));
    if (steps[s].kind == POINTWISE_LINEAR) {
      const Matrix& m = *ms[s];
      for (int o = 0; o < m.outputs; o++)
        for (int t = 0; t < parts; t++) {
          i128 v = 0;
          for (int k = m.row[o]; k < m.row[o + 1]; k++) v += (i128)m.value[k] * x[m.column[k] * parts + t];
          y[o * parts + t] = v % (i128)p;
        }
      width = m.outputs;
    } else if (steps[s].kind == POINTWISE_SQUARE) {
      for (int e = 0; e < width; e++)
        for (int i = 0; i < parts; i++)
          for (int j = 0; j < parts; j++) {
            i128& v = y[e * (2 * parts - 1) + i + j];
            v = (v + x[e * parts + i] * x[e * parts + j]) % (i128)p;
          }
      parts = 2 * parts - 1;
    } else {
      for (int e = 0; e < width; e++)
        for (int t = 0; t < parts; t++)
          y[e * parts + t] = x[e * parts + t] + (t == 0 ? (i128)(i64)steps[s].constants[limb * width + e] : 0);
    }
    memcpy(x, y, 20000 * sizeof(i128));
    free(y);
  }
  for (int i = 0; i < width * parts; i++) {
    i128 v = x[i] % (i128)p;
    if (v < 0) v += p;
    x[i] = v > p / 2 ? v - p : v;
  }
}

static void run(const char* name, const PointwiseStep* steps, int count, const Matrix* const* ms, int width, int parts,
                uint64_t p, int kind, int columns, bool timed) {
  const int n = timed ? 8192 : 1024, limbs = timed ? 1 : 2, limb = limbs - 1;  // timed: real strides and memory traffic
  int out_width = width, out_parts = parts;
  i64 macs = 0;
  for (int s = 0; s < count; s++)
    if (steps[s].kind == POINTWISE_LINEAR) out_width = ms[s]->outputs, macs += (i64)ms[s]->row[ms[s]->outputs] * out_parts;
    else if (steps[s].kind == POINTWISE_SQUARE) out_parts = 2 * out_parts - 1;
  double **in = lists(width, (size_t)limbs * parts * n), **out = lists(out_width, (size_t)limbs * out_parts * n);
  const double half = (double)(p / 2);
  for (int e = 0; e < width; e++)
    for (int i = 0; i < limbs * parts * n; i++)
      in[e][i] = kind == 0 ? half : kind == 1 ? -half : kind == 2 ? (e & 1 ? half : -half) : kind == 4 ? -32768.0 :
                 kind == 5 ? -2147483648.0 : balanced_double(rng() % p, p);
  void* scratch = aligned<u8>(pointwise_scratch(steps, count, width, parts, columns));
  PointwiseBlock b = {steps, count, width, parts, in, (size_t)limb * parts * n, out, (size_t)limb * out_parts * n, n, limb,
                      (double)p, 0, columns, scratch};
  bool ok = true;
  for (b.column = 0; b.column < n; b.column += columns) pointwise_block(&b);
  for (int t = 0; t < 6 && ok; t++) {
    const int c = t == 0 ? 0 : t == 1 ? n - 1 : (int)(rng() % n);
    i128* x = (i128*)calloc(20000, sizeof(i128));
    for (int e = 0; e < width; e++)
      for (int k = 0; k < parts; k++) x[e * parts + k] = (i64)in[e][(size_t)(limb * parts + k) * n + c];
    reference(steps, count, ms, x, width, parts, limb, p);
    for (int e = 0; e < out_width && ok; e++)
      for (int k = 0; k < out_parts; k++)
        if ((i64)out[e][(size_t)(limb * out_parts + k) * n + c] != (i64)x[e * out_parts + k]) {
          printf("  %s: output %d part %d column %d: %.0f, wanted %.0f\n", name, e, k, c,
                 out[e][(size_t)(limb * out_parts + k) * n + c], (double)(i64)x[e * out_parts + k]);
          ok = false;
          break;
        }
    free(x);
  }
  if (timed) {
    const double t = least([&] { for (b.column = 0; b.column < n; b.column += columns) pointwise_block(&b); }, 0.4);
    printf("%-10s %-34s %3d columns %7.2f GMAC/s %8.1f ns per column  %s\n", NAME, name, columns, (double)macs * n / t * 1e-9,
           t * 1e9 / n, verdict(ok));
  } else if (!ok) printf("%-10s %-34s kind %d columns %d %s\n", NAME, name, kind, columns, verdict(ok));
  fflush(stdout);
  release(in, width), release(out, out_width), free(scratch);
}

int main(int argc, char**) {
  const uint64_t top = prime_below(LIMIT, 1024), small = prime_below(1 << 20, 1024), worst = worst_prime(LIMIT, 1024, 64);
  double* constants = aligned<double>(4000);
  for (int i = 0; i < 4000; i++) constants[i] = (double)((i64)(rng() % small) - (i64)(small / 2));
  const PointwiseStep square = {POINTWISE_SQUARE, nullptr, nullptr}, plus = {POINTWISE_ADD_CONSTANTS, nullptr, constants};
  auto linear = [](const Matrix& m) { return PointwiseStep{POINTWISE_LINEAR, m.packed, nullptr}; };
  auto check = [&](const char* name, const PointwiseStep* s, int count, const Matrix* const* ms, int width, int parts) {
    for (uint64_t p : {top, worst, small, prime_below(1ull << 26, 1024), prime_below(1ull << 32, 1024)})
      for (int kind = 0; kind < 4; kind++) run(name, s, count, ms, width, parts, p, kind, 16 << kind % 3, false);
  };
  auto one = [&](const char* name, const Matrix& m, int parts) {
    const PointwiseStep s[] = {linear(m)};
    const Matrix* ms[] = {&m};
    check(name, s, 1, ms, m.inputs, parts);
  };
  one("13x21 w10", dense(13, 21, 10), 2);
  one("9x64 w12", dense(9, 64, 12), 3);
  one("9x64 w12 sparse", dense(19, 64, 12, 0.2), 1);
  one("5x33 w13", dense(5, 33, 13), 2);
  one("11x40 w26", dense(11, 40, 26), 2);
  one("7x9 w26 sparse", dense(7, 9, 26, 0.3), 3);
  {  // the flush bound: 32 weights of -2048 against digits of -2^15; and the widest weights
    Matrix m = matrix(3, 90, 270);
    for (int o = 0, k = 0; o < 3; m.row[++o] = k)
      for (int i = 0; i < 90; i++) m.column[k] = i, m.value[k++] = o == 0 ? -2048 : o == 1 ? 2047 : (i & 1 ? 1 : -1);
    pack(m);
    const PointwiseStep s[] = {linear(m)};
    const Matrix* ms[] = {&m};
    for (int kind : {0, 1, 4, 5}) run("flush bound", s, 1, ms, 90, 1, top, kind, 16, false);
    Matrix w = matrix(2, 20, 40);
    for (int o = 0, k = 0; o < 2; w.row[++o] = k)
      for (int i = 0; i < 20; i++) w.column[k] = i, w.value[k++] = o ? (1 << 26) - 1 : 1 - (1 << 26);
    pack(w);
    const PointwiseStep t[] = {linear(w)};
    const Matrix* ws[] = {&w};
    for (uint64_t p : {top, small, prime_below(1ull << 26, 1024), prime_below(1ull << 25, 1024)})
      for (int kind = 0; kind < 4; kind++) run("wide bound", t, 1, ws, 20, 1, p, kind, 16, false);
  }
  const Matrix conv = convolution(8), d1 = dense(100, 845, 10), d2 = dense(10, 100, 10);
  const PointwiseStep net[] = {linear(conv), plus, square, linear(d1), plus, square, linear(d2), plus};
  const Matrix* net_m[] = {&conv, nullptr, nullptr, &d1, nullptr, nullptr, &d2, nullptr};
  const PointwiseStep odd[] = {plus, square, plus, square};
  const Matrix* odd_m[] = {nullptr, nullptr, nullptr, nullptr};
  check("constants and squares", odd, 4, odd_m, 7, 2);
  run("network", net, 8, net_m, 784, 2, worst, 0, 16, false);
  run("network", net, 8, net_m, 784, 2, small, 3, 16, false);
  printf("%s: checks %s; conv: %d tiles, dense: %d tiles, chunks of the first %d\n", NAME, failures ? "FAILED" : "passed",
         conv.packed->tile_count, d1.packed->tile_count, d1.packed->tiles[0].chunks);
  if (argc > 1) return failures != 0;
  for (int columns : {32, 64, 128, 256}) {
    for (int bits : {8, 10, 12, 14}) {
      const Matrix m = dense(100, 845, bits);
      const PointwiseStep s[] = {linear(m)};
      const Matrix* ms[] = {&m};
      char name[40];
      sprintf(name, "100x845 w%d", bits);
      run(name, s, 1, ms, 845, 1, top, 3, columns, true);
    }
    auto time_one = [&](const char* name, const Matrix& m, int parts) {
      const PointwiseStep s[] = {linear(m)};
      const Matrix* ms[] = {&m};
      run(name, s, 1, ms, m.inputs, parts, top, 3, columns, true);
    };
    time_one("100x845 w10, 3 parts", d1, 3);
    time_one("convolution w8, 2 parts", conv, 2);
    time_one("10x100 w10, 5 parts", d2, 5);
    time_one("100x845 w10 density 0.3", dense(100, 845, 10, 0.3), 1);
    run("network", net, 8, net_m, 784, 2, top, 3, columns, true);
  }
  return failures != 0;
}
