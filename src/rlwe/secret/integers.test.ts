import { inspect } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Kernel } from '../../kernel/kernel.ts';
import { availableKernels, loadKernel } from '../../kernel/load.ts';
import { combiner } from '../../ring/chinese-remainder.ts';
import { balancedResidue } from '../../ring/modulus.ts';
import { generatePrimes } from '../../ring/primes.ts';
import { signedDigits } from '../../ring/signed-digits.ts';
import { withScratch } from '../buffers.ts';
import { type Ciphertext, handles, toNtt } from '../ciphertext.ts';
import { type Context, createContext } from '../context.ts';
import { encryptIntegersPublic } from '../encrypt-integers.ts';
import type { IntegerColumn } from '../integers.ts';
import { createInsecureParameters } from '../parameters.ts';
import type { PublicKey } from '../public-key.ts';
import { loadIntegerCiphertexts, saveCiphertexts } from '../serialize.ts';
import { decryptPhases, decryptPrivate } from './decrypt.ts';
import { decryptIntegers } from './decrypt-integers.ts';
import { encryptIntegers, encryptIntegersToBytes } from './encrypt-integers.ts';
import { encryptSymmetric } from './encrypt-symmetric.ts';
import { KeyGenerator } from './key-generator.ts';
import { measureNoise } from './measure-noise.ts';
import { decryptForRelease } from './release.ts';
import { ReleaseCounter } from './release-counter.ts';
import type { SecretKey } from './secret-key.ts';

const n = 1024;
const primes = generatePrimes(n, [44, 42, 40]);
const slotModuli = generatePrimes(n, [20, 30]) as [number, number];
const plaintextModuli = [...slotModuli, 3 ** 10, 5 ** 20];
const parameters = createInsecureParameters({ ringDegree: n, dataPrimes: primes, plaintextModuli });
const T = BigInt(slotModuli[0]) * BigInt(slotModuli[1]);
const half = (T - 1n) / 2n;
const coded = (code: string) => expect.objectContaining({ name: 'HesperError', code });
const variants = (await availableKernels()).filter((k) => k.available).map((k) => k.variant);

const disposeAll = (cts: readonly (readonly Ciphertext<'bfv'>[])[]) => {
  for (const ct of cts.flat()) ct.dispose();
};
const exact = (column: IntegerColumn): bigint[] => Array.from(column as readonly bigint[], BigInt);
const padded = (column: IntegerColumn): bigint[] => [
  ...exact(column),
  ...new Array<bigint>(n - column.length).fill(0n),
];

describe.each(variants)('exact integers, %s', (variant) => {
  let kernel: Kernel;
  let context: Context<'bfv'>;
  let secretKey: SecretKey<'bfv'>;
  let publicKey: PublicKey<'bfv'>;
  const slots = { encoding: 'slots', moduli: slotModuli } as const;
  const coefficients = { encoding: 'coefficients' } as const;

  beforeAll(async () => {
    kernel = await loadKernel({ variant });
    context = createContext(parameters, kernel);
    const generator = new KeyGenerator(context);
    secretKey = generator.secretKey();
    publicKey = generator.publicKey(secretKey);
  });
  afterAll(() => {
    secretKey.dispose();
    publicKey.dispose();
    expect(kernel.poolStats().liveBuffers).toBe(0);
    context.dispose();
    kernel.close();
  });

  /** The oracle takes its time: one column of each kind. */
  const isOracle = variant === 'reference';
  const some: IntegerColumn[] = [
    Float64Array.from({ length: n }, (_, j) => Math.round(Number(half) * Math.cos(j))),
    Int32Array.of(5, -7, 2 ** 31 - 1, -(2 ** 31)),
    [half, -half, 0n, 1n],
    Float64Array.of(-0, 3),
  ];
  const single: IntegerColumn[] = [
    ...[Float64Array.of(0), Int32Array.of(-1), Float64Array.of(2 ** 53 - 1), [-(2n ** 900n) + 12345n]],
    ...Array.from({ length: isOracle ? 0 : 40 }, (_, i) => Float64Array.of(3 ** i % 2 ** 31)),
  ];

  it('come back from slots, under several moduli at once, from every level', () => {
    for (const level of isOracle ? [1] : [0, 1, 2]) {
      const cts = encryptIntegers(secretKey, some, { ...slots, level });
      expect(cts.map((list) => list.map((ct) => ct.plaintextModulus))).toEqual(
        slotModuli.map((t) => some.map(() => t)),
      );
      using got = decryptIntegers(secretKey, cts, slots);
      some.forEach((column, i) => {
        expect(got.integers(i)).toEqual(padded(column));
      });
      disposeAll(cts);
    }
  });

  it('come back from coefficients, in numbers too', () => {
    const cts = encryptIntegers(secretKey, single, { ...coefficients, scale: 8, level: 1 });
    expect(cts.length).toBe(4);
    using got = decryptIntegers(secretKey, cts, coefficients);
    single.forEach((column, i) => {
      expect(got.integers(i)).toEqual(exact(column));
      expect([...got.numbers(i)]).toEqual([Number(exact(column)[0]!) / 8]);
    });
    disposeAll(cts);
  });

  it('go public, as bytes and in NTT form', () => {
    for (const [columns, encoding] of [
      [some, slots],
      [single, coefficients],
    ] as const) {
      const options = { ...encoding, moduli: slotModuli, level: isOracle ? 0 : 1, scale: 3 };
      const cts = encryptIntegersPublic(publicKey, columns, options);
      const sent = encryptIntegersToBytes(secretKey, columns, options);
      const received = sent.map((bytes) => loadIntegerCiphertexts(context, bytes));
      const again = received.map((list) => loadIntegerCiphertexts(context, saveCiphertexts(list)));
      const transformed = again.map((list) => toNtt(list));
      for (const list of [cts, received, again, transformed]) {
        expect(list[0]![0]!.shape).toMatchObject({ level: options.level, scale: 3, plaintextModulus: slotModuli[0] });
        using got = decryptIntegers(secretKey, list, encoding);
        columns.forEach((column, i) => {
          expect(got.integers(i)).toEqual(encoding === slots ? padded(column) : exact(column));
        });
        disposeAll(list);
      }
    }
  });

  it('are the same ciphertexts in memory and as bytes under a test seed', () => {
    const options = { ...coefficients, moduli: slotModuli, insecureSeedForTests: new Uint8Array(32).fill(7) };
    const cts = encryptIntegers(secretKey, single.slice(0, 3), options);
    const bytes = encryptIntegersToBytes(secretKey, single.slice(0, 3), options);
    const loaded = bytes.map((batch) => loadIntegerCiphertexts(context, batch));
    loaded.forEach((list, i) => {
      expect(Buffer.compare(saveCiphertexts(list), saveCiphertexts(cts[i]!))).toBe(0);
    });
    disposeAll([...cts, ...loaded]);
    const spaced = encryptIntegersToBytes(secretKey, single.slice(0, 3), { ...options, headroom: 100, gap: 4 });
    const [first, second] = spaced as [Uint8Array, Uint8Array];
    expect(spaced.map((batch, i) => Buffer.compare(batch, bytes[i]!))).toEqual([0, 0]);
    expect([first.byteOffset, second.byteOffset]).toEqual([104, 104 + first.length + 4]);
    expect(second.buffer).toBe(first.buffer);
    expect(second.buffer.byteLength).toBe(second.byteOffset + second.length);
  });

  it('have the noise that encryption puts there', () => {
    const cts = encryptIntegers(secretKey, some, { ...slots, level: 1 });
    const publicly = encryptIntegersPublic(publicKey, some, { ...slots, level: 1 });
    const fresh = measureNoise(secretKey, cts.flat());
    expect(fresh.length).toBe(8);
    expect(Math.abs(fresh.overall.deviationBits - Math.log2(Math.hypot(3.24, 0.29)))).toBeLessThan(0.1);
    expect(fresh.overall.largestBits).toBeLessThan(Math.log2(21.5));
    expect(fresh.of(0).budgetBits).toBeCloseTo(
      Math.log2(primes[0]!) + Math.log2(primes[1]!) - Math.log2(2 * slotModuli[0]) - fresh.of(0).largestBits,
      9,
    );
    const wanted = Math.log2(3.24 * Math.sqrt((4 * n) / 3 + 1));
    expect(Math.abs(measureNoise(secretKey, publicly.flat()).overall.deviationBits - wanted)).toBeLessThan(0.3);
    disposeAll([...cts, ...publicly]);
  });
});

describe('exact integers', () => {
  let kernel: Kernel;
  let context: Context<'bfv'>;
  let secretKey: SecretKey<'bfv'>;
  beforeAll(async () => {
    kernel = await loadKernel();
    context = createContext(parameters, kernel);
    secretKey = new KeyGenerator(context).secretKey();
  });
  afterAll(() => {
    secretKey.dispose();
    context.dispose();
    kernel.close();
  });

  it('come back whatever they are', () => {
    const integer = fc.bigInt({ min: -half, max: half });
    fc.assert(
      fc.property(fc.array(integer, { minLength: 1, maxLength: n }), (column) => {
        const options = { encoding: 'slots', moduli: slotModuli } as const;
        const cts = encryptIntegers(secretKey, [column], { ...options, level: 0 });
        using got = decryptIntegers(secretKey, cts, options);
        expect(got.integers(0)).toEqual(padded(column));
        const numbers = column.map(Number);
        expect([...got.numbers(0).subarray(0, column.length)]).toEqual(numbers);
        disposeAll(cts);
      }),
      { numRuns: 20 },
    );
  });

  it('are numbers over their scale, also under one modulus', () => {
    const cts = encryptIntegers(secretKey, [Float64Array.of(6, -3)], {
      encoding: 'slots',
      moduli: [slotModuli[0]],
      scale: 4,
    });
    using got = decryptIntegers(secretKey, cts, { encoding: 'slots' });
    expect([...got.numbers(0).subarray(0, 3)]).toEqual([1.5, -0.75, 0]);
    disposeAll(cts);
  });

  it('have a noise measured as exact arithmetic has it, small or large', () => {
    const t = 5 ** 20;
    const x = 123456789;
    const [[ct]] = encryptIntegers(secretKey, [Float64Array.of(x)], { encoding: 'coefficients', moduli: [t] }) as [
      [Ciphertext<'bfv', 'coefficient'>],
    ];
    const { n, ring, parameters } = context;
    const basis = context.basis(2);
    const q = context.modulus(2);
    const combine = combiner(parameters.dataPrimes);
    for (const factor of [1, 2 ** 40]) {
      const residues = Float64Array.from(primes, (p) => balancedResidue(BigInt(factor), p));
      kernel.multiplyScalars(ring, handles([ct]), handles([ct]), residues, basis, 2);
      const noise = measureNoise(secretKey, [ct]).of(0);
      const rows = new Float64Array(3 * n);
      withScratch(kernel, { secret: true }, (scratch) => {
        kernel.read(decryptPhases(secretKey, [ct], scratch)[0]!, 0, rows);
      });
      const digits = new Array<bigint>(n).fill(0n);
      const { positions, signs } = signedDigits(x);
      positions.forEach((k, i) => {
        digits[k] = BigInt(factor * signs[i]!);
      });
      const exactly = digits.map((m, k) => {
        const v = BigInt(t) * combine([0, 1, 2].map((l) => rows[l * n + k]!)) - q * m;
        const r = ((v % q) + q) % q;
        return Number(2n * r > q ? r - q : r) / t;
      });
      const largest = Math.max(...exactly.map(Math.abs));
      const deviation = Math.sqrt(exactly.reduce((sum, v) => sum + v * v, 0) / n);
      expect(noise.largestBits).toBeCloseTo(Math.log2(largest), 11);
      expect(noise.deviationBits).toBeCloseTo(Math.log2(deviation), 11);
      expect(noise.budgetBits).toBeCloseTo(Math.log2(Number(q) / (2 * t) / largest), 11);
    }
    ct.dispose();
  });

  it('beyond a subset of the moduli come back as residues of it', () => {
    const x = 10n ** 9n + 7n;
    const cts = encryptIntegers(secretKey, [[x]], { encoding: 'slots', moduli: slotModuli });
    using got = decryptIntegers(secretKey, cts.slice(0, 1), { encoding: 'slots' });
    expect(got.integers(0)[0]).toBe(BigInt(balancedResidue(x, slotModuli[0])));
    disposeAll(cts);
  });

  const refusals: [string, IntegerColumn, object, string, RegExp][] = [
    ['a fraction', Float64Array.of(1, 2.5), {}, 'invalid-argument', /not an integer.*index 1/],
    ['NaN', Float64Array.of(Number.NaN), {}, 'non-finite-value', /column 0, index 0/],
    ['infinity', Float64Array.of(0, Number.NEGATIVE_INFINITY), {}, 'non-finite-value', /index 1/],
    ['a number that is no bigint', [1n, 2 as unknown as bigint], {}, 'value-out-of-range', /index 1/],
    ['more than the moduli hold', [0n, half + 1n], {}, 'value-out-of-range', /does not fit.*index 1/],
    ['less than the moduli hold', [-half - 1n], {}, 'value-out-of-range', /index 0/],
    ['an unsafe number', Float64Array.of(2 ** 53), { encoding: 'coefficients' }, 'value-out-of-range', /index 0/],
    [
      'too large for one modulus',
      Int32Array.of(1, 2 ** 20),
      { moduli: [slotModuli[0]] },
      'value-out-of-range',
      /index 1/,
    ],
    [
      'above the declared range',
      Int32Array.of(255, 256),
      { range: [0, 255] },
      'value-out-of-range',
      /declared.*index 1/,
    ],
    ['below the declared range', [-1n], { range: [0, 255] }, 'value-out-of-range', /declared.*index 0/],
    ['too many', new Float64Array(n + 1), {}, 'shape-mismatch', /1025.*1024/],
    ['a modulus not suited', Float64Array.of(1), { moduli: [3 ** 10] }, 'invalid-argument', /not suited to batching/],
    ['a foreign modulus', Float64Array.of(1), { moduli: [17] }, 'invalid-argument', /no such plaintext modulus/],
    ['a modulus twice', Float64Array.of(1), { moduli: [slotModuli[0], slotModuli[0]] }, 'invalid-argument', /differ/],
    ['no modulus', Float64Array.of(1), { moduli: [] }, 'invalid-argument', /differ/],
    ['no range', Float64Array.of(1), { range: [2, 1] }, 'invalid-argument', /range/],
    ['no range at all', Float64Array.of(1), { range: [Number.NaN, 1] }, 'invalid-argument', /range/],
    ['an unknown encoding', Float64Array.of(1), { encoding: 'digits' }, 'invalid-argument', /encoding/],
    ['two at once', Float64Array.of(1, 2), { encoding: 'coefficients' }, 'shape-mismatch', /exactly 1/],
    ['none', Float64Array.of(), { encoding: 'coefficients' }, 'shape-mismatch', /exactly 1/],
    ['too many digits', [2n ** 1023n], { encoding: 'coefficients' }, 'value-out-of-range', /index 0/],
    [
      'a level too low for the modulus',
      Float64Array.of(1),
      { encoding: 'coefficients', moduli: [5 ** 20], level: 0 },
      'scale-overflow',
      /level/,
    ],
    ['a level too many', Float64Array.of(1), { level: 3 }, 'invalid-argument', /level/],
    ['a scale of zero', Float64Array.of(1), { scale: 0 }, 'invalid-argument', /scale/],
  ];

  it.each(refusals)('%s is refused with its place and without its value', (_, column, options, code, message) => {
    const live = kernel.poolStats().liveBuffers;
    const all = { encoding: 'slots' as const, moduli: slotModuli, ...options };
    for (const encrypt of [encryptIntegers, encryptIntegersToBytes])
      expect(() => encrypt(secretKey, [column], all)).toThrowError(
        expect.objectContaining({ code, message: expect.stringMatching(message) }),
      );
    expect(kernel.poolStats().liveBuffers).toBe(live);
  });

  it('are decrypted only as lists that fit together', () => {
    const options = { encoding: 'slots', moduli: slotModuli } as const;
    const [a, b] = encryptIntegers(secretKey, [Float64Array.of(1), Float64Array.of(2)], options);
    const [c] = encryptIntegers(secretKey, [Float64Array.of(1)], { ...options, scale: 2 });
    const decrypt =
      (...lists: Ciphertext<'bfv'>[][]) =>
      () =>
        decryptIntegers(secretKey, lists, options);
    expect(decrypt()).toThrowError(coded('shape-mismatch'));
    expect(decrypt([], [])).toThrowError(coded('shape-mismatch'));
    expect(decrypt(a!, [b![0]!])).toThrowError(coded('shape-mismatch'));
    expect(decrypt(a!, a!)).toThrowError(coded('invalid-argument'));
    expect(decrypt([a![0]!, b![1]!])).toThrowError(coded('invalid-argument'));
    expect(decrypt([b![0]!], c!)).toThrowError(coded('scale-mismatch'));
    disposeAll([a!, b!]);
    expect(decrypt(a!, b!)).toThrowError(coded('disposed'));
  });

  it('and reals refuse each other', async () => {
    const ckks = createContext(createInsecureParameters({ ringDegree: n, dataPrimes: primes }), kernel);
    const ckksKey = new KeyGenerator(ckks).secretKey();
    const x = Float64Array.of(1);
    const [ct] = encryptSymmetric(ckksKey, [x], { scale: 2 ** 20 });
    const cts = encryptIntegers(secretKey, [x], { encoding: 'coefficients' });
    const ntt = toNtt(cts[0]!);
    // @ts-expect-error of the other scheme
    expect(() => encryptIntegers(ckksKey, [x], { encoding: 'slots' })).toThrowError(coded('context-mismatch'));
    // @ts-expect-error of the other scheme
    expect(() => decryptIntegers(ckksKey, [[ct!]], { encoding: 'slots' })).toThrowError(coded('context-mismatch'));
    // @ts-expect-error of the other scheme
    expect(() => measureNoise(ckksKey, [ct!])).toThrowError(coded('context-mismatch'));
    // @ts-expect-error of the other scheme
    expect(() => encryptSymmetric(secretKey, [x], { scale: 2 ** 20 })).toThrowError(coded('context-mismatch'));
    const counter = ReleaseCounter.start(secretKey, () => {});
    // @ts-expect-error of the other scheme
    await expect(decryptForRelease(secretKey, ntt, { traced: [], counter, precisionBits: 8 })).rejects.toThrowError(
      coded('context-mismatch'),
    );
    // @ts-expect-error of the other scheme
    expect(() => decryptPrivate(secretKey, ntt)).toThrowError(coded('context-mismatch'));
    // @ts-expect-error of the other scheme
    disposeAll([[ct!], ntt, ...cts]);
    ckksKey.dispose();
    ckks.dispose();
  });

  it('and measured noise refuse to be serialised, cloned, posted or printed', () => {
    const refusal = coded('not-serializable');
    const cts = encryptIntegers(secretKey, [Float64Array.of(1)], { encoding: 'slots', moduli: slotModuli });
    const got = decryptIntegers(secretKey, cts, { encoding: 'slots' });
    const noise = measureNoise(secretKey, cts.flat());
    for (const secret of [got, noise]) {
      expect(() => JSON.stringify([secret])).toThrowError(refusal);
      expect(() => structuredClone(secret)).toThrowError(refusal);
      expect(() => new MessageChannel().port1.postMessage(secret)).toThrowError(refusal);
      expect(() => `${secret}`).toThrowError(refusal);
      expect(() => ({ ...secret })).toThrowError(refusal);
    }
    expect(inspect(got)).toBe('PrivateIntegers(1 columns)');
    expect(inspect(noise)).toBe('PrivateNoise(2 ciphertexts)');
    expect(() => got.integers(1)).toThrowError(coded('invalid-argument'));
    expect(() => noise.of(2)).toThrowError(coded('invalid-argument'));
    got.dispose();
    expect(() => got.integers(0)).toThrowError(coded('disposed'));
    expect(() => got.numbers(0)).toThrowError(coded('disposed'));
    disposeAll(cts);
  });
});
