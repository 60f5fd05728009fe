import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HEADER_BYTES } from '../format/header.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { loadKernel } from '../kernel/load.ts';
import { generatePrimes } from '../ring/primes.ts';
import { decodeIntegers, encodeIntegers } from '../schemes/bfv/encoder.ts';
import { decode, encode } from '../schemes/ckks/encoder.ts';
import { packBits, unpackBits } from './bits.ts';
import { disposeAll } from './buffers.ts';
import { type Context, createContext } from './context.ts';
import { createInsecureParameters } from './parameters.ts';
import {
  loadIntegerPlaintexts,
  loadPlaintexts,
  saveIntegerPlaintexts,
  savePlaintexts,
} from './serialize-plaintexts.ts';

const n = 1024;
const [p, q, t] = generatePrimes(n, [40, 36, 17]) as [number, number, number];
const coded = (code: string) => expect.objectContaining({ name: 'HesperError', code });

describe('bits of any width', () => {
  it('are those of BigInt, both ways', () => {
    const width = fc.integer({ min: 2, max: 49 });
    fc.assert(
      fc.property(width, fc.array(fc.nat(), { minLength: 8, maxLength: 8 }), (bits, raw) => {
        const values = Float64Array.from(raw, (x, i) => (x * 2 ** 22 + 3 * x + i) % 2 ** bits);
        const bytes = new Uint8Array(bits);
        packBits(bytes, values, bits);
        const whole = values.reduceRight((sum, v) => (sum << BigInt(bits)) | BigInt(v), 0n);
        expect(BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)).toBe(whole);
        const back = new Float64Array(8);
        unpackBits(back, bytes, bits);
        expect(back).toEqual(values);
      }),
    );
  });
});

describe('plaintexts as bytes', () => {
  let kernel: Kernel;
  let ckks: Context<'ckks'>;
  let bfv: Context<'bfv'>;
  beforeAll(async () => {
    kernel = await loadKernel();
    ckks = createContext(createInsecureParameters({ ringDegree: n, dataPrimes: [p, q] }), kernel);
    bfv = createContext(
      createInsecureParameters({ ringDegree: n, dataPrimes: [p, q], plaintextModuli: [t, 625] }),
      kernel,
    );
  });
  afterAll(() => {
    expect(kernel.poolStats().liveBuffers).toBe(0);
    disposeAll([ckks, bfv]);
    kernel.close();
  });

  const changed = (bytes: Uint8Array, at: number, value: number): Uint8Array => {
    const copy = bytes.slice();
    copy[at] = value;
    return copy;
  };

  it('CKKS: come back with level and scale, and go out byte for byte', () => {
    const columns = [0, 1].map((c) => Float64Array.from({ length: n / 2 }, (_, j) => Math.sin(j + c)));
    const made = encode(ckks, columns, { scale: 2 ** 30, level: 0 });
    const bytes = savePlaintexts(made);
    expect(bytes.length).toBe(HEADER_BYTES + 16 + 2 * 40 * (n / 8));
    const back = loadPlaintexts(ckks, bytes);
    expect(back.map(({ level, scale }) => [level, scale])).toEqual(made.map(({ level, scale }) => [level, scale]));
    expect(decode(back)).toEqual(decode(made));
    expect(Buffer.compare(savePlaintexts(back), bytes)).toBe(0);
    const other = encode(ckks, columns, { scale: 2 ** 30 });
    expect(() => savePlaintexts([...made, ...other])).toThrowError(coded('invalid-argument'));
    expect(() => savePlaintexts([])).toThrowError(coded('invalid-argument'));
    disposeAll([...made, ...back, ...other]);
  });

  it('CKKS: refuse other shapes, residues and contexts, and keep nothing', () => {
    const made = encode(ckks, [Float64Array.of(1)], { scale: 2 ** 30 });
    const bytes = savePlaintexts(made);
    disposeAll(made);
    const live = kernel.poolStats().liveBuffers;
    const bad = (at: number, value: number) => () => loadPlaintexts(ckks, changed(bytes, HEADER_BYTES + at, value));
    for (const [at, value] of [
      [0, 2],
      [3, 1],
      [4, 0],
      [4, 2],
      [5, 0],
      [5, 2],
      [6, 1],
      [7, 1],
      [15, 0xff],
    ] as const)
      expect(bad(at, value), `${at} ${value}`).toThrowError(coded('malformed-bytes'));
    expect(() => loadPlaintexts(ckks, bytes.slice().fill(255, -16))).toThrowError(coded('residue-out-of-range'));
    expect(() => loadPlaintexts(ckks, bytes.subarray(0, -1))).toThrowError(coded('malformed-bytes'));
    // @ts-expect-error of the other scheme
    expect(() => loadPlaintexts(bfv, bytes)).toThrowError(coded('context-mismatch'));
    expect(kernel.poolStats().liveBuffers).toBe(live);
  });

  it.each([625, t])('BFV modulo %i: come back as they were', (modulus) => {
    const encoding = modulus === t ? 'slots' : 'coefficients';
    const columns = [Int32Array.of(-77), Int32Array.of(60)];
    const [polynomials] = encodeIntegers(bfv, columns, { encoding, moduli: [modulus] });
    const bytes = saveIntegerPlaintexts(bfv, { plaintextModulus: modulus, polynomials: polynomials! });
    expect(bytes.length).toBe(HEADER_BYTES + 8 + 2 * (modulus === t ? 17 : 10) * (n / 8));
    const back = loadIntegerPlaintexts(bfv, bytes);
    expect(back.plaintextModulus).toBe(modulus);
    expect(Buffer.compare(saveIntegerPlaintexts(bfv, back), bytes)).toBe(0);
    const integers = decodeIntegers(bfv, [back.polynomials], { encoding, moduli: [modulus] });
    expect(integers.map((column) => column[0])).toEqual([-77n, 60n]);
  });

  it('BFV: refuse other counts, moduli, residues and contexts', () => {
    const polynomials = [new Float64Array(n).fill(-8)];
    const bytes = saveIntegerPlaintexts(bfv, { plaintextModulus: 625, polynomials });
    const bad = (at: number, value: number) => () =>
      loadIntegerPlaintexts(bfv, changed(bytes, HEADER_BYTES + at, value));
    for (const [at, value] of [
      [0, 2],
      [3, 1],
      [4, 0],
      [4, 2],
      [5, 1],
      [7, 1],
    ] as const)
      expect(bad(at, value), `${at} ${value}`).toThrowError(coded('malformed-bytes'));
    expect(bad(8, 625 % 256)).toThrowError(coded('residue-out-of-range')); // -8 is 617: one byte makes it 625
    expect(() => loadIntegerPlaintexts(bfv, bytes.subarray(0, -1))).toThrowError(coded('malformed-bytes'));
    // @ts-expect-error of the other scheme
    expect(() => loadIntegerPlaintexts(ckks, bytes)).toThrowError(coded('context-mismatch'));
    for (const value of [313, 0.5, Number.NaN])
      expect(() =>
        saveIntegerPlaintexts(bfv, { plaintextModulus: 625, polynomials: [new Float64Array(n).fill(value)] }),
      ).toThrowError(coded('value-out-of-range'));
    expect(() => saveIntegerPlaintexts(bfv, { plaintextModulus: 7, polynomials })).toThrowError(
      coded('invalid-argument'),
    );
  });
});
