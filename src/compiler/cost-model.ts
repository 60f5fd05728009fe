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
 */
export const defaultCostModel: CostModel = {
  name: 'avx512-vnni',
  ...defaultPrices,
  sample: 2.5,
  unpack: 1,
  byte: 0.25,
};
