import { z } from 'zod';
import { HesperError } from '../errors.ts';
import type { NamedTensor } from '../heras/container.ts';
import { decodeContainer, encodeContainer } from '../heras/container.ts';
import { readBytes, writeAtomically } from '../heras/files.ts';
import { check } from '../heras/options.ts';
import type { OptimizerState } from './optimizer.ts';
import type { Rounding } from './rounding.ts';

/** A training run between two epochs: enough to continue it exactly. */
export interface Checkpoint {
  /** What must be equal for a continuation to be the same run. */
  readonly fingerprint: string;
  readonly seed: number;
  /** Epochs done. */
  readonly epoch: number;
  readonly history: Record<string, number[]>;
  /** Per weight, if rounding has begun. */
  readonly roundings: readonly (Rounding | null)[];
  readonly state: OptimizerState;
}

const rounding = z.strictObject({
  scale: z.number().positive(),
  limit: z.number().int().positive(),
  powers: z.boolean().default(false),
});
const content = z.strictObject({
  fingerprint: z.string(),
  seed: z.number().int().min(0),
  epoch: z.number().int().min(0),
  step: z.number().int().min(0),
  history: z.record(z.string(), z.array(z.number())),
  roundings: z.array(rounding.nullable()),
});

export async function saveCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  await writeAtomically(path, checkpointToBytes(checkpoint));
}

export function checkpointToBytes({ state, ...rest }: Checkpoint): Uint8Array {
  const tensors = allArrays(state).map(([name, data]) => ({ name, shape: [data.length], data }));
  return encodeContainer({ kind: 'checkpoint', tensors, content: { ...rest, step: state.step } });
}

/**
 * The checkpoint at `path`, or undefined if there is none; its arrays are written into `state`.
 * Throws 'malformed-bytes', 'unsupported-version', or 'context-mismatch' if it belongs to another run.
 */
export async function loadCheckpoint(
  path: string,
  state: OptimizerState,
): Promise<Omit<Checkpoint, 'state'> | undefined> {
  const bytes = await readBytes(path).catch(() => undefined);
  return bytes && checkpointFromBytes(bytes, state);
}

/** The same from bytes. On failure `state` is as it was. */
export function checkpointFromBytes(bytes: Uint8Array, state: OptimizerState): Omit<Checkpoint, 'state'> {
  const file = decodeContainer(bytes, 'checkpoint');
  const { step, ...rest } = check(content, file.content, 'checkpoint', 'malformed-bytes');
  restore(state, file.tensors, step);
  return rest;
}

function restore(state: OptimizerState, tensors: readonly NamedTensor[], step: number): void {
  const arrays = allArrays(state);
  const fits = ([name, data]: readonly [string, Float32Array], i: number) =>
    tensors[i]?.name === name && tensors[i].data.length === data.length;
  if (arrays.length !== tensors.length || !arrays.every(fits)) throw otherRun('its weights do not fit');
  for (const [i, [, data]] of arrays.entries()) data.set(tensors[i]!.data);
  state.step = step;
}

const allArrays = ({ weights, moments, ema, masks }: OptimizerState): (readonly [string, Float32Array])[] => [
  ...weights.map((data, i) => [`weight/${i}`, data] as const),
  ...moments.flatMap((list, k) => list.map((data, i) => [`moment/${k}/${i}`, data] as const)),
  ...ema.map((data, i) => [`ema/${i}`, data] as const),
  ...masks.map((data, i) => [`mask/${i}`, data] as const),
];

export const otherRun = (met: string) =>
  new HesperError('context-mismatch', 'The checkpoint belongs to another run', {
    met,
    wanted: 'the same model, data, seed and settings',
    remedy: 'Continue with the settings of that run, or delete the checkpoint.',
  });
