import { type EngineOp, engineOps, peerOpOf, requireRight, samplesFor } from './engine-ops.ts';
import { ownEngine, type TransformOp, transformOps } from './engine-own.ts';
import { peerEngine } from './engine-peer.ts';
import type { EngineScheme } from './engine-suite.ts';
import { chains, engineParameters, scaleFor } from './engine-terms.ts';

const isTransform = (op: string): op is TransformOp => (transformOps as readonly string[]).includes(op);

export const ckksScheme: EngineScheme = {
  name: 'ckks',
  ops: [...engineOps, ...transformOps],
  degrees: Object.keys(chains).map(Number),
  suite: (n) => {
    const [samples, scale] = [samplesFor(n / 2), scaleFor(n)];
    const parameters = engineParameters(n);
    return {
      parameters,
      ops: engineOps,
      // Keys are made one by one, so lists of them mean nothing.
      listOps: [...engineOps, ...transformOps].filter((op) => !op.startsWith('keygen')),
      facts: {},
      own: (kernel, count) => ownEngine(kernel, parameters, { scale, samples, count }),
      peer: (chain) => peerEngine(n, chain, scale, samples),
      peerOpOf: (op) => peerOpOf(op as EngineOp),
      requireRight: (who, op, results) =>
        requireRight(who, isTransform(op) ? 'rotate' : (op as EngineOp), results, samples),
    };
  },
};
