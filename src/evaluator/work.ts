/** Work done. NTTs: of one prime. Multiply-accumulates, products, additions: of one residue. */
export interface OperationCounts {
  /** Coarse calls of the kernel. */
  jobs: number;
  linears: number;
  squares: number;
  relinearizations: number;
  rescalings: number;
  ntts: number;
  multiplyAccumulates: number;
  /** The same with weights beyond 12 bits, which take another route. */
  wideMultiplyAccumulates: number;
  /** Residues read and written by linear layers: packing and finishing of the GEMM. */
  linearInputs: number;
  linearOutputs: number;
  products: number;
  additions: number;
}

/** Nanoseconds of one thread per unit of work. */
export interface Prices {
  readonly job: number;
  readonly multiplyAccumulate: number;
  readonly wideMultiplyAccumulate: number;
  readonly linearInput: number;
  readonly linearOutput: number;
  readonly product: number;
  readonly addition: number;
  /** One butterfly; an NTT has n / 2 * log2 n. */
  readonly butterfly: number;
}

export type Work = Partial<OperationCounts>;

export const noOperations = (): OperationCounts => ({
  jobs: 0,
  linears: 0,
  squares: 0,
  relinearizations: 0,
  rescalings: 0,
  ntts: 0,
  multiplyAccumulates: 0,
  wideMultiplyAccumulates: 0,
  linearInputs: 0,
  linearOutputs: 0,
  products: 0,
  additions: 0,
});

export function addWork(total: OperationCounts, work: Work): void {
  for (const [key, amount] of Object.entries(work)) total[key as keyof OperationCounts] += amount;
}

/** Nanoseconds of one thread. */
export function priceOf(work: Work, prices: Prices, n: number): number {
  const butterflies = (n / 2) * Math.log2(n);
  return (
    (work.jobs ?? 0) * prices.job +
    (work.multiplyAccumulates ?? 0) * prices.multiplyAccumulate +
    (work.wideMultiplyAccumulates ?? 0) * (prices.wideMultiplyAccumulate - prices.multiplyAccumulate) +
    (work.linearInputs ?? 0) * prices.linearInput +
    (work.linearOutputs ?? 0) * prices.linearOutput +
    (work.products ?? 0) * prices.product +
    (work.additions ?? 0) * prices.addition +
    (work.ntts ?? 0) * butterflies * prices.butterfly
  );
}

/** Ciphertexts of one list: their ring degree, primes left and parts. */
export interface Size {
  readonly n: number;
  readonly limbs: number;
  readonly parts: number;
}

/** Shape of a linear layer: `weights` non-zero ones. */
export interface LinearShape {
  readonly weights: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly wide: boolean;
}

export function linearWork({ weights, inputs, outputs, wide }: LinearShape, { n, limbs, parts }: Size): Work {
  const residues = n * limbs * parts;
  return {
    linears: 1,
    multiplyAccumulates: weights * residues,
    wideMultiplyAccumulates: wide ? weights * residues : 0,
    linearInputs: inputs * residues,
    linearOutputs: outputs * residues,
  };
}

export const addPlainWork = (count: number, { n, limbs }: Size): Work => ({ additions: count * n * limbs });

export const squareWork = (count: number, { n, limbs, parts }: Size): Work => ({
  squares: count,
  products: (count * n * limbs * parts * (parts + 1)) / 2,
});

/** The last prime of each part to coefficients, the difference back into the others. */
export const rescaleWork = (count: number, { n, limbs, parts }: Size): Work => ({
  rescalings: count,
  ntts: count * parts * limbs,
  products: count * parts * (limbs - 1) * n,
});

/** One digit per prime over all primes and one special one, two key components, a division of two parts. */
export const relinearizeWork = (count: number, { n, limbs, parts }: Size): Work => ({
  relinearizations: count,
  ntts: count * ((parts - 2) * limbs * (limbs + 2) + 2 * (limbs + 1)),
  products: count * n * ((parts - 2) * limbs * (limbs + 1) * 2 + 2 * limbs),
});
