// Sums of elements times plaintexts: the plaintexts are read once for all parts, the sums stay in registers.
#pragma once

template <int PARTS, int U>
static ALWAYS_INLINE void terms_group(double* out, const hesper::PlainTerm* terms, int count, size_t shift, int n, int i,
                                      double p) {
  const Arith A(p);
  constexpr int W = Arith::W;
  const Vec grid = sum_grid(p);
  const int most = sum_terms(p);
  Vec before[PARTS][U];
  for (int first = 0; first < count; first += most) {
    const int end = count - first < most ? count : first + most;
    Arith::Exact sum[PARTS][U];
    UNROLL for (int k = 0; k < PARTS; k++)
      UNROLL for (int u = 0; u < U; u++) sum[k][u] = Arith::exact(grid);
    for (int t = first; t < end; t++) {
      const double *const x = terms[t].element + shift + i, *const y = terms[t].plaintext;
      Arith::T w[U];
      UNROLL for (int u = 0; u < U; u++) w[u] = y ? A.load_factor(y + i + u * W) : A.broadcast_factor(terms[t].constant);
      UNROLL for (int k = 0; k < PARTS; k++)
        UNROLL for (int u = 0; u < U; u++) Arith::add_exact(sum[k][u], A.load_factor(x + (size_t)k * n + u * W), w[u]);
    }
    UNROLL for (int k = 0; k < PARTS; k++)
      UNROLL for (int u = 0; u < U; u++) {
        const Vec r = A.fold(sum[k][u], grid);
        before[k][u] = A.reduce(first && !FAULT(30) ? Arith::add(before[k][u], r) : r);
      }
  }
  UNROLL for (int k = 0; k < PARTS; k++)
    UNROLL for (int u = 0; u < U; u++) Arith::store(out + (size_t)k * n + i + u * W, before[k][u]);
}
template <int PARTS, int U>
static NO_INLINE void terms_block(double* out, const hesper::PlainTerm* terms, int count, size_t shift, int n, int columns,
                                  double p) {
  for (int i = 0; i < columns; i += U * Arith::W) terms_group<PARTS, U>(out, terms, count, shift, n, i, p);
}

static void block_linear_plain(double* out, const hesper::PlainTerm* terms, int count, int parts, int n, int columns, double p) {
  if (parts == 2) return terms_block<2, 4>(out, terms, count, 0, n, columns, p);
  for (int k = 0; k < parts; k++) terms_block<1, 4>(out + (size_t)k * n, terms, count, (size_t)k * n, n, columns, p);
}
