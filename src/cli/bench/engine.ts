import { HesperError } from '../../errors.ts';
import { type Kernel, loadKernel } from '../../he.ts';
import { bfvScheme } from './engine-bfv.ts';
import { ckksScheme } from './engine-ckks.ts';
import { timeInTurn } from './engine-ops.ts';
import type { EngineScheme } from './engine-suite.ts';
import { fairTerms, peerChain } from './engine-terms.ts';
import { benchLists } from './engine-threads.ts';
import { type BenchRow, ownRow, round } from './harness.ts';
import type { BenchOptions } from './options.ts';

const schemes: readonly EngineScheme[] = [ckksScheme, bfvScheme];

/**
 * CKKS and BFV at 128 bits of security. One thread: each operation on one ciphertext beside node-seal's, under the
 * terms of `requireFair`, in process CPU time. More threads: lists of 64 beside the same lists on one thread, in
 * wall-clock time.
 */
export async function benchEngine(options: BenchOptions): Promise<{ kernel: Kernel; rows: BenchRow[] }> {
  checkOps(options.only);
  const open = (threads: number): Promise<Kernel> =>
    loadKernel({ variant: options.kernel, threads, features: options.features });
  const one = await open(1);
  const rows: BenchRow[] = [];
  for (const scheme of schemes.filter(({ name }) => options.schemes?.includes(name) ?? true)) {
    for (const threads of options.threads ?? [1, 2]) {
      const many = threads === 1 ? one : await open(threads);
      for (const n of options.degrees ?? scheme.degrees) {
        options.signal.throwIfAborted();
        rows.push(
          ...(threads === 1 ? await besidePeer(scheme, one, n, options) : benchLists(scheme, one, many, n, options)),
        );
      }
      if (many !== one) many.close();
    }
  }
  return { kernel: one, rows };
}

/** @throws 'wrong-usage' */
function checkOps(only: readonly string[] | undefined): void {
  const all = [...new Set(schemes.flatMap(({ ops }) => ops))];
  const unknown = only?.find((op) => !all.includes(op));
  if (unknown === undefined) return;
  throw new HesperError('wrong-usage', 'no such operation', {
    met: unknown,
    wanted: all,
    remedy: 'Give some of these to --only, separated by commas',
  });
}

async function besidePeer(scheme: EngineScheme, kernel: Kernel, n: number, options: BenchOptions): Promise<BenchRow[]> {
  const suite = scheme.suite(n);
  const ops = suite.ops.filter((op) => options.only?.includes(op) ?? true);
  if (ops.length === 0) return [];
  const peer = options.peer ? await suite.peer(peerChain(suite.parameters.logQ)) : null;
  const own = suite.own(kernel, 1);
  const terms = fairTerms(suite.parameters, peer?.primes ?? null);
  const rows = ops.map((op) => {
    const theirs = peer?.ops[suite.peerOpOf(op)];
    suite.requireRight('hesper', op, own.ops[op]!.results());
    if (theirs) suite.requireRight('node-seal', suite.peerOpOf(op), theirs.results());
    const [time, peerTime] = timeInTurn([own.ops[op]!, theirs ?? []].flat(), 'cpu', options.samples);
    return ownRow({
      op,
      scheme: scheme.name,
      kernel: kernel.variant,
      ...terms,
      ...suite.facts,
      dataBits: terms.logQ,
      threads: 1,
      ...time!,
      peer: peer && 'node-seal',
      peerVersion: peer?.version ?? null,
      peerMicroseconds: peerTime?.microseconds ?? null,
      ratio: peerTime ? round(peerTime.microseconds / time!.microseconds) : null,
    });
  });
  own.dispose();
  peer?.dispose();
  return rows;
}
