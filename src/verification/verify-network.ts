import type { IntegerNetwork } from '../compiler/bfv/discretize.ts';
import type { BfvPlan } from '../compiler/bfv/plan.ts';
import { deviationOf, meanSquareOf } from '../evaluator/bfv-noise.ts';
import type { BfvTraced } from '../evaluator/bfv-trace.ts';
import { bigintsOf, createIntegerEvaluator } from '../evaluator/clear-integer.ts';
import { replay } from '../evaluator/replay.ts';
import type { Verb } from '../evaluator/verbs.ts';
import type { Ciphertext } from '../rlwe/ciphertext.ts';
import { decryptIntegers } from '../rlwe/secret/decrypt-integers.ts';
import { encryptIntegers } from '../rlwe/secret/encrypt-integers.ts';
import { measureNoise } from '../rlwe/secret/measure-noise.ts';
import { lockstep, type Pair } from './lockstep.ts';
import type { Workbench } from './workbench.ts';
import { type Pattern, worstInputs } from './worst-inputs.ts';

/**
 * Noise behind one kind of step of a layer, predicted and measured: root mean square over all samples and moduli. Of a
 * single ciphertext behind several products it varies by half a bit from run to run, as the model says.
 */
export interface NoiseCheck {
  readonly names: readonly string[];
  readonly verb: Verb;
  readonly level: number;
  readonly parts: number;
  /** log2 of the standard deviation of a coefficient. */
  readonly predictedBits: number;
  readonly measuredBits: number;
}

export interface NetworkCheck {
  /** Inputs at the ends of the range, outputs compared, and those that were not the integer network's. */
  readonly inputs: number;
  readonly outputs: number;
  readonly wrong: number;
  readonly noise: readonly NoiseCheck[];
  /** At the outputs, bits up to the largest noise that decrypts: from the predicted deviation, from the largest measured. */
  readonly predictedBudgetBits: number;
  readonly measuredBudgetBits: number;
}

type Ct = Ciphertext<'bfv'>;

/** The whole program on the worst inputs. */
export function verifyNetwork(bench: Workbench, network: IntegerNetwork, runs: number): NetworkCheck {
  const { plan } = bench;
  const patterns = worstInputs(network, plan.encoding === 'slots' ? plan.slots : runs);
  const batches = plan.encoding === 'slots' ? [patterns] : patterns.map((pattern) => [pattern]);
  const notes = new Notes(bench);
  let wrong = 0;
  for (const batch of batches) wrong += wrongOutputs(batch, plan, runEncrypted(bench, batch, notes));
  return {
    inputs: patterns.length,
    outputs: patterns.length * plan.output.ciphertexts,
    wrong,
    noise: notes.noise(),
    ...notes.budgets(),
  };
}

const columnsOf = (patterns: readonly Pattern[]): bigint[][] =>
  patterns[0]!.map((_, feature) => patterns.map((pattern) => pattern[feature]!));

/** [output][input], by the plan's program in the clear. */
function clearColumns({ program, input }: BfvPlan, patterns: readonly Pattern[]): bigint[][] {
  const ev = createIntegerEvaluator(patterns.length);
  return replay(
    ev,
    program,
    columnsOf(patterns).map((column) => ev.fresh(column, input.scale)),
  ).map(bigintsOf);
}

function wrongOutputs(patterns: readonly Pattern[], plan: BfvPlan, met: readonly bigint[][]): number {
  const wanted = clearColumns(plan, patterns);
  return wanted.reduce((sum, column, o) => sum + column.filter((value, j) => value !== met[o]![j]).length, 0);
}

function runEncrypted(bench: Workbench, patterns: readonly Pattern[], notes: Notes): bigint[][] {
  const { plan, secretKey, sides } = bench;
  const { encoding, program, input } = plan;
  const results = sides.map(({ t, ev, tracer }) => {
    const options = { encoding, scale: input.scale, level: input.level, moduli: [t] };
    const [cts] = encryptIntegers(secretKey, columnsOf(patterns), options);
    const both = lockstep<Ct>(ev, tracer.ev, (verb, made) => notes.take(verb, made));
    const inputs = cts!.map((ct): Pair<Ct> => ({ ct, traced: tracer.fresh(input.scale, input.level) }));
    const release = ({ ct }: Pair<Ct>): void => ct.dispose();
    return replay(both, program, inputs, { release, releaseInputs: true });
  });
  results.forEach((list, i) => {
    notes.finish(list, sides[i]!.tracer.limitBits(list[0]!.traced.level));
  });
  const decrypted = decryptIntegers(
    secretKey,
    results.map((list) => list.map(({ ct }) => ct)),
    { encoding },
  );
  const out = Array.from({ length: decrypted.length }, (_, o) => decrypted.integers(o).slice(0, patterns.length));
  decrypted.dispose();
  for (const { ct } of results.flat()) ct.dispose();
  return out;
}

/** Ciphertexts of a list that are measured. */
const SAMPLES = 3;

const predictedBits = (traced: BfvTraced): number => Math.log2(deviationOf(traced.noise));

/** Of mean squares. */
interface Sum extends Pick<NoiseCheck, 'names' | 'verb' | 'level' | 'parts'> {
  predicted: number;
  measured: number;
  count: number;
}

/** Measurements, gathered by layer and kind of step: tiles of one layer count as one. */
class Notes {
  readonly #bench: Workbench;
  readonly #found = new Map<string, Sum>();
  #predicted = Number.POSITIVE_INFINITY;
  #measured = Number.POSITIVE_INFINITY;

  constructor(bench: Workbench) {
    this.#bench = bench;
  }

  take(verb: Verb, made: readonly Pair<Ct>[]): void {
    const step = Math.max(1, Math.floor(made.length / SAMPLES));
    for (let i = 0; i < made.length; i += step) this.#measure(verb, made[i]!);
  }

  #measure(verb: Verb, { ct, traced }: Pair<Ct>): void {
    const { level, parts, scale } = traced;
    const names = this.#bench.plan.layers.find((layer) => layer.scale === scale && layer.level >= level)?.names ?? [];
    const key = [verb, level, parts, scale].join();
    const sum = this.#found.get(key) ?? { names, verb, level, parts, predicted: 0, measured: 0, count: 0 };
    sum.predicted += meanSquareOf(traced.noise);
    sum.measured += 4 ** measureNoise(this.#bench.secretKey, [ct]).of(0).deviationBits;
    sum.count++;
    this.#found.set(key, sum);
  }

  finish(results: readonly Pair<Ct>[], limitBits: number): void {
    for (const { ct, traced } of results) {
      this.#predicted = Math.min(this.#predicted, limitBits - predictedBits(traced));
      this.#measured = Math.min(this.#measured, measureNoise(this.#bench.secretKey, [ct]).of(0).budgetBits);
    }
  }

  noise(): NoiseCheck[] {
    return [...this.#found.values()].map(({ predicted, measured, count, ...step }) => ({
      ...step,
      predictedBits: Math.log2(predicted / count) / 2,
      measuredBits: Math.log2(measured / count) / 2,
    }));
  }

  budgets(): { predictedBudgetBits: number; measuredBudgetBits: number } {
    return { predictedBudgetBits: this.#predicted, measuredBudgetBits: this.#measured };
  }
}
