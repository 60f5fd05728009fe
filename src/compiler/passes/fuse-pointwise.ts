import { outputCount, type Program, type Step } from '../../evaluator/record.ts';
import type { PointwiseStep } from '../../evaluator/verbs.ts';

/**
 * Maximal runs of linear, addPlain and squareAll in which each reads exactly what the one before made, and nobody else
 * does, become one `pointwise` step: one native job, whose intermediate lists are never held whole.
 */
export function fusePointwise(program: Program): Program {
  const uses = countUses(program);
  const groups: Group[] = [];
  let made = program.inputs;
  for (const step of program.steps) {
    const names = range(made, outputCount(step));
    made += names.length;
    const last = groups.at(-1);
    if (last && isPointwise(step) && last.fusable && readsOnly(step, last.names, uses)) {
      groups[groups.length - 1] = { ...last, steps: [...last.steps, step], names };
    } else {
      groups.push({ inputs: step.inputs, steps: [step], names, fusable: isPointwise(step) });
    }
  }
  return rename(program, groups);
}

interface Group {
  readonly inputs: readonly number[];
  readonly steps: readonly Step[];
  /** What its last step makes. */
  readonly names: readonly number[];
  readonly fusable: boolean;
}

const isPointwise = (step: Step): step is Step & PointwiseStep =>
  step.verb === 'linear' || step.verb === 'addPlain' || step.verb === 'squareAll';

function readsOnly(step: Step, names: readonly number[], uses: Map<number, number>): boolean {
  return (
    step.inputs.length === names.length && step.inputs.every((name, i) => name === names[i] && uses.get(name) === 1)
  );
}

function countUses(program: Program): Map<number, number> {
  const uses = new Map<number, number>();
  for (const name of [...program.steps.flatMap((step) => step.inputs), ...program.results]) {
    uses.set(name, (uses.get(name) ?? 0) + 1);
  }
  return uses;
}

/** Values are numbered anew, since those inside a run are no longer made. */
function rename(program: Program, groups: readonly Group[]): Program {
  const fresh = new Map(range(0, program.inputs).map((name) => [name, name]));
  let next = program.inputs;
  const steps = groups.map((group): Step => {
    const inputs = group.inputs.map((name) => fresh.get(name)!);
    for (const name of group.names) fresh.set(name, next++);
    if (group.steps.length === 1) return { ...group.steps[0]!, inputs };
    const argument = group.steps.map((step) => ({ verb: step.verb, argument: step.argument }) as PointwiseStep);
    return { verb: 'pointwise', inputs, argument };
  });
  return { inputs: program.inputs, steps, results: program.results.map((name) => fresh.get(name)!) };
}

const range = (start: number, count: number): number[] => Array.from({ length: count }, (_, i) => start + i);
