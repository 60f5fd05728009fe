import type { Kernel } from '../../he.ts';
import { type EngineOp, requireRight, samplesFor, timeInTurn } from './engine-ops.ts';
import { ownEngine, type TransformOp, transformOps } from './engine-own.ts';
import { engineParameters, fairTerms, scaleFor } from './engine-terms.ts';
import { type BenchRow, ownRow, round } from './harness.ts';

/** Ciphertexts in a list. */
const LIST = 64;

/**
 * Lists of 64 ciphertexts on all threads of one kernel, beside the same lists on a kernel of one thread; per ciphertext
 * (a transform's time is that of one row). Keys are made one by one, so they have no row here.
 */
export function benchLists(
  one: Kernel,
  many: Kernel,
  n: number,
  wanted: readonly (EngineOp | TransformOp)[],
  samples: number | undefined,
): BenchRow[] {
  const [parameters, data] = [engineParameters(n), samplesFor(n / 2)];
  const engines = [many, one].map((kernel) =>
    ownEngine(kernel, parameters, { scale: scaleFor(n), samples: data, count: LIST }),
  );
  const terms = fairTerms(parameters, null);
  const rows = wanted
    .filter((op) => !op.startsWith('keygen'))
    .map((op) => {
      const both = engines.map(({ ops }) => ops[op]);
      for (const each of both) requireRight('hesper', isTransform(op) ? 'rotate' : op, each.results(), data);
      const [time, alone] = timeInTurn(both, 'wall', samples);
      return ownRow({
        op,
        scheme: 'ckks',
        kernel: many.variant,
        ...terms,
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

const isTransform = (op: EngineOp | TransformOp): op is TransformOp => (transformOps as readonly string[]).includes(op);
