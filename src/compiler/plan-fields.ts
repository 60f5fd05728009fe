import { z } from 'zod/mini';
import { FORMAT_VERSION } from '../format/header.ts';

/** Version of the plan's fields: that of the byte format. */
export const PLAN_VERSION = FORMAT_VERSION;

const count = z.int().check(z.nonnegative());
const positive = z.number().check(z.positive());

/** Counts of work, see OperationCounts. */
export const operationsSchema = z.object({
  jobs: count,
  linears: count,
  squares: count,
  relinearizations: count,
  rescalings: count,
  ntts: count,
  multiplyAccumulates: count,
  wideMultiplyAccumulates: count,
  linearInputs: count,
  linearOutputs: count,
  products: count,
  additions: count,
  plainProducts: count,
  rotations: count,
  hoistedRotations: count,
  conjugations: count,
  keyProducts: count,
  conversions: count,
  permutations: count,
  encodings: count,
  encodingNtts: count,
  shifts: count,
  plainCipherAdds: count,
  cipherCipherAdds: count,
  plainCipherMultiplications: count,
  unitMultiplications: count,
  shiftMultiplications: count,
  cipherCipherMultiplications: count,
});

/** What is said of a layer under either scheme. */
export const layerFields = {
  /** The model's layers that this stage stands for. */
  names: z.array(z.string()),
  kind: z.enum(['linear', 'square']),
  inputs: count,
  outputs: count,
  /** Non-zero weights; 0 for squares. */
  weights: count,
  /** Signed bits that hold every weight, and the number over which the integers stand; 0 and 1 for squares. */
  weightBits: count,
  weightScale: positive,
  /** Primes left - 1 while it runs; ciphertext parts behind it, before and after relinearisation. */
  level: count,
  partsBefore: count,
  parts: count,
  relinearize: z.boolean(),
  /** Primes dropped behind it: by rescaling, or by modulus switching under BFV. */
  drops: count,
  operations: operationsSchema,
};

/** How inputs become integers, where the model declares it. */
export const declarationSchema = z.object({ range: z.tuple([z.number(), z.number()]), scale: positive });
