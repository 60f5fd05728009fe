import { z } from 'zod';

/** Version of the plan's fields and of its bytes. */
export const PLAN_VERSION = 3;

const count = z.int().nonnegative();
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

/** How inputs become integers, where the model declares it. */
export const declarationSchema = z.object({ range: z.tuple([z.number(), z.number()]), scale: z.number().positive() });
