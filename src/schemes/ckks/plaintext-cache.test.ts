import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Kernel } from '../../kernel/kernel.ts';
import { loadKernel } from '../../kernel/load.ts';
import type { Plaintext } from '../../rlwe/plaintext.ts';
import { encryptSymmetric } from '../../rlwe/secret/encrypt-symmetric.ts';
import { PlaintextCache } from '../common/plaintext-cache.ts';
import { encodeVectors } from './encode-vectors.ts';
import { decode } from './encoder.ts';
import { type Engine, engineParameters, openEngine, sampleColumns } from './engine.conformance.ts';
import { createCkksEvaluator } from './evaluator.ts';

const n = 1024;
const scale = 2 ** 30;
const coded = (code: string) => expect.objectContaining({ name: 'HesperError', code });

describe('encoded vectors', () => {
  let kernel: Kernel;
  let engine: Engine;
  const vectors = sampleColumns(4, n / 2);
  const wanted = (list: readonly Float64Array[], at = scale) => list.map((vector) => ({ vector, scale: at }));
  const bytes = (levels: number) => 8 * n * levels;
  const newCache = (limit: number): PlaintextCache =>
    new PlaintextCache(engine.context, limit, (list, level, { scale: at }) =>
      encodeVectors(engine.context, list, level, at),
    );

  beforeAll(async () => {
    kernel = await loadKernel();
    engine = openEngine(kernel, engineParameters(n, [40, 36, 36]));
  });
  afterAll(() => {
    engine.close();
    expect(kernel.poolStats().liveBuffers).toBe(0);
    kernel.close();
  });

  it('are found again by identity, level and scale', () => {
    const cache = newCache(2 ** 30);
    const get = (level: number, list: readonly Float64Array[], at = scale): Plaintext<'ckks'>[] =>
      cache.with(level, wanted(list, at), (found) => [...found] as Plaintext<'ckks'>[]);
    const first = get(2, [vectors[0]!, vectors[1]!, vectors[0]!]);
    expect(first[0]).toBe(first[2]);
    expect(get(2, [vectors[1]!])[0]).toBe(first[1]);
    expect(cache.bytes).toBe(bytes(6));
    const others = [get(1, [vectors[0]!])[0]!, get(2, [vectors[0]!], 2 * scale)[0]!, get(2, [vectors[0]!.slice()])[0]!];
    expect(new Set([first[0], ...others]).size).toBe(4);
    expect(others.map((p) => [p.level, p.scale])).toEqual([
      [1, scale],
      [2, 2 * scale],
      [2, scale],
    ]);
    cache.dispose();
    expect(cache.bytes).toBe(0);
    expect(() => first[0]!.handle).toThrowError(coded('disposed'));
  });

  it('leave when the limit is passed, the least recently used first, but never within a call', () => {
    const cache = newCache(bytes(6));
    const get = (...list: number[]): Plaintext<'ckks'>[] =>
      cache.with(2, wanted(list.map((i) => vectors[i]!)), (found) => {
        for (const plaintext of found) expect(plaintext.handle).toBeGreaterThan(0);
        return [...found] as Plaintext<'ckks'>[];
      });
    const [a, b] = get(0, 1);
    get(0);
    const [c] = get(2);
    expect(cache.bytes).toBe(bytes(6));
    expect([get(0)[0] === a, get(2)[0] === c]).toEqual([true, true]);
    expect(get(1)[0]).not.toBe(b);
    get(0, 1, 2, 3);
    expect(cache.bytes).toBe(bytes(6));
    cache.dispose();
  });

  it('hold the values, also at scales beyond the encoder, and are refused where the modulus ends', () => {
    const cache = newCache(2 ** 30);
    for (const bits of [20, 60, 61, 90, 105]) {
      cache.with(2, wanted(vectors.slice(0, 1), 2 ** bits), ([plaintext]) => {
        const [met] = decode([plaintext as Plaintext<'ckks'>]);
        const error = Math.max(...met!.map((x, j) => Math.abs(x - vectors[0]![j]!)));
        expect(error).toBeLessThan(n * 2 ** -Math.min(bits + 1, 48));
        expect(plaintext!.scale).toBe(2 ** bits);
      });
    }
    const live = kernel.poolStats().liveBuffers;
    expect(() => cache.with(2, wanted(vectors, 2 ** 112), () => {})).toThrowError(coded('scale-overflow'));
    expect(() => cache.with(0, wanted(vectors, 2 ** 45), () => {})).toThrowError(coded('scale-overflow'));
    expect(kernel.poolStats().liveBuffers).toBe(live);
    cache.dispose();
  });

  it('are made by prepare, and a call does not encode again', () => {
    const ev = createCkksEvaluator(engine.context);
    const rows = { inputs: 1, rows: [vectors.map((weight) => ({ from: 0, weight }))] };
    const x = encryptSymmetric(engine.secretKey, vectors.slice(0, 1), { scale });
    const start = kernel.workStats().transforms;
    ev.prepare([rows]);
    expect(kernel.workStats().transforms - start).toBe(4 * 3);
    for (let i = 0; i < 2; i++) for (const ct of ev.linearPlain(x, rows)) ct.dispose();
    expect(kernel.workStats().transforms - start).toBe(4 * 3);
    ev.dispose();
    expect(() => ev.prepare([rows])).toThrowError(coded('disposed'));
    for (const ct of x) ct.dispose();
  });

  it('do their work without memory for them', () => {
    const ev = createCkksEvaluator(engine.context, { plaintextCacheBytes: 0 });
    const x = encryptSymmetric(engine.secretKey, vectors.slice(0, 1), { scale });
    const before = kernel.poolStats().liveBuffers;
    const out = ev.linearPlain(x, { inputs: 1, rows: [[{ from: 0, weight: vectors[1]! }]] });
    expect(kernel.poolStats().liveBuffers).toBe(before + 1);
    for (const ct of [...out, ...x]) ct.dispose();
    ev.dispose();
  });
});
