import { createClearEvaluator } from '../evaluator/clear.ts';
import { bigintsOf, createIntegerEvaluator, type Integers, numbersOf } from '../evaluator/clear-integer.ts';
import { replay } from '../evaluator/replay.ts';
import { inputIntegers, roundInput } from '../graph/input.ts';
import { fromColumns, toColumns } from '../packing/batch.ts';
import type { BfvPlan } from './bfv/plan.ts';
import type { CkksPlan, Plan } from './plan.ts';

/** Images at a time: columns of this length stay in cache. */
const CHUNK = 512;

type Inputs = Float32Array | Float64Array;

/**
 * What a plan's integer network gives without encryption: the oracle of every encrypted run. Inputs are rounded where the
 * model declares how.
 * Inputs [count, features], flattened -> outputs [count, outputs], flattened.
 * @throws 'shape-mismatch', 'non-finite-value', 'input-out-of-range'
 */
export function clearOutputs(plan: Plan, inputs: Inputs): Float64Array {
  const classes = plan.output.ciphertexts;
  const logits = new Float64Array((inputs.length / plan.input.ciphertexts) * classes);
  inChunks(plan, inputs, (images, first) => {
    const outputs = plan.scheme === 'ckks' ? ckksColumns(plan, images) : integerColumns(plan, images).map(numbersOf);
    for (const [i, row] of fromColumns(outputs, images.length).entries()) logits.set(row, (first + i) * classes);
  });
  return logits;
}

/**
 * The integers themselves, exact whatever their size: [image][output].
 * @throws 'shape-mismatch', 'non-finite-value', 'input-out-of-range'
 */
export function clearIntegers(plan: BfvPlan, inputs: Inputs): bigint[][] {
  const rows: bigint[][] = [];
  inChunks(plan, inputs, (images) => {
    const columns = integerColumns(plan, images).map(bigintsOf);
    images.forEach((_, i) => {
      rows.push(columns.map((column) => column[i]!));
    });
  });
  return rows;
}

function inChunks(plan: Plan, inputs: Inputs, visit: (images: readonly Inputs[], first: number) => void): void {
  const features = plan.input.ciphertexts;
  const count = inputs.length / features;
  for (let first = 0; first < count; first += CHUNK) {
    const size = Math.min(CHUNK, count - first);
    visit(
      Array.from({ length: size }, (_, i) => inputs.subarray((first + i) * features, (first + i + 1) * features)),
      first,
    );
  }
}

function ckksColumns({ program, input }: CkksPlan, images: readonly Inputs[]): Float64Array[] {
  const { declaration } = input;
  const rounded = declaration ? images.map((image) => roundInput(image, declaration)) : images;
  const columns = toColumns(rounded, input.ciphertexts, images.length);
  return replay(createClearEvaluator(images.length), program, columns);
}

function integerColumns({ program, input }: BfvPlan, images: readonly Inputs[]): Integers[] {
  const integers = images.map((image) => inputIntegers(image, input));
  const ev = createIntegerEvaluator(images.length);
  const columns = toColumns(integers, input.ciphertexts, images.length).map((column) => ev.fresh(column, input.scale));
  return replay(ev, program, columns);
}
