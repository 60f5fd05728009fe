import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rowsOf } from '../../src/graph/graph.ts';
import { loadShippedModel, type ShippedModel } from '../../src/heras/shipped.ts';
import { clearIntegers, type Plan, plan } from '../../src/index.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { loadKernel } from '../../src/kernel/load.ts';
import { InferenceServer } from '../../src/service/server/inference-server.ts';
import type { InferenceSession } from '../../src/service/server/inference-session.ts';
import { loadMnistSet } from '../../src/training/mnist.ts';
import { buildPage, type Files } from './build-page.ts';
import type { Place } from './calls.ts';
import { chromium, openFiles } from './harness.ts';
import type { Classified } from './inference.page.ts';
import type { Routes } from './serve.ts';

const IMAGES = 64;
const SIZE = 784;

interface Case {
  readonly model: ShippedModel;
  readonly scheme: 'ckks' | 'bfv';
  /** 'eager' needs an evaluation key. */
  readonly relinearize?: 'eager';
  readonly isolated: boolean;
  readonly place: Place;
}

const cases: readonly Case[] = [
  { model: 'cryptonets', scheme: 'ckks', isolated: false, place: 'worker' },
  { model: 'cryptonets', scheme: 'ckks', relinearize: 'eager', isolated: true, place: 'worker' },
  { model: 'dnn-30', scheme: 'bfv', isolated: true, place: 'worker' },
  { model: 'dnn-30', scheme: 'bfv', isolated: false, place: 'main' },
];

describe.skipIf(!chromium)('encrypted inference between a page in Chromium and Node (needs chromium)', () => {
  let kernel: Kernel;
  let files: Files;
  let typical: readonly Float32Array[];
  let digits: { readonly data: Float32Array; readonly labels: Uint8Array };

  beforeAll(async () => {
    kernel = await loadKernel();
    files = await buildPage({ entry: 'test/browsers/inference.page.ts', minify: true });
    typical = rowsOf((await loadMnistSet('train', { limit: 256 })).images) as Float32Array[];
    const { images, labels } = await loadMnistSet('test', { limit: IMAGES });
    digits = { data: images.data, labels };
  });
  afterAll(() => kernel?.close());

  /** A server of one session: what the page posts goes to it as it is. */
  function served(made: Plan): { routes: Routes; end: () => void; keyBytes: () => number } {
    const server = new InferenceServer(kernel, made);
    let session: InferenceSession | undefined;
    let keyBytes = 0;
    const routes: Routes = {
      '/digits': () => new Uint8Array(digits.data.buffer, digits.data.byteOffset, digits.data.byteLength),
      '/offer': () => server.offer(),
      '/hello': (bytes) => {
        keyBytes = bytes.length;
        session = server.accept(bytes);
        return session.ready();
      },
      '/request': (bytes) => session!.handle(bytes),
    };
    const end = (): void => {
      session?.dispose();
      server.dispose();
    };
    return { routes, end, keyBytes: () => keyBytes };
  }

  it.each(cases)(
    '$model under $scheme, relinearize $relinearize, isolated $isolated, on the $place thread',
    async (c) => {
      const model = await loadShippedModel(c.model);
      const made = plan(model.toGraph(), {
        scheme: c.scheme,
        calibration: typical,
        ...(c.relinearize && { relinearize: c.relinearize }),
      } as Parameters<typeof plan>[1]);
      const { routes, end, keyBytes } = served(made);
      const page = await openFiles({ files, routes, isolated: c.isolated, timeout: 240_000 });
      try {
        const met = await page.call<Classified>('classify', [IMAGES, SIZE], c.place);
        expect(met.kernel).toBe('wasm');
        expect(met.batch).toBe(made.slots);
        expect(met.evaluationKeyBytes > 0).toBe(c.relinearize === 'eager');
        expect(keyBytes()).toBeGreaterThan(met.evaluationKeyBytes);
        expect(page.requested.filter((path) => path.endsWith('.wasm')).length).toBe(1);
        expect(page.requested.find((path) => path.endsWith('.wasm'))).toMatch(/client[^/]*\.wasm$/);
        const clear = model.predict({ shape: [IMAGES, 28, 28, 1], data: digits.data });
        const right = met.outputs.filter((row, i) => row.indexOf(Math.max(...row)) === digits.labels[i]).length;
        expect(right).toBeGreaterThanOrEqual(0.93 * IMAGES);
        if (made.scheme === 'bfv')
          expect(met.integers).toEqual(clearIntegers(made, digits.data).map((row) => row.map(String)));
        else {
          const largest = clear.data.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
          for (const [i, row] of met.outputs.entries())
            for (const [k, x] of row.entries())
              expect(Math.abs(x - clear.data[10 * i + k]!)).toBeLessThan(largest / 64);
        }
      } finally {
        await page.close();
        end();
      }
    },
  );

  it('refuses what does not fit, by codes, and keeps to a strict content policy', async () => {
    const made = plan((await loadShippedModel('dnn-30')).toGraph(), { scheme: 'bfv', calibration: typical });
    const { routes, end } = served(made);
    const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src data:";
    const page = await openFiles({ files, routes, policy });
    try {
      const wanted = ['malformed-bytes', 'malformed-bytes', 'shape-mismatch', 'kernel-unavailable', 'disposed'];
      expect(await page.call<string[]>('refusals')).toEqual(wanted);
      expect(page.console).toEqual([]);
    } finally {
      await page.close();
      end();
    }
  });
});
