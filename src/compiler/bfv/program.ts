import type { Evaluator } from '../../evaluator/evaluator.ts';
import { type Program, record } from '../../evaluator/record.ts';
import { lowerAffine } from '../../ops/affine.ts';
import type { QuantizedStage } from '../stages.ts';
import type { Step } from '../structure.ts';
import { pay } from './pay.ts';
import { runTiled, type TiledRun, tileOf } from './tiles.ts';

/** A network with its payments, and how much of it may live at a time. */
export interface Lowering {
  readonly stages: readonly QuantizedStage[];
  /** One for each stage. */
  readonly steps: readonly Step[];
  readonly ringDegree: number;
  /** Bytes of ciphertexts between the two linear layers around a square. */
  readonly workingBytes: number;
}

/** The program for one plaintext modulus: weighted sums, constants, squares, modulus switches, key switches. */
export function lowerToBfvProgram(lowering: Lowering): Program {
  const first = lowering.stages[0]!;
  const inputs = first.kind === 'linear' ? first.rows.inputs : first.width;
  return record(lowering.ringDegree, inputs, (ev, cts) => runBfvNetwork(ev, lowering, cts));
}

/** The same over any evaluator. */
export function runBfvNetwork<C>(ev: Evaluator<C>, lowering: Lowering, inputs: readonly C[]): C[] {
  const { stages, steps } = lowering;
  let cts = [...inputs];
  for (let at = 0; at < stages.length; ) {
    const run = tiledRunAt(lowering, at);
    cts = run ? runTiled(ev, run, cts) : runStage(ev, stages[at]!, steps[at]!, cts);
    at += run ? run.length : 1;
  }
  return cts;
}

function runStage<C>(ev: Evaluator<C>, stage: QuantizedStage, step: Step, cts: readonly C[]): C[] {
  return pay(ev, step, stage.kind === 'linear' ? lowerAffine(ev, cts, stage) : ev.squareAll(cts, undefined));
}

/** Linear, square, linear from stage `at` on, if too much would live between them. */
function tiledRunAt({ stages, steps, ringDegree, workingBytes }: Lowering, at: number): TiledRun | null {
  const [first, square, second] = stages.slice(at, at + 3);
  if (first?.kind !== 'linear' || square?.kind !== 'square' || second?.kind !== 'linear') return null;
  const own = steps.slice(at, at + 3) as [Step, Step, Step];
  const bytes = 8 * ringDegree * own[1].limbs * (own[1].partsIn + own[1].partsOut);
  const most = Math.max(1, Math.floor(workingBytes / bytes));
  if (square.width <= most) return null;
  return { first, second, steps: own, tiles: tileOf(second.rows, most), length: 3 };
}
