import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Kernel } from '../../kernel/kernel.ts';
import { loadKernel } from '../../kernel/load.ts';
import { generatePrimes } from '../../ring/primes.ts';
import { type Context, createContext } from '../../rlwe/context.ts';
import { createInsecureParameters } from '../../rlwe/parameters.ts';
import { constantResidues, scaledInteger } from '../common/scaled-integer.ts';
import { decode, decodeComplex, encode, encodingError } from './encoder.ts';
import { precisionReport } from './precision.ts';

const coded = (code: string) => expect.objectContaining({ name: 'HesperError', code });

describe('slot encoding', () => {
  let kernel: Kernel;
  const contexts: Context<'ckks'>[] = [];
  beforeAll(async () => {
    kernel = await loadKernel();
    for (const n of [1024, 8192])
      contexts.push(
        createContext(createInsecureParameters({ ringDegree: n, dataPrimes: generatePrimes(n, [47, 47]) }), kernel),
      );
  });
  afterAll(() => {
    expect(kernel.poolStats().liveBuffers).toBe(0);
    kernel.close();
  });

  it('gives values back within the stated bound, near the stated deviation', () => {
    for (const context of contexts) {
      for (const scaleBits of [10, 25, 40, 60]) {
        const scale = 2 ** scaleBits;
        const columns = [1, 2].map((c) => Float64Array.from({ length: context.n / 2 }, (_, j) => 8 * Math.sin(j * c)));
        const plaintexts = encode(context, columns, { scale });
        const { bound, deviation } = encodingError(context.n, scale, 8);
        decode(plaintexts).forEach((met, i) => {
          const errors = met.map((x, j) => x - columns[i]![j]!);
          expect(Math.max(...errors.map(Math.abs))).toBeLessThan(bound);
          const measured = Math.sqrt(errors.reduce((s, e) => s + e * e, 0) / errors.length);
          if (scaleBits <= 40) expect(Math.abs(Math.log2(measured / deviation))).toBeLessThan(0.2);
        });
        for (const plaintext of plaintexts) plaintext.dispose();
      }
    }
  });

  it('gives complex values back within the stated bound, real and complex columns side by side', () => {
    for (const context of contexts) {
      const scale = 2 ** 30;
      const circle = (c: number) => ({
        re: Float64Array.from({ length: context.n / 2 }, (_, j) => 5 * Math.cos(j * c)),
        im: Float64Array.from({ length: context.n / 2 }, (_, j) => 5 * Math.sin(j * c + 1)),
      });
      const real = Float64Array.from({ length: 100 }, (_, j) => j / 10);
      const plaintexts = encode(context, [circle(1), real, circle(2)], { scale });
      const met = decodeComplex(plaintexts);
      const { bound, deviation } = encodingError(context.n, scale, 10);
      for (const [i, c] of [
        [0, 1],
        [2, 2],
      ] as const) {
        const report = precisionReport(circle(c), met[i]!);
        expect(report.maxError).toBeLessThan(bound);
        expect(Math.abs(Math.log2(report.rmsError / deviation))).toBeLessThan(0.2);
      }
      expect(precisionReport(real, met[1]!).maxError).toBeLessThan(bound);
      expect(Math.max(...met[1]!.im.map(Math.abs))).toBeLessThan(2 ** -40); // mirrored coefficients: rounding of the FFT only
      expect(Array.from(decode(plaintexts)[0]!)).toEqual(Array.from(met[0]!.re));
      for (const plaintext of plaintexts) plaintext.dispose();
    }
  });

  it('keeps imaginary and real parts apart', () => {
    const [context] = contexts as [Context<'ckks'>];
    const values = Float64Array.of(1, -2, 0.5);
    const plaintexts = encode(context, [{ re: new Float64Array(3), im: values }, values], { scale: 2 ** 20 });
    const [imaginary, real] = decodeComplex(plaintexts);
    for (let j = 0; j < 3; j++) expect(Math.abs(imaginary!.im[j]! - real!.re[j]!)).toBeLessThan(2 ** -9);
    for (const plaintext of plaintexts) plaintext.dispose();
  });

  it('fills short vectors with zeros and works at lower levels', () => {
    const [plaintext] = encode(contexts[0]!, [Float64Array.of(1, -2)], { scale: 2 ** 30, level: 0 });
    const [met] = decode([plaintext!]);
    expect([...met!.subarray(0, 3)].map((x) => Math.round(x * 1e5) / 1e5 + 0)).toEqual([1, -2, 0]);
    plaintext!.dispose();
    expect(() => decode([plaintext!])).toThrowError(coded('disposed'));
  });

  it('refuses what does not fit', () => {
    const [context] = contexts as [Context<'ckks'>];
    expect(() => encode(context, [Float64Array.of(Number.NaN)], { scale: 2 ** 30 })).toThrowError(
      coded('non-finite-value'),
    );
    expect(() => encode(context, [new Float64Array(513)], { scale: 2 ** 30 })).toThrowError(coded('shape-mismatch'));
    expect(() => encode(context, [Float64Array.of(2 ** 64)], { scale: 2 ** 30 })).toThrowError(coded('scale-overflow'));
    const wrong = { re: new Float64Array(2), im: new Float64Array(3) };
    expect(() => encode(context, [wrong], { scale: 2 ** 30 })).toThrowError(coded('shape-mismatch'));
    const infinite = { re: new Float64Array(1), im: Float64Array.of(Number.POSITIVE_INFINITY) };
    expect(() => encode(context, [infinite], { scale: 2 ** 30 })).toThrowError(coded('non-finite-value'));
    const steep = { re: Float64Array.of(1.5 * 2 ** 52), im: Float64Array.of(1.5 * 2 ** 52) }; // together above 2^53
    expect(() => encode(context, [steep], { scale: 2 ** 40 })).toThrowError(coded('scale-overflow'));
    expect(() => encode(context, [Float64Array.of(2)], { scale: 2 ** 89 })).toThrowError(coded('scale-overflow'));
  });
});

describe('scalar encoding', () => {
  it('rounds exactly, however large the scale', () => {
    expect(scaledInteger(0.5, 3)).toBe(2n);
    expect(scaledInteger(-0.3, 2 ** 20)).toBe(-314573n);
    expect(scaledInteger(1 / 3, 2 ** 120) / 2n ** 66n).toBe(BigInt((1 / 3) * 2 ** 54)); // prettier-ignore
    expect(scaledInteger(0, 2 ** 90)).toBe(0n);
    expect(scaledInteger(5e-324, 1)).toBe(0n);
    expect(scaledInteger(1.5, 2 ** 1000)).toBe(3n << 999n);
  });

  it('agrees with rational arithmetic', () => {
    const halves = fc.record({
      m: fc.maxSafeInteger(),
      e: fc.integer({ min: -60, max: 20 }),
      s: fc.integer({ min: 1, max: 2 ** 50 }),
    });
    fc.assert(
      fc.property(halves, ({ m, e, s }) => {
        const twice = scaledInteger(m * 2 ** e, s) * 2n ** 61n; // 2^60 times twice the rounded value
        const exact = BigInt(m) * BigInt(s) * 2n ** BigInt(61 + e);
        const error = twice - exact;
        return error <= 2n ** 60n && error >= -(2n ** 60n);
      }),
    );
  });

  it('is one balanced residue a prime', () => expect(constantResidues(-20n, [7, 11, 41])).toEqual([1, 2, -20]));
});
