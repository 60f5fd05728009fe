import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Kernel } from '../../kernel/kernel.ts';
import { loadKernel } from '../../kernel/load.ts';
import type { Ciphertext } from '../../rlwe/ciphertext.ts';
import { encryptSymmetric } from '../../rlwe/secret/encrypt-symmetric.ts';
import { type Engine, engineParameters, openEngine, sampleColumns } from './engine.conformance.ts';

describe('scopes', () => {
  let kernel: Kernel;
  let engine: Engine;
  let x: Ciphertext<'ckks'>[];
  let live: number;

  beforeAll(async () => {
    kernel = await loadKernel();
    engine = openEngine(kernel, engineParameters(1024, [40, 36, 36]));
    x = encryptSymmetric(engine.secretKey, sampleColumns(2, 512), { scale: 2 ** 20 });
  });
  beforeEach(() => {
    live = kernel.poolStats().liveBuffers;
  });
  afterAll(() => {
    for (const ct of x) ct.dispose();
    engine.close();
    expect(kernel.poolStats().liveBuffers).toBe(0);
    kernel.close();
  });

  const square = (): Ciphertext<'ckks'> => engine.ev.squareAll(x.slice(0, 1), undefined)[0]!;
  const liveMore = (): number => kernel.poolStats().liveBuffers - live;

  it('dispose of what was made in them, and of nothing else', () => {
    const before = square();
    {
      using scope = engine.ev.scope();
      const [inside, kept] = [square(), scope.keep(square())];
      expect(liveMore()).toBe(3);
      scope.dispose();
      scope.dispose();
      expect([before, inside, kept].map((ct) => ct.isDisposed)).toEqual([false, true, false]);
      kept.dispose();
    }
    const after = square();
    expect(after.isDisposed).toBe(false);
    for (const ct of [before, after]) ct.dispose();
    expect(liveMore()).toBe(0);
    expect(x.every((ct) => !ct.isDisposed)).toBe(true);
  });

  it('keep what a body returns, wherever it lies', () => {
    const result = engine.ev.scoped(() => {
      const wide = engine.ev.rescaleAll(engine.ev.squareAll(x, undefined), undefined);
      square();
      return { list: [wide[0]!], named: new Map([['other', wide[1]!]]), number: 7, text: null };
    });
    expect(liveMore()).toBe(2);
    const { list, named, number } = result;
    expect([list[0]!.isDisposed, named.get('other')!.isDisposed, number]).toEqual([false, false, 7]);
    list[0]!.dispose();
    named.get('other')!.dispose();
    expect(engine.ev.scoped(() => square().level)).toBe(2);
    expect(engine.ev.scoped(() => x[0])).toBe(x[0]);
    expect(x[0]!.isDisposed).toBe(false);
    expect(liveMore()).toBe(0);
  });

  it('nest: what an inner scope keeps belongs to the outer one', () => {
    const kept = engine.ev.scoped((outer) => {
      const inner = engine.ev.scoped(() => {
        square();
        return square();
      });
      expect(liveMore()).toBe(1);
      engine.ev.scoped(() => outer.keep(square()).dispose());
      const both = [inner, square()];
      expect(liveMore()).toBe(2);
      return both[1]!;
    });
    expect(liveMore()).toBe(1);
    kept.dispose();
  });

  it('may end in another order than they began', () => {
    const outer = engine.ev.scope();
    const a = square();
    const inner = engine.ev.scope();
    const b = square();
    outer.dispose();
    expect([a.isDisposed, b.isDisposed]).toEqual([true, false]);
    const c = square();
    inner.dispose();
    expect([b.isDisposed, c.isDisposed]).toEqual([true, true]);
    expect(liveMore()).toBe(0);
  });

  it('leave nothing behind when a body fails, and refuse asynchronous ones', () => {
    const fails = () =>
      engine.ev.scoped(() => {
        engine.ev.rescaleAll([square()], undefined);
        engine.ev.multiplyPairs(x, [[0, 5]]);
      });
    expect(fails).toThrowError(expect.objectContaining({ code: 'invalid-argument' }));
    expect(() => engine.ev.scoped(async () => square())).toThrowError(
      expect.objectContaining({ code: 'invalid-argument' }),
    );
    expect(liveMore()).toBe(0);
  });
});
