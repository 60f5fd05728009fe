import { HesperError } from '../../errors.ts';
import type { InputDeclaration } from '../../graph/input.ts';
import type { Inputs } from './scheme.ts';

/** Flattened inputs, each changed as the model declares. An error names the input, and the index in it. */
export function declaredInputs(
  inputs: Inputs,
  declaration: InputDeclaration,
  change: (values: Float32Array | Float64Array, declaration: InputDeclaration) => Float64Array,
): Float64Array[] {
  return inputs.map((values, input) => {
    try {
      return change(values, declaration);
    } catch (error) {
      if (!(error instanceof HesperError) || error.code !== 'input-out-of-range') throw error;
      const { met, wanted, remedy } = error;
      const place = { input, ...(met as { index: number }) };
      throw new HesperError(error.code, 'An input is outside the range that the model declares', {
        met: place,
        wanted,
        remedy,
      });
    }
  });
}
