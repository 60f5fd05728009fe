import type { Kernel } from '../../he.ts';
import { timeInTurn } from './engine-ops.ts';
import type { EngineScheme } from './engine-suite.ts';
import { fairTerms } from './engine-terms.ts';
import { type BenchRow, ownRow, round } from './harness.ts';
import type { BenchOptions } from './options.ts';

/** Ciphertexts in a list. */
const LIST = 64;

/**
 * Lists of 64 ciphertexts on all threads of one kernel, beside the same lists on a kernel of one thread; per ciphertext
 * (a transform's time is that of one row).
 */
export function benchLists(
  scheme: EngineScheme,
  one: Kernel,
  many: Kernel,
  n: number,
  { only, samples }: Pick<BenchOptions, 'only' | 'samples'>,
): BenchRow[] {
  const suite = scheme.suite(n);
  const ops = suite.listOps.filter((op) => only?.includes(op) ?? true);
  if (ops.length === 0) return [];
  const engines = [many, one].map((kernel) => suite.own(kernel, LIST));
  const terms = fairTerms(suite.parameters, null);
  const rows = ops.map((op) => {
    const both = engines.map((engine) => engine.ops[op]!);
    for (const each of both) suite.requireRight('hesper', op, each.results());
    const [time, alone] = timeInTurn(both, 'wall', samples);
    return ownRow({
      op,
      scheme: scheme.name,
      kernel: many.variant,
      ...terms,
      ...suite.facts,
      dataBits: terms.logQ,
      threads: many.threads,
      list: op === 'rotate-hoisted' ? 1 : LIST,
      ...time!,
      oneThreadMicroseconds: alone!.microseconds,
      ratioToOneThread: round(alone!.microseconds / time!.microseconds),
    });
  });
  for (const engine of engines) engine.dispose();
  for (const kernel of [one, many]) kernel.trim();
  return rows;
}
