import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Kernel } from '../../kernel/kernel.ts';
import { loadKernel } from '../../kernel/load.ts';
import { balancedResidue } from '../../ring/modulus.ts';
import { generatePrimes } from '../../ring/primes.ts';
import { type Context, createContext } from '../../rlwe/context.ts';
import { createInsecureParameters } from '../../rlwe/parameters.ts';
import { encode } from '../ckks/encoder.ts';
import { createCkksEvaluator } from '../ckks/evaluator.ts';
import { decodeIntegers, encodeIntegers } from './encoder.ts';

const n = 1024;
const coded = (code: string) => expect.objectContaining({ name: 'HesperError', code });
const [t, u] = generatePrimes(n, [16, 30]) as [number, number];
const moduli = [t, u];
const half = (BigInt(t) * BigInt(u) - 1n) / 2n;
const slots = { encoding: 'slots', moduli } as const;
const coefficients = { encoding: 'coefficients' } as const;

/** Product modulo X^n + 1 and t. */
function negacyclic(a: Float64Array, b: Float64Array, modulus: number): Float64Array {
  const out = new Array<bigint>(n).fill(0n);
  a.forEach((x, i) => {
    if (x !== 0)
      b.forEach((y, j) => {
        const k = (i + j) % n;
        out[k]! += BigInt(x) * BigInt(y) * (i + j >= n ? -1n : 1n);
      });
  });
  return Float64Array.from(out, (x) => balancedResidue(x, modulus));
}

describe('encoded integers', () => {
  let kernel: Kernel;
  let context: Context<'bfv'>;
  beforeAll(async () => {
    kernel = await loadKernel();
    const dataPrimes = generatePrimes(n, [40, 40]);
    context = createContext(
      createInsecureParameters({ ringDegree: n, dataPrimes, plaintextModuli: [t, u, 1001] }),
      kernel,
    );
  });
  afterAll(() => {
    expect(kernel.poolStats().liveBuffers).toBe(0);
    context.dispose();
    kernel.close();
  });

  it('decode to what was encoded', () => {
    const integer = fc.bigInt({ min: -half, max: half });
    fc.assert(
      fc.property(fc.array(integer, { minLength: n, maxLength: n }), integer, (column, x) => {
        expect(decodeIntegers(context, encodeIntegers(context, [column, [x]], slots), slots)).toEqual([
          column,
          [x, ...new Array<bigint>(n - 1).fill(0n)],
        ]);
        expect(decodeIntegers(context, encodeIntegers(context, [[x]], coefficients), coefficients)).toEqual([[x]]);
      }),
      { numRuns: 10 },
    );
  });

  it('add and multiply in their slots as polynomials do', () => {
    const [a, b] = [0, 1].map((c) => Float64Array.from({ length: n }, (_, j) => ((j * 37 + c * 11) % 301) - 150));
    const [polynomials] = encodeIntegers(context, [a!, b!], { ...slots, moduli: [t] });
    const product = negacyclic(polynomials![0]!, polynomials![1]!, t);
    const [values] = decodeIntegers(context, [[product]], { ...slots, moduli: [t] });
    expect(values).toEqual(Array.from(a!, (x, j) => BigInt(balancedResidue(BigInt(x * b![j]!), t))));
  });

  it('turn by one in both rows under X -> X^5, and swap rows under X -> X^-1', () => {
    const column = Float64Array.from({ length: n }, (_, j) => j);
    const [[polynomial]] = encodeIntegers(context, [column], { ...slots, moduli: [t] }) as [[Float64Array]];
    const image = (g: number): Float64Array => {
      const out = new Float64Array(n);
      polynomial.forEach((x, i) => {
        const k = (i * g) % (2 * n);
        out[k % n] = k >= n ? -x : x;
      });
      return out;
    };
    const values = (g: number) => decodeIntegers(context, [[image(g)]], { ...slots, moduli: [t] })[0]!.map(Number);
    const rows = n / 2;
    expect(values(5)).toEqual(Array.from(column, (_, j) => (j < rows ? (j + 1) % rows : rows + ((j + 1) % rows))));
    expect(values(2 * n - 1)).toEqual(Array.from(column, (_, j) => (j + rows) % n));
  });

  it('are digits of which sums and shifts are sums and multiples by powers of two', () => {
    const [[a, b]] = encodeIntegers(context, [[1000001n], [-77n]], coefficients) as [[Float64Array, Float64Array]];
    const shifted = Float64Array.from(a, (_, k) => 3 * (k < 5 ? 0 : a[k - 5]!) + b[k]!);
    const all = new Array(3).fill([shifted]);
    expect(decodeIntegers(context, all, coefficients)).toEqual([[96n * 1000001n - 77n]]);
    expect(a.every((x) => Math.abs(x) <= 1)).toBe(true);
  });

  it('have coefficients beyond one modulus put together from several', () => {
    const wide = 123456789012;
    const rows = [t, u, 1001].map((m) => [new Float64Array(n).fill(0).with(3, balancedResidue(BigInt(wide), m))]);
    expect(decodeIntegers(context, rows, coefficients)).toEqual([[8n * BigInt(wide)]]);
  });

  it('have no place in CKKS, nor reals and its verbs here', () => {
    // @ts-expect-error of the other scheme
    expect(() => createCkksEvaluator(context)).toThrowError(coded('context-mismatch'));
    // @ts-expect-error of the other scheme
    expect(() => encode(context, [Float64Array.of(1)], { scale: 2 ** 20 })).toThrowError(coded('context-mismatch'));
    const ckks = createContext(
      createInsecureParameters({ ringDegree: n, dataPrimes: context.parameters.dataPrimes }),
      kernel,
    );
    // @ts-expect-error of the other scheme
    expect(() => encodeIntegers(ckks, [[1n]], slots)).toThrowError(coded('context-mismatch'));
    ckks.dispose();
  });

  it('refuse rows of another shape and moduli without slots', () => {
    const row = new Float64Array(n);
    for (const rows of [[], [[row]], [[row], [row, row]], [[row], [new Float64Array(n - 1)]]])
      expect(() => decodeIntegers(context, rows, slots)).toThrowError(coded('shape-mismatch'));
    expect(() => encodeIntegers(context, [[1n]], { ...slots, moduli: [1001] })).toThrowError(coded('invalid-argument'));
    expect(() => encodeIntegers(context, [[half + 1n]], slots)).toThrowError(coded('value-out-of-range'));
    expect(() => encodeIntegers(context, [Float64Array.of(0.5)], slots)).toThrowError(coded('invalid-argument'));
    expect(encodeIntegers(context, [], slots)).toEqual([[], []]);
  });
});
