/**
 * Work done. NTTs: of one prime. Multiply-accumulates, products, additions: of one residue. Key products, conversions
 * and permutations: of one row of n residues, as the kernel counts them (`WorkStats`).
 */
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
  /** Ciphertexts times plaintexts, in linearPlain. */
  plainProducts: number;
  /** With a key; of these so many share the digits of an earlier one of the same ciphertext. */
  rotations: number;
  hoistedRotations: number;
  conjugations: number;
  /** Digit rows times key rows. */
  keyProducts: number;
  /** Source rows times target rows of base conversions. */
  conversions: number;
  /** Rows brought into the order of X -> X^g. */
  permutations: number;
  /** Vectors encoded, each once for every level and scale, and their NTTs: not part of `ntts`, nor of the cost. */
  encodings: number;
  encodingNtts: number;
  /** Residues read by sums of shifts: one a digit of a weight, in coefficient encoding. */
  shifts: number;
  /** What papers count, see operations.ts. */
  plainCipherAdds: number;
  cipherCipherAdds: number;
  plainCipherMultiplications: number;
  /** Of those, by weights +-1 and by +-2^k, k > 0. */
  unitMultiplications: number;
  shiftMultiplications: number;
  cipherCipherMultiplications: number;
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
  /** A residue of a key product, of a conversion, of a permutation. */
  readonly keyProduct: number;
  readonly conversion: number;
  readonly permutation: number;
  /** A residue of a shifted term. */
  readonly shift: number;
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
  plainProducts: 0,
  rotations: 0,
  hoistedRotations: 0,
  conjugations: 0,
  keyProducts: 0,
  conversions: 0,
  permutations: 0,
  encodings: 0,
  encodingNtts: 0,
  shifts: 0,
  plainCipherAdds: 0,
  cipherCipherAdds: 0,
  plainCipherMultiplications: 0,
  unitMultiplications: 0,
  shiftMultiplications: 0,
  cipherCipherMultiplications: 0,
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
    (work.keyProducts ?? 0) * n * prices.keyProduct +
    (work.conversions ?? 0) * n * prices.conversion +
    (work.permutations ?? 0) * n * prices.permutation +
    (work.shifts ?? 0) * prices.shift +
    (work.ntts ?? 0) * butterflies * prices.butterfly
  );
}

/** Ciphertexts of one list: their ring degree, primes left and parts; `special` primes of the keys. */
export interface Size {
  readonly n: number;
  readonly limbs: number;
  readonly parts: number;
  readonly special?: number;
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

export const multiplyWork = ({ n, limbs, parts }: Size, otherParts: number): Work => ({
  products: n * limbs * parts * otherParts,
});

export const linearPlainWork = (terms: number, { n, limbs, parts }: Size): Work => ({
  plainProducts: terms,
  products: terms * n * limbs * parts,
});

/** One vector to NTT form over `limbs` primes. */
export const encodeWork = (limbs: number): Work => ({ encodings: 1, encodingNtts: limbs });

/** Work of several kinds together. */
export function sumOfWork(works: readonly Work[]): Work {
  const total: Work = {};
  for (const work of works)
    for (const [key, amount] of Object.entries(work) as [keyof OperationCounts, number][])
      total[key] = (total[key] ?? 0) + amount;
  return total;
}

/** The same `factor` times. */
export const timesWork = (work: Work, factor: number): Work =>
  Object.fromEntries(Object.entries(work).map(([key, amount]) => [key, amount * factor]));

/**
 * One polynomial to digits over all primes: down to coefficients, then each digit of `special` primes converted to all
 * the others and transformed.
 */
function digitWork({ limbs, special = 1 }: Size): Work {
  const sizes = Array.from({ length: Math.ceil(limbs / special) }, (_, d) => Math.min(special, limbs - d * special));
  const targets = (size: number): number => limbs - size + special;
  return {
    ntts: limbs + sizes.reduce((sum, size) => sum + targets(size), 0),
    conversions: sizes.reduce((sum, size) => sum + size * targets(size), 0),
  };
}

/** The digits of one polynomial times one key, both halves. */
const keyWork = ({ limbs, special = 1 }: Size): Work => ({
  keyProducts: 2 * Math.ceil(limbs / special) * (limbs + special),
});

/** Division of two parts by the special primes. */
const divideWork = ({ n, limbs, special = 1 }: Size): Work => ({
  ntts: 2 * (special + limbs),
  conversions: 2 * special * limbs,
  products: 2 * limbs * n,
});

/** All powers of the secret in one sum with one division. */
export function relinearizeWork(count: number, size: Size): Work {
  const switched = timesWork(sumOfWork([digitWork(size), keyWork(size)]), size.parts - 2);
  return timesWork(sumOfWork([{ relinearizations: 1 }, switched, divideWork(size)]), count);
}

/** Bytes of sums that the kernel holds for one ciphertext: beyond them it makes the digits again. */
const HOISTED_BYTES = 2 ** 28;

/** One ciphertext by several steps that share its digits. */
export function rotateWork(steps: number, size: Size): Work {
  const together = Math.max(1, Math.floor(HOISTED_BYTES / (2 * (size.special ?? 1) * size.n * 8)));
  const digits = timesWork(digitWork(size), Math.ceil(steps / together));
  const each = sumOfWork([keyWork(size), divideWork(size), { permutations: 2 * size.limbs }]);
  return sumOfWork([{ rotations: steps, hoistedRotations: steps - 1 }, digits, timesWork(each, steps)]);
}

/** `count` ciphertexts to one, `keyed` of them rotated: one division, if there is any key. */
export function rotateSumWork(count: number, keyed: number, size: Size): Work {
  const { n, limbs, special = 1 } = size;
  const each = sumOfWork([digitWork(size), keyWork(size), { permutations: limbs + 2 * (limbs + special) }]);
  const additions = 2 * (count - 1) * n * limbs;
  return sumOfWork([{ rotations: keyed, additions }, timesWork(each, keyed), keyed > 0 ? divideWork(size) : {}]);
}
