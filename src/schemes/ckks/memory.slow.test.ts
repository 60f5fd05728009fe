import { describe, expect, it } from 'vitest';
import type { KernelVariant } from '../../kernel/kernel.ts';
import { loadKernel } from '../../kernel/load.ts';
import { decryptPrivate } from '../../rlwe/secret/decrypt.ts';
import { encryptSymmetricSeededToBytes } from '../../rlwe/secret/encrypt-symmetric.ts';
import { loadCiphertexts, saveCiphertexts } from '../../rlwe/serialize.ts';
import { denseRows, type Engine, engineParameters, openEngine, sampleColumns } from './engine.conformance.ts';

const columns = sampleColumns(16, 2048);
const rows = denseRows(
  Array.from({ length: 8 }, (_, o) => columns.map((_, i) => ((o * 7 + i * 5) % 31) - 15)),
  16,
); // prettier-ignore

/** One small batch from numbers to numbers; everything it made is disposed, by a failure too. */
function batch({ context, secretKey, ev }: Engine, fail: boolean): void {
  using owned = new Owned();
  const inputs = owned.all(
    loadCiphertexts(context, encryptSymmetricSeededToBytes(secretKey, columns, { scale: 2 ** 14 })),
  );
  const steps = [
    { verb: 'linear', argument: rows },
    { verb: 'squareAll', argument: undefined },
  ] as const; // prettier-ignore
  const squares = owned.all(ev.pointwise(inputs, steps));
  const short = owned.all(ev.relinearizeAll(squares, undefined));
  if (fail)
    expect(() => ev.linear([...short, ...squares], rows)).toThrowError(
      expect.objectContaining({ name: 'HesperError' }),
    );
  const answer = owned.all(ev.rescaleAll(short, undefined));
  const values = decryptPrivate(secretKey, owned.all(loadCiphertexts(context, saveCiphertexts(answer))));
  expect(values.length).toBe(8);
}

class Owned {
  readonly #owned: { dispose(): void }[] = [];
  all<T extends { dispose(): void }>(list: T[]): T[] {
    this.#owned.push(...list);
    return list;
  }
  [Symbol.dispose](): void {
    for (const item of this.#owned) item.dispose();
  }
}

/** Runs some batches; the median of the process's memory over the last ten, as the operating system counts it. */
function residentAfter(engine: Engine, batches: number): number {
  const last: number[] = [];
  for (let i = 1; i <= batches; i++) {
    batch(engine, i % 10 === 0);
    if (i > batches - 10) last.push(process.memoryUsage().rss);
  }
  return last.sort((a, b) => a - b)[5]!;
}

describe('memory', () => {
  const variants: (KernelVariant | undefined)[] = [undefined, 'wasm'];
  it.each(variants)('does not grow over 1,000 batches on %s', async (variant) => {
    const kernel = await loadKernel({ variant });
    const engine = openEngine(kernel, engineParameters(4096, [36, 33], 36), 3);
    batch(engine, false); // makes what is made once: packed weights, powers of the secret
    const held = kernel.poolStats().liveBytes;
    const after50 = residentAfter(engine, 50);
    const after1000 = residentAfter(engine, 950);
    console.error(
      `${kernel.variant}: RSS ${(after50 / 1e6).toFixed(1)} MB after 50 batches, ${(after1000 / 1e6).toFixed(1)} MB after 1,000`,
    );
    expect(after1000).toBeLessThan(1.05 * after50);
    expect(kernel.poolStats().liveBytes).toBe(held);
    engine.close();
    kernel.close();
  });
});
