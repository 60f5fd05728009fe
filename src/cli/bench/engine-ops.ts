import { HesperError } from '../../errors.ts';
import { measureInTurn, round, type Sampled } from './harness.ts';

/** The rows of `hesper bench engine`, in the order in which they are printed. */
export const engineOps = [
  'encode',
  'decode',
  'encrypt-symmetric',
  'encrypt-public',
  'decrypt',
  'add',
  'multiply-plain',
  'multiply-scalar',
  'multiply-relinearize',
  'relinearize',
  'rescale',
  'rotate',
  'rotate-hoisted',
  'keygen-relinearization',
  'keygen-galois',
] as const;

export type EngineOp = (typeof engineOps)[number];

/** One operation of one engine. */
export interface TimedOp {
  /** What is timed. Leaves no memory behind. */
  run(): void;
  /** Timed too, and taken off. */
  less?(): void;
  /** What is left is divided by this: results of one run. */
  readonly per: number;
  /** Slots after one more run, decrypted: every ciphertext or plaintext that it makes. Not timed. */
  results(): Float64Array[];
}

/** What node-seal has: no hoisting. */
export type PeerOp = Exclude<EngineOp, 'rotate-hoisted'>;

export type EngineTimes = Readonly<Record<EngineOp, TimedOp>>;
export type PeerTimes = Readonly<Record<PeerOp, TimedOp>>;

/** What an operation is compared with: a further hoisted rotation with one of the peer's rotations. */
export const peerOpOf = (op: EngineOp): PeerOp => (op === 'rotate-hoisted' ? 'rotate' : op);

/** Rotations of one ciphertext in the hoisted row: all of them less the first, divided by 32. */
export const HOISTED_STEPS: readonly number[] = Array.from({ length: 33 }, (_, i) => i + 1);

/** What is computed with: two messages, weights and a scalar, all of [-1, 1]. */
export interface Samples {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly weights: Float64Array;
  readonly scalar: number;
}

export function samplesFor(slots: number): Samples {
  const vector = (step: number): Float64Array => Float64Array.from({ length: slots }, (_, i) => Math.sin(step * i + 1));
  return { x: vector(1.7), y: vector(2.3), weights: vector(0.9), scalar: 0.625 };
}

/** The right answer in the clear. */
export function clearResults(op: EngineOp, { x, y, weights, scalar }: Samples): Float64Array[] {
  const rotated = (step: number): Float64Array => x.map((_, i) => x[(i + step) % x.length]!);
  const product = (): Float64Array => x.map((v, i) => v * y[i]!);
  switch (op) {
    case 'add':
      return [x.map((v, i) => v + y[i]!)];
    case 'multiply-plain':
      return [x.map((v, i) => v * weights[i]!)];
    case 'multiply-scalar':
      return [x.map((v) => v * scalar)];
    case 'multiply-relinearize':
    case 'relinearize':
    case 'rescale':
    case 'keygen-relinearization':
      return [product()];
    case 'rotate':
    case 'keygen-galois':
      return [rotated(1)];
    case 'rotate-hoisted':
      return HOISTED_STEPS.map(rotated);
    default:
      return [x];
  }
}

/** Largest error that counts as right: encryption noise is far smaller, a wrong key or permutation far larger. */
const TOLERANCE = 2 ** -10;

/** @throws 'kernel-failure' if a slot of a result is not the clear one */
export function requireRight(who: string, op: EngineOp, got: readonly Float64Array[], samples: Samples): void {
  const wanted = clearResults(op, samples);
  const error = got.reduce((worst, vector, i) => Math.max(worst, distance(vector, wanted[i % wanted.length]!)), 0);
  if (got.length > 0 && got.length % wanted.length === 0 && error < TOLERANCE) return;
  throw new HesperError('kernel-failure', `${who}: the result of ${op} is wrong`, {
    met: `${got.length} results, largest error ${error}`,
    wanted: `${wanted.length}, below ${TOLERANCE}`,
    remedy: 'Report it with the output of `hesper doctor`',
  });
}

function distance(a: Float64Array, b: Float64Array): number {
  if (a.length !== b.length || !a.every(Number.isFinite)) return Number.POSITIVE_INFINITY;
  return a.reduce((worst, v, i) => Math.max(worst, Math.abs(v - b[i]!)), 0);
}

/** Least time of one result of each operation, measured in turn. */
export function timeInTurn(ops: readonly TimedOp[], clock: 'cpu' | 'wall', samples?: number): Sampled[] {
  const times = measureInTurn(
    ops.flatMap((op) => [() => op.run(), ...(op.less ? [() => op.less!()] : [])]),
    clock,
    samples,
  );
  let next = 0;
  return ops.map((op) => {
    const { microseconds, samples } = times[next++]!;
    const less = op.less ? times[next++]!.microseconds : 0;
    return { microseconds: round((microseconds - less) / op.per), samples };
  });
}
