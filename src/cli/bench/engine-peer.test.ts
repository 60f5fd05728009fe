import { describe, expect, it } from 'vitest';
import { engineOps, peerOpOf, requireRight, samplesFor } from './engine-ops.ts';
import { peerEngine } from './engine-peer.ts';
import { engineParameters, fairTerms, peerChain, scaleFor } from './engine-terms.ts';

describe('node-seal in the engine benchmark', () => {
  it('gives the clear answers', async () => {
    const n = 8192;
    const samples = samplesFor(n / 2);
    const parameters = engineParameters(n);
    const peer = await peerEngine(n, peerChain(parameters.logQ), scaleFor(n), samples);
    expect(fairTerms(parameters, peer.primes).peerChain).toEqual(peerChain(parameters.logQ).data);
    for (const op of engineOps.map(peerOpOf)) requireRight('node-seal', op, peer.ops[op].results(), samples);
    peer.dispose();
  });
});
