import { HesperError } from '../../errors.ts';
import type { Evaluator } from '../../evaluator/evaluator.ts';
import type { Program } from '../../evaluator/record.ts';
import { replay } from '../../evaluator/replay.ts';

/** What a program's ciphertexts are made of. */
export interface Sized {
  readonly level: number;
  readonly parts: number;
  readonly scale: number;
}

/** Runs a program on sizes: what comes out, and the most bytes held at a time (8 for a residue). */
export function traceBfv(program: Program, input: Sized, n: number): { results: Sized[]; bytes: number } {
  const size = ({ level, parts }: Sized): number => 8 * n * (level + 1) * parts;
  let live = program.inputs * size(input);
  let bytes = live;
  const counted = (made: Sized[]): Sized[] => {
    live += made.reduce((sum, ct) => sum + size(ct), 0);
    bytes = Math.max(bytes, live);
    return made;
  };
  const refuse = (): never => {
    throw new HesperError('plan-mismatch', 'A plan of an integer network has a step that it cannot have', {
      met: 'rotations, plaintext vectors or products of two',
      wanted: 'weighted sums, constants, squares, modulus and key switches',
      remedy: 'Plan again.',
    });
  };
  const ev: Evaluator<Sized> = {
    slots: n,
    linear: (cts, rows) =>
      counted(Array.from({ length: rows.outputs }, () => ({ ...cts[0]!, scale: cts[0]!.scale * rows.scale }))),
    addPlain: (cts) => counted([...cts]),
    squareAll: (cts) => counted(cts.map((ct) => ({ ...ct, parts: 2 * ct.parts - 1, scale: ct.scale ** 2 }))),
    relinearizeAll: (cts) => counted(cts.map((ct) => ({ ...ct, parts: 2 }))),
    rescaleAll: (cts) => counted(cts.map((ct) => ({ ...ct, level: ct.level - 1 }))),
    dropLevelAll: refuse,
    linearPlain: refuse,
    multiplyPairs: refuse,
    rotateMany: refuse,
    rotateSum: refuse,
    conjugateAll: refuse,
    pointwise: refuse,
  };
  const inputs = Array.from({ length: program.inputs }, () => ({ ...input }));
  const release = (ct: Sized): void => {
    live -= size(ct);
  };
  return { results: replay(ev, program, inputs, { release, releaseInputs: true }), bytes };
}
