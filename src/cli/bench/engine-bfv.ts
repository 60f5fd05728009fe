import { createParameters, generatePrimes } from '../../he.ts';
import { type BfvOp, bfvOps, integerSamples, requireEqual } from './engine-bfv-ops.ts';
import { ownBfvEngine } from './engine-bfv-own.ts';
import { peerBfvEngine } from './engine-bfv-peer.ts';
import type { EngineScheme } from './engine-suite.ts';
import { engineParameters } from './engine-terms.ts';

/** Bits of the plaintext modulus: products of two integers modulo t are exact doubles. */
const PLAIN_BITS = 20;

export const bfvScheme: EngineScheme = {
  name: 'bfv',
  ops: bfvOps,
  degrees: [4096, 8192, 16384],
  suite: (n) => {
    const { dataPrimes, specialPrimes } = engineParameters(n);
    const [t] = generatePrimes(n, [PLAIN_BITS]) as [number];
    const parameters = createParameters({ ringDegree: n, dataPrimes, specialPrimes, plaintextModuli: [t] });
    const samples = integerSamples(n, t);
    return {
      parameters,
      ops: bfvOps,
      listOps: ['multiply-relinearize', 'square', 'relinearize', 'rotate'],
      facts: { plaintextModulus: t },
      own: (kernel, count) => ownBfvEngine(kernel, parameters, samples, count),
      peer: (chain) => peerBfvEngine(n, chain, samples),
      peerOpOf: (op) => op,
      requireRight: (who, op, results) => requireEqual(who, op as BfvOp, results, samples),
    };
  },
};
