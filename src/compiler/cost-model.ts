import { defaultPrices } from '../evaluator/prices.ts';
import type { Prices } from '../evaluator/work.ts';

/** Measured costs, in nanoseconds of one thread; the planner compares, it does not promise. */
export interface CostModel extends Prices {
  readonly name: string;
  /** Expanding one uniform residue from a seed. */
  readonly sample: number;
  /** Unpacking one residue from bytes, with its check. */
  readonly unpack: number;
  /** Moving one byte of a message. */
  readonly byte: number;
}

/**
 * AVX-512 with VNNI, one core. Fitted to the three jobs, the loading and the key switching of a CryptoNets batch
 * (n = 8192, three primes of about 40 bits): 150 ms to load, 160 + 11 + 7 ms to evaluate, 0.22 ms a relinearisation.
 * Key products, conversions and permutations: fitted to relinearisations, rotations, eight hoisted ones and their sums,
 * n = 4096 to 32768, 1 to 6 special primes. Costs are 0.6 to 1.5 times the time measured up to n = 16384; beyond, what
 * does not fit the caches takes 2 to 3 times as long.
 */
export const defaultCostModel: CostModel = {
  name: 'avx512-vnni',
  ...defaultPrices,
  sample: 2.5,
  unpack: 1,
  byte: 0.25,
};
