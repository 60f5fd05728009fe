import { addPlainOperations, linearOperations, productOperations } from '../evaluator/operations.ts';
import { addPlainWork, linearWork, relinearizeWork, rescaleWork, squareWork, type Work } from '../evaluator/work.ts';
import type { Calibration } from './calibrate.ts';
import type { QuantizedStage } from './stages.ts';

export type Relinearize = 'none' | 'lazy' | 'eager';

/** Largest ciphertext that may arise. */
export const MAX_PARTS = 9;

/** Wider weights take the slower route of the GEMM. */
const FAST_WEIGHT_BITS = 12;

/** Head room over the calibrated maximum of every message: a factor of 2. Another bit is the sign. */
export const MARGIN_BITS = 1;
const SIGN_BITS = 1;

/**
 * Where a plan pays: after stage i it drops `drops[i]` primes by rescaling, and the product of square stage i is
 * relinearised never, behind the linear stage that follows it, or at once. `base` primes are left at the end.
 */
export interface Structure {
  readonly drops: readonly number[];
  readonly relinearize: readonly Relinearize[];
  readonly base: number;
}

export const primeCount = ({ drops, base }: Structure): number => drops.reduce((sum, r) => sum + r, base);

/** Whether stage i may be followed by a rescaling: not between a square and the linear stage behind it. */
export const isDropPoint = (stages: readonly QuantizedStage[], i: number): boolean =>
  stages[i]!.kind === 'linear' || stages[i + 1]?.kind !== 'linear';

/** What happens behind stage i, in this order. */
export interface Step {
  readonly stage: number;
  /** Parts before and after the stage itself. */
  readonly partsIn: number;
  readonly partsOut: number;
  /** Primes at the stage. */
  readonly limbs: number;
  readonly relinearize: boolean;
  /** Parts behind relinearisation. */
  readonly parts: number;
  readonly drops: number;
}

/** The stages one by one, or null if a ciphertext would grow beyond `MAX_PARTS`. */
export function walk(stages: readonly QuantizedStage[], structure: Structure): Step[] | null {
  const steps: Step[] = [];
  let parts = 2;
  let limbs = primeCount(structure);
  let owed = false;
  for (let i = 0; i < stages.length; i++) {
    const partsIn = parts;
    if (stages[i]!.kind === 'square') {
      parts = 2 * parts - 1;
      owed ||= structure.relinearize[i] !== 'none';
    }
    if (parts > MAX_PARTS) return null;
    const now: boolean = owed && (structure.relinearize[i] === 'eager' || isDropPoint(stages, i));
    const partsOut = parts;
    if (now) parts = 2;
    owed &&= !now;
    const drops = structure.drops[i]!;
    steps.push({ stage: i, partsIn, partsOut, limbs, relinearize: now, parts, drops });
    limbs -= drops;
  }
  return steps;
}

/** What must be known of a structure to choose its numbers: straight segments between rescalings. */
export interface Segment {
  /** The message must fit: a * t + c bits, t = log2 of the scale at the segment's start, margins included. */
  readonly checks: readonly { readonly a: number; readonly c: number; readonly stage: number }[];
  readonly relinearizations: readonly Switch[];
  /** log2 of the scale at the end: a * t + c. */
  readonly a: number;
  readonly c: number;
  /** Primes dropped at the end; 0 at the end of the network. */
  readonly drops: number;
  /** Position (see Calibration) and parts of that rescaling. */
  readonly position: number;
  readonly parts: number;
}

/** A relinearisation at scale 2^(a * t + c). */
interface Switch {
  readonly a: number;
  readonly c: number;
  readonly position: number;
  readonly parts: number;
  readonly limbs: number;
}

/** Bits that a modulus needs beyond the scale. Never less than the scale itself, however small the message. */
export const messageBits = (bound: number): number =>
  Math.max(Math.log2(Math.max(bound, 2 ** -60)) + MARGIN_BITS + SIGN_BITS, 0.01);

export function segmentsOf(
  stages: readonly QuantizedStage[],
  steps: readonly Step[],
  calibration: Calibration,
): Segment[] {
  const segments: Segment[] = [];
  let [a, c] = [1, 0];
  let checks: { a: number; c: number; stage: number }[] = [{ a, c: messageBits(calibration.bounds[0]!), stage: 0 }];
  let switches: Switch[] = [];
  for (const step of steps) {
    const stage = stages[step.stage]!;
    if (stage.kind === 'square') [a, c] = [2 * a, 2 * c];
    else c += Math.log2(stage.rows.scale);
    const bound = Math.max(calibration.bounds[step.stage + 1]!, calibration.unbiased[step.stage]!);
    checks.push({ a, c: c + messageBits(bound), stage: step.stage });
    const position = step.stage + 1;
    if (step.relinearize) switches.push({ a, c, position, parts: step.partsOut, limbs: step.limbs });
    if (step.drops === 0 && step.stage < stages.length - 1) continue;
    segments.push({ checks, relinearizations: switches, a, c, drops: step.drops, position, parts: step.parts });
    [a, c, checks, switches] = [1, 0, [], []];
  }
  return segments;
}

/** The work of every stage, with what follows it. */
export function workOf(stages: readonly QuantizedStage[], steps: readonly Step[], n: number): Work[][] {
  return steps.map((step) => {
    const stage = stages[step.stage]!;
    const width = widthOf(stage);
    const size = { n, limbs: step.limbs, parts: step.partsIn };
    const work: Work[] = [];
    if (stage.kind === 'linear') {
      work.push(
        linearWork({ ...stage.rows, weights: stage.rows.values.length, wide: stage.bits > FAST_WEIGHT_BITS }, size),
      );
      work.push(linearOperations(stage.rows), addPlainOperations(stage.bias));
      if (stage.bias.some((b) => b !== 0)) work.push(addPlainWork(width, size));
    } else work.push(squareWork(width, size), productOperations(width));
    if (step.relinearize) work.push(relinearizeWork(width, { ...size, parts: step.partsOut }));
    for (let r = 0; r < step.drops; r++) {
      work.push(rescaleWork(width, { n, limbs: step.limbs - r, parts: step.parts }));
    }
    return work;
  });
}

/** Ciphertexts behind a stage. */
export const widthOf = (stage: QuantizedStage): number => (stage.kind === 'linear' ? stage.rows.outputs : stage.width);

/** All structures that a network may have, by the policy for relinearisation. */
export function structuresOf(
  stages: readonly QuantizedStage[],
  policy: 'auto' | 'never' | 'lazy' | 'eager',
): Structure[] {
  const squares = stages.filter((stage) => stage.kind === 'square').length;
  const first = stages.findIndex((stage) => stage.kind === 'square');
  const points = stages.map((_, i) => isDropPoint(stages, i));
  const dropsOf = (choices: readonly number[]): number[][] =>
    product(
      points.map((point, i) => {
        if (!point) return [0];
        return i < first || first < 0 || i === stages.length - 1 ? [0, 1] : choices;
      }),
    );
  // Deep networks have too many ways to mix: they drop one prime or none everywhere, or two or none.
  const drops = squares <= 3 ? dropsOf([0, 1, 2]) : [...dropsOf([0, 1]), ...dropsOf([0, 2])];
  const policies = relinearizations(stages, squares, policy);
  return [1, 2, 3, 4].flatMap((base) =>
    policies.flatMap((relinearize) => drops.map((list) => ({ drops: list, relinearize, base }))),
  );
}

function relinearizations(stages: readonly QuantizedStage[], squares: number, policy: string): Relinearize[][] {
  const all = (choice: Relinearize): Relinearize[] =>
    stages.map((stage) => (stage.kind === 'square' ? choice : 'none'));
  if (policy !== 'auto') return [all(policy === 'never' ? 'none' : (policy as Relinearize))];
  if (squares > 5) return [all('none'), all('lazy'), all('eager')];
  const mixed = product(stages.map((stage): Relinearize[] => (stage.kind === 'square' ? ['none', 'lazy'] : ['none'])));
  return squares === 0 ? mixed : [...mixed, all('eager')];
}

/** Every way to choose one of each list. */
function product<T>(lists: readonly (readonly T[])[]): T[][] {
  return lists.reduce<T[][]>((ways, list) => ways.flatMap((way) => list.map((item) => [...way, item])), [[]]);
}
