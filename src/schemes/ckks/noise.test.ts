import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshVariance, relinearizationVariance, roundingVariance } from '../../evaluator/noise.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { loadKernel } from '../../kernel/load.ts';
import type { Ciphertext } from '../../rlwe/ciphertext.ts';
import { decryptPrivate } from '../../rlwe/secret/decrypt.ts';
import { encryptSymmetric } from '../../rlwe/secret/encrypt-symmetric.ts';
import { denseRows, type Engine, engineParameters, openEngine } from './engine.conformance.ts';

/**
 * The noise that is measured against the noise model of the planner. Messages are zeros, so that what is decrypted is
 * noise. Variances are polynomials in u = |s|^2 / (2n/3) of a slot; u averages 1 over slots, u^2 averages 2.
 */
describe('noise is what the model says', () => {
  let kernel: Kernel;
  let engine: Engine;
  const n = 4096;
  const zeros = Array.from({ length: 16 }, () => new Float64Array(n / 2));

  beforeAll(async () => {
    kernel = await loadKernel();
    engine = openEngine(kernel, engineParameters(n, [36, 30], 36), 3);
  });
  afterAll(() => {
    engine.close();
    kernel.close();
  });

  /** Mean square of the slots in scaled units. */
  const measured = (cts: readonly Ciphertext<'ckks'>[]): number => {
    const values = decryptPrivate(engine.secretKey, cts);
    const squares = cts.map((ct, i) => values.column(i).reduce((s, x) => s + (x * ct.scale) ** 2, 0) / (n / 2));
    return squares.reduce((a, b) => a + b, 0) / cts.length;
  };
  /** The size of one secret at the slots is itself random: five standard deviations of its mean square. */
  const expectRatio = (met: number, wanted: number, tolerance: number): void => {
    expect(Math.abs(met / wanted - 1)).toBeLessThan(tolerance);
  };

  it('fresh', () => {
    const cts = encryptSymmetric(engine.secretKey, zeros, { scale: 2 ** 20 });
    expectRatio(measured(cts), freshVariance(n)[0]!, 0.1);
    for (const ct of cts) ct.dispose();
  });

  it('rescaled, two parts', () => {
    const cts = encryptSymmetric(engine.secretKey, zeros, { scale: 2 ** 20 });
    const wide = engine.ev.linear(
      cts,
      denseRows(
        zeros.map((_, i) => zeros.map((_, j) => (i === j ? 2 ** 20 : 0))),
        1,
      ),
    ); // prettier-ignore
    const down = engine.ev.rescaleAll(wide, undefined);
    const [constant, linear] = roundingVariance(n, 2);
    const q = engine.context.parameters.dataPrimes[1]!;
    expectRatio(measured(down), freshVariance(n)[0]! * (2 ** 20 / q) ** 2 + constant! + linear!, 0.12);
    for (const ct of [...cts, ...wide, ...down]) ct.dispose();
  });

  it('rescaled, three parts', () => {
    const cts = encryptSymmetric(engine.secretKey, zeros, { scale: 2 });
    const squares = engine.ev.squareAll(cts, undefined);
    const down = engine.ev.rescaleAll(squares, undefined);
    const [constant, linear, square] = roundingVariance(n, 3);
    expectRatio(measured(down), constant! + linear! + 2 * square!, 0.3);
    for (const ct of [...cts, ...squares, ...down]) ct.dispose();
  });

  it('relinearised', () => {
    const cts = encryptSymmetric(engine.secretKey, zeros, { scale: 2 });
    const squares = engine.ev.squareAll(cts, undefined);
    const short = engine.ev.relinearizeAll(squares, undefined);
    const { dataPrimes, specialPrimes } = engine.context.parameters;
    const model = relinearizationVariance(n, 3, { primes: dataPrimes, special: specialPrimes });
    const added = difference(squares, short);
    expectRatio(
      added,
      model.reduce((a, b) => a + b, 0),
      0.12,
    );
    for (const ct of [...cts, ...squares, ...short]) ct.dispose();
  });

  function difference(a: readonly Ciphertext<'ckks'>[], b: readonly Ciphertext<'ckks'>[]): number {
    const [x, y] = [decryptPrivate(engine.secretKey, a), decryptPrivate(engine.secretKey, b)];
    const squares = a.map(
      (ct, i) => x.column(i).reduce((s, v, j) => s + ((v - y.column(i)[j]!) * ct.scale) ** 2, 0) / (n / 2),
    );
    return squares.reduce((s, v) => s + v, 0) / a.length;
  }
});
