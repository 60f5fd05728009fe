import { z } from 'zod';
import type { Tensor } from '../graph/graph.ts';
import { sizeOf } from '../graph/operators.ts';
import { type Affine, affineFromRows, type Term } from './affine.ts';
import { defineOp, type Weights } from './operator.ts';

const attributes = z.object({ units: z.int().positive(), useBias: z.boolean().default(true) });
type Attributes = z.infer<typeof attributes>;

/** Keras Dense: [..., in] -> [..., units]; kernel [in, units], bias [units]. */
export const dense = defineOp<Attributes>({
  name: 'dense',
  attributes,
  weights: (input, { units, useBias }) => ({
    kernel: [input.at(-1)!, units],
    ...(useBias ? { bias: [units] } : {}),
  }),
  shape: (input, { units }) => [...input.slice(0, -1), units],
  clear: (x, { units, useBias }, { kernel, bias }) => {
    const inputs = x.shape.at(-1)!;
    const data = new Float64Array((x.data.length / inputs) * units);
    for (let at = 0; at < data.length; at++) {
      const unit = at % units;
      const start = Math.floor(at / units) * inputs;
      let sum = useBias ? bias!.data[unit]! : 0;
      for (let i = 0; i < inputs; i++) sum += kernel!.data[i * units + unit]! * x.data[start + i]!;
      data[at] = sum;
    }
    return { shape: [...x.shape.slice(0, -1), units], data } satisfies Tensor;
  },
  affine: toAffine,
});

function toAffine(input: readonly number[], a: Attributes, { kernel, bias }: Weights): Affine {
  const inputs = input.at(-1)!;
  const total = sizeOf(input);
  const rows = Array.from({ length: (total / inputs) * a.units }, (_, at): Term[] => {
    const start = Math.floor(at / a.units) * inputs;
    return Array.from({ length: inputs }, (_, i) => [start + i, kernel!.data[i * a.units + (at % a.units)]!]);
  });
  return affineFromRows(
    total,
    rows,
    Float64Array.from(rows, (_, at) => (a.useBias ? bias!.data[at % a.units]! : 0)),
  );
}
