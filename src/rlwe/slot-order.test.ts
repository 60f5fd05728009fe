import { describe, expect, it } from 'vitest';
import { createReferenceKernel } from '../kernel/reference.ts';
import { generatePrimes } from '../ring/primes.ts';
import { createContext } from './context.ts';
import { createInsecureParameters } from './parameters.ts';
import { decodeRows, encodeRows } from './slots.ts';

const n = 1024;

describe('slots under the rotation generator 3', () => {
  it.each([5, 3] as const)('slot j is the value at zeta^(c^j), c = %i', (rotationGenerator) => {
    const kernel = createReferenceKernel();
    const parameters = createInsecureParameters({
      ringDegree: n,
      dataPrimes: generatePrimes(n, [40]),
      rotationGenerator,
    });
    const context = createContext(parameters, kernel);
    const row = Int32Array.of(kernel.allocate(n));
    const coefficients = Float64Array.from({ length: n }, (_, k) => (k < 5 ? k + 1 : 0));
    kernel.write(row[0]!, 0, coefficients);
    const [re, im] = [new Float64Array(n / 2), new Float64Array(n / 2)];
    decodeRows(context, re, im, row, 1);
    for (let j = 0, e = 1; j < n / 2; j++, e = (rotationGenerator * e) % (2 * n)) {
      const value = (part: (x: number) => number) =>
        coefficients.reduce((sum, c, k) => sum + c * part((Math.PI * ((k * e) % (2 * n))) / n), 0);
      expect(re[j]).toBeCloseTo(value(Math.cos), 9);
      expect(im[j]).toBeCloseTo(value(Math.sin), 9);
    }
    encodeRows(context, row, [{ re, im }], 1);
    const back = new Float64Array(n);
    kernel.read(row[0]!, 0, back);
    expect(back).toEqual(coefficients);
    kernel.release(row[0]!);
    context.dispose();
    kernel.close();
  });
});
