import { describe, expect, it } from 'vitest';
import { HesperError } from '../src/errors.ts';
import { loadKernel } from '../src/kernel/load.ts';
import { openClientKernel } from '../src/kernel/load-client.ts';
import { artefacts, clientArtefacts } from './browsers/artefacts.page.ts';

describe('the kernel of clients', () => {
  it('makes the same keys and ciphertexts, byte for byte, as the whole one', async () => {
    const kernel = await loadKernel();
    const wanted = await artefacts(kernel);
    kernel.close();
    const { features, digests } = await clientArtefacts(false);
    expect(features).toContain('simd128');
    expect(Object.keys(wanted).length).toBeGreaterThan(20);
    expect(digests).toEqual(wanted);
  });

  it('refuses verbs that compute on ciphertexts', async () => {
    const kernel = await openClientKernel(false);
    const some = Int32Array.of(1);
    for (const work of [
      () => kernel.createWeights(1, 1, Int32Array.of(0, 1), Int32Array.of(0), some),
      () => kernel.multiplyParts(1, some, some, some, some, 2, 2),
      () => kernel.relinearize(1, some, some, some, 3, some, some),
    ]) {
      expect(work).toThrow(HesperError);
      expect(work).toThrow(/This kernel is for clients: it has no \w+.*Load the kernel with loadKernel of hesper\/he/);
    }
    kernel.close();
  });
});
