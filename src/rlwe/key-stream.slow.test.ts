import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { contentId } from '../format/content-id.ts';
import { loadKernel } from '../kernel/load.ts';
import { generatePrimes } from '../ring/primes.ts';
import { createContext } from './context.ts';
import { receiveGaloisKeys, streamGaloisKeys } from './key-stream.ts';
import { createParameters } from './parameters.ts';
import { KeyGenerator } from './secret/key-generator.ts';
import { galoisKeysBytes } from './serialize-keys.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** JavaScript's memory that is in use, buffers included. */
function used(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const n = 16384;
const primes = generatePrimes(n, [48, 48, 48, 48, 48, 48, 48]);
const CHUNK = 2 ** 20;

describe('a large set of keys', () => {
  it('is never in the memory of JavaScript as a whole, on neither side', async () => {
    const kernel = await loadKernel();
    const context = createContext(
      createParameters({ ringDegree: n, dataPrimes: primes.slice(0, 6), specialPrimes: primes.slice(6) }),
      kernel,
    );
    const generator = new KeyGenerator(context);
    const secretKey = generator.secretKey();
    const options = { steps: Array.from({ length: 24 }, (_, i) => i + 1) };
    const keys = generator.galoisKeys(secretKey, options);
    const length = galoisKeysBytes(context, options);
    expect(length).toBeGreaterThan(90 * 2 ** 20);
    const id = contentId(streamGaloisKeys(keys, { chunkBytes: CHUNK }));
    const before = used();
    let most = 0;
    const receiver = receiveGaloisKeys(context, { contentId: id });
    let count = 0;
    for (const chunk of streamGaloisKeys(keys, { chunkBytes: CHUNK })) {
      receiver.write(chunk);
      if (count++ % 8 === 0) most = Math.max(most, used() - before);
    }
    // An element has 0.7 MB: one that is being written, one that is being received, and a chunk of each side.
    expect(most).toBeLessThan(12 * 2 ** 20);
    expect(receiver.offset).toBe(length);
    const received = receiver.finish();
    expect(received.steps).toEqual(keys.steps);
    for (const object of [received, keys, secretKey]) object.dispose();
    expect(kernel.poolStats().liveBuffers).toBe(0);
    context.dispose();
    kernel.close();
  });
});
