import { z } from 'zod/mini';
import { HesperError } from '../errors.ts';
import { outputCount, type Program, type Step } from '../evaluator/record.ts';
import type { LinearRows, PointwiseStep } from '../evaluator/verbs.ts';
import { notAPlan } from './client-plan.ts';
import type { ByteReader } from './container.ts';

/** Inputs of all steps together, and steps that one pointwise job may have. */
export const MAX_NAMES = 2 ** 22;
export const MAX_POINTWISE = 64;

const index = z.int().check(z.nonnegative());
const finite = z.number();
/** Runs of consecutive names: [start, count]. */
const names = z.array(z.tuple([index, index]));
const rows = z.object({
  outputs: index,
  inputs: index,
  rowStart: index,
  columns: index,
  values: index,
  scale: finite.check(z.positive()),
});
const linear = z.object({ verb: z.literal('linear'), argument: rows });
const square = z.object({ verb: z.literal('squareAll') });
const addPlain = z.object({ verb: z.literal('addPlain'), argument: z.array(finite) });
const simple = z.discriminatedUnion('verb', [linear, square, addPlain]);
const action = z.discriminatedUnion('verb', [
  linear,
  square,
  addPlain,
  z.object({ verb: z.literal('multiplyPairs'), argument: z.array(z.tuple([index, index])) }),
  z.object({ verb: z.literal('relinearizeAll') }),
  z.object({ verb: z.literal('rescaleAll') }),
  z.object({ verb: z.literal('dropLevelAll'), argument: index }),
  z.object({ verb: z.literal('pointwise'), argument: z.array(simple).check(z.maxLength(MAX_POINTWISE)) }),
]);
/** A program in the header of a plan's bytes; integer arrays are blobs behind it. */
export const programSchema = z.object({
  inputs: index,
  steps: z.array(z.object({ inputs: names, action })),
  results: names,
});

type EncodedProgram = z.infer<typeof programSchema>;
type EncodedRows = z.infer<typeof rows>;
type Action = z.infer<typeof action>;

export function encodeProgram(program: Program, keep: (data: Int32Array) => number): EncodedProgram {
  const encodeRows = (argument: LinearRows): EncodedRows => ({
    ...argument,
    rowStart: keep(argument.rowStart),
    columns: keep(argument.columns),
    values: keep(argument.values),
  });
  const encode = ({ verb, argument }: Pick<Step, 'verb' | 'argument'>): Action => {
    if (verb === 'linear') return { verb, argument: encodeRows(argument as LinearRows) };
    if (verb === 'pointwise') return { verb, argument: (argument as Step[]).map(encode) as never };
    if (!action.safeParse({ verb, argument }).success) throw unsaved(verb);
    return (argument === undefined ? { verb } : { verb, argument }) as Action;
  };
  const steps = program.steps.map((step) => ({ inputs: toRuns(step.inputs), action: encode(step) }));
  return { inputs: program.inputs, steps, results: toRuns(program.results) };
}

export function decodeProgram(program: EncodedProgram, reader: ByteReader): Program {
  const decodeRows = (argument: EncodedRows): LinearRows => {
    const { outputs, inputs, scale } = argument;
    const [rowStart, columns, values] = [argument.rowStart, argument.columns, argument.values].map(reader.blob) as [
      Int32Array,
      Int32Array,
      Int32Array,
    ];
    return checkRows({ outputs, inputs, rowStart, columns, values, scale });
  };
  const decode = (one: Action): Pick<Step, 'verb' | 'argument'> => {
    if (one.verb === 'linear') return { verb: one.verb, argument: decodeRows(one.argument) };
    if (one.verb === 'pointwise') return { verb: one.verb, argument: one.argument.map(decode) as never };
    return { verb: one.verb, argument: 'argument' in one ? one.argument : undefined } as Pick<
      Step,
      'verb' | 'argument'
    >;
  };
  const expand = expander(MAX_NAMES);
  const steps = program.steps.map((step) => ({ ...decode(step.action), inputs: expand(step.inputs) }) as Step);
  return { inputs: program.inputs, steps, results: expand(program.results) };
}

/** Row starts ascend and end at the number of weights, columns are inputs, weights fit the kernel. */
function checkRows(argument: LinearRows): LinearRows {
  const { outputs, inputs, rowStart, columns, values } = argument;
  const good =
    rowStart.length === outputs + 1 &&
    rowStart[0] === 0 &&
    rowStart.every((start, r) => r === 0 || start >= rowStart[r - 1]!) &&
    rowStart[outputs] === values.length &&
    columns.length === values.length &&
    columns.every((column) => column >= 0 && column < inputs) &&
    values.every((value) => Math.abs(value) < 2 ** 26);
  if (good) return argument;
  throw notAPlan('weights that do not fit their shape', `${outputs} rows over ${inputs} inputs`);
}

interface Ends {
  readonly input: { readonly ciphertexts: number };
  readonly output: { readonly ciphertexts: number };
}

/** Every step reads values that exist, and its list fits its argument; the ends fit the plan. */
export function checkProgram(program: Program, plan: Ends): Program {
  let made = program.inputs;
  for (const step of program.steps) {
    if (step.inputs.some((name) => name >= made) || !fits(step, step.inputs.length))
      throw notAPlan(step.verb, 'a step that holds together');
    made += outputCount(step);
  }
  const known = program.results.every((name) => name < made);
  const ends = program.inputs === plan.input.ciphertexts && program.results.length === plan.output.ciphertexts;
  if (known && ends) return program;
  throw notAPlan('a program of other inputs or results', 'those of the plan');
}

function fits({ verb, argument }: Step | PointwiseStep, width: number): boolean {
  if (verb === 'linear') return argument.inputs === width;
  if (verb === 'addPlain') return argument.length === width;
  if (verb === 'multiplyPairs') return argument.every(([i, j]) => i < width && j < width);
  if (verb !== 'pointwise') return true;
  let now = width;
  return argument.every((step) => {
    const good = fits(step, now);
    if (step.verb === 'linear') now = step.argument.outputs;
    return good;
  });
}

function toRuns(list: readonly number[]): [number, number][] {
  const runs: [number, number][] = [];
  for (const name of list) {
    const last = runs.at(-1);
    if (last && last[0] + last[1] === name) last[1]++;
    else runs.push([name, 1]);
  }
  return runs;
}

/** Runs to names, at most `limit` of them in all calls together: a few bytes cannot ask for all memory. */
function expander(limit: number): (runs: readonly (readonly [number, number])[]) => number[] {
  let left = limit;
  return (runs) => {
    const count = runs.reduce((sum, [, each]) => sum + each, 0);
    left -= count;
    if (left < 0) throw notAPlan('too many names', `at most ${limit}`);
    const list = new Array<number>(count);
    let at = 0;
    for (const [start, each] of runs) for (let i = 0; i < each; i++) list[at++] = start + i;
    return list;
  };
}

/** Plans are for whole batches, one value a slot: no rotations, no plaintext vectors. */
const unsaved = (verb: string): HesperError =>
  new HesperError('invalid-argument', 'A plan cannot hold this step', {
    met: verb,
    wanted: 'weighted sums, numbers added, products, relinearisation, rescaling, levels dropped',
    remedy: 'Run the program from memory, or plan without rotations and plaintext vectors.',
  });
