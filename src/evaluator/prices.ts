import type { Prices } from './work.ts';

/** Measured on AVX-512 with VNNI, one core, in nanoseconds: choices compare them, nobody promises them. */
export const defaultPrices: Prices = {
  job: 20_000,
  multiplyAccumulate: 0.0135,
  wideMultiplyAccumulate: 0.06,
  linearInput: 0.2,
  linearOutput: 0.5,
  product: 0.15,
  addition: 0.1,
  keyProduct: 0.15,
  conversion: 0.05,
  permutation: 0.3,
  shift: 0.016,
  butterfly: 0.2,
};
