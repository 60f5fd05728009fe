import { HesperError } from '../../errors.ts';
import { type Kernel, loadKernel } from '../../he.ts';
import { type EngineOp, engineOps, peerOpOf, requireRight, samplesFor, timeInTurn } from './engine-ops.ts';
import { ownEngine, type TransformOp, transformOps } from './engine-own.ts';
import { peerEngine } from './engine-peer.ts';
import { chains, engineParameters, fairTerms, peerChain, scaleFor } from './engine-terms.ts';
import { benchLists } from './engine-threads.ts';
import { type BenchRow, ownRow, round } from './harness.ts';
import type { BenchOptions } from './options.ts';

/**
 * CKKS at 128 bits of security. One thread: each operation on one ciphertext beside node-seal's, under the terms of
 * `requireFair`, in process CPU time. More threads: lists of 64 beside the same lists on one thread, in wall-clock time.
 */
export async function benchEngine(options: BenchOptions): Promise<{ kernel: Kernel; rows: BenchRow[] }> {
  const ops = chosenOps(options.only);
  const open = (threads: number): Promise<Kernel> =>
    loadKernel({ variant: options.kernel, threads, features: options.features });
  const degrees = options.degrees ?? Object.keys(chains).map(Number);
  const one = await open(1);
  const rows: BenchRow[] = [];
  for (const threads of options.threads ?? [1, 2]) {
    const many = threads === 1 ? one : await open(threads);
    for (const n of degrees) {
      options.signal.throwIfAborted();
      rows.push(
        ...(threads === 1 ? await besidePeer(one, n, ops, options) : benchLists(one, many, n, ops, options.samples)),
      );
    }
    if (many !== one) many.close();
  }
  return { kernel: one, rows };
}

/** @throws 'wrong-usage' */
function chosenOps(only: readonly string[] | undefined): readonly (EngineOp | TransformOp)[] {
  const all = [...engineOps, ...transformOps];
  const unknown = only?.find((op) => !(all as string[]).includes(op));
  if (unknown === undefined) return only ? all.filter((op) => only.includes(op)) : all;
  throw new HesperError('wrong-usage', 'no such operation', {
    met: unknown,
    wanted: all,
    remedy: 'Give some of these to --only, separated by commas',
  });
}

async function besidePeer(
  kernel: Kernel,
  n: number,
  wanted: readonly (EngineOp | TransformOp)[],
  options: BenchOptions,
): Promise<BenchRow[]> {
  const [parameters, samples, scale] = [engineParameters(n), samplesFor(n / 2), scaleFor(n)];
  const peer = options.peer ? await peerEngine(n, peerChain(parameters.logQ), scale, samples) : null;
  const own = ownEngine(kernel, parameters, { scale, samples, count: 1 });
  const terms = fairTerms(parameters, peer?.primes ?? null);
  const rows = engineOps
    .filter((op) => wanted.includes(op))
    .map((op) => {
      const theirs = peer?.ops[peerOpOf(op)];
      requireRight('hesper', op, own.ops[op].results(), samples);
      if (theirs) requireRight('node-seal', peerOpOf(op), theirs.results(), samples);
      const [time, peerTime] = timeInTurn([own.ops[op], theirs ?? []].flat(), 'cpu', options.samples);
      return ownRow({
        op,
        scheme: 'ckks',
        kernel: kernel.variant,
        ...terms,
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
