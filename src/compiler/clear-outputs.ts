import { createClearEvaluator } from '../evaluator/clear.ts';
import { replay } from '../evaluator/replay.ts';
import { fromColumns, toColumns } from '../packing/batch.ts';
import type { Plan } from './plan.ts';

/** Images at a time: columns of this length stay in cache. */
const CHUNK = 512;

/**
 * What a plan's integer network gives without encryption: the oracle of every encrypted run.
 * Inputs [count, features], flattened -> outputs [count, outputs], flattened.
 * @throws 'shape-mismatch', 'non-finite-value'
 */
export function clearOutputs(plan: Plan, inputs: Float32Array | Float64Array): Float64Array {
  const features = plan.input.ciphertexts;
  const classes = plan.output.ciphertexts;
  const count = inputs.length / features;
  const logits = new Float64Array(count * classes);
  for (let first = 0; first < count; first += CHUNK) {
    const size = Math.min(CHUNK, count - first);
    const images = Array.from({ length: size }, (_, i) =>
      inputs.subarray((first + i) * features, (first + i + 1) * features),
    );
    const outputs = replay(createClearEvaluator(size), plan.program, toColumns(images, features, size));
    for (const [i, row] of fromColumns(outputs, size).entries()) logits.set(row, (first + i) * classes);
  }
  return logits;
}
