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
 * AVX-512 with VNNI, one core at 2.5 GHz. A linear layer is fitted as weights * 0.03 + inputs * 0.35 + outputs * 1.66
 * ns per residue, which meets the measured rates of 100 x 845 (29 G/s), 845 x 25 (10) and 10 x 100 (13).
 */
export const defaultCostModel: CostModel = {
  name: 'avx512-vnni',
  job: 20_000,
  multiplyAccumulate: 0.03,
  wideMultiplyAccumulate: 0.08,
  linearInput: 0.35,
  linearOutput: 1.66,
  product: 0.3,
  addition: 0.2,
  butterfly: 0.3,
  sample: 4,
  unpack: 1,
  byte: 0.5,
};
