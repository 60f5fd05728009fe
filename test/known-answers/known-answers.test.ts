import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as he from '../../src/he.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { createReferenceKernel } from '../../src/kernel/reference.ts';
import {
  bfvAnswers,
  bfvParameters,
  ckksAnswers,
  ckksParameters,
  columns,
  integerProduct,
  integers,
  PASSPHRASE,
  productRotated,
} from './answers.mjs';
import { balanced, phase, power, readCiphertexts, readParameters, readSecretKey, rootOf } from './stranger.ts';

const folder = new URL('v4/', import.meta.url);
const file = (name: string): Buffer => readFileSync(new URL(`${name}.bin`, folder));
const names = readdirSync(folder).map((name) => name.replace('.bin', ''));
const made = names.filter((name) => !name.endsWith('secret-key'));

const facts = await he.availableKernels();
const variants = facts.filter(({ available }) => available).map(({ variant }) => variant);

describe('known answers of version 4', () => {
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = await he.loadKernel();
  });
  afterAll(() => kernel.close());

  it.each(variants)('%s makes them byte for byte', async (variant) => {
    const own = variant === 'reference' ? createReferenceKernel() : await he.loadKernel({ variant });
    const answers = { ...ckksAnswers(he, own), ...bfvAnswers(he, own) };
    expect(Object.keys(answers).sort()).toEqual(made.sort());
    for (const [name, bytes] of Object.entries(answers)) expect(Buffer.compare(bytes, file(name)), name).toBe(0);
    expect(own.poolStats().liveBuffers).toBe(0);
    own.close();
  });

  it('CKKS: are read, and decrypt to what was encrypted and computed', async () => {
    const parameters = he.loadParameters(file('ckks-parameters')) as he.Parameters<'ckks'>;
    expect(parameters).toEqual(ckksParameters(he));
    const context = he.createContext(parameters, kernel);
    const secretKey = await he.loadSecretKey(context, file('ckks-secret-key'), { passphrase: PASSPHRASE });
    const decrypted = (name: string): Float64Array[] => {
      const cts = he.loadCiphertexts(context, file(name));
      const values = he.decryptPrivate(secretKey, cts);
      for (const ct of cts) ct.dispose();
      return cts.map((_, i) => values.column(i));
    };
    const far = (a: ArrayLike<number>, b: ArrayLike<number>) =>
      Math.max(...Array.from(a, (x, j) => Math.abs(x - b[j]!)));
    expect(decrypted('ckks-seeded').every((x, i) => far(x, columns[i]!) < 2 ** -16)).toBe(true);
    expect(far(decrypted('ckks-public')[0]!, columns[0]!)).toBeLessThan(2 ** -14);
    expect(far(decrypted('ckks-result')[0]!, productRotated())).toBeLessThan(2 ** -12);
    const [plaintext] = he.loadPlaintexts(context, file('ckks-plaintexts'));
    expect(far(he.decode([plaintext!])[0]!, columns[0]!)).toBeLessThan(2 ** -20);
    const keys = [
      he.loadPublicKey(context, file('ckks-public-key')),
      he.loadRelinearizationKey(context, file('ckks-relinearization-key')),
      he.loadGaloisKeys(context, file('ckks-galois-keys')),
    ];
    expect((keys[2] as he.GaloisKeys).steps).toEqual([1]);
    for (const object of [...keys, plaintext!, secretKey, context]) object.dispose();
  });

  it('BFV: are read, and decrypt to what was encrypted and computed', async () => {
    const parameters = he.loadParameters(file('bfv-parameters')) as he.Parameters<'bfv'>;
    expect(parameters).toEqual(bfvParameters(he));
    const context = he.createContext(parameters, kernel);
    const secretKey = await he.loadSecretKey(context, file('bfv-secret-key'), { passphrase: PASSPHRASE });
    const decrypted = (name: string): number[][] => {
      const cts = he.loadIntegerCiphertexts(context, file(name));
      const values = he.decryptIntegers(secretKey, [cts], { encoding: 'slots' });
      const out = cts.map((_, i) => values.integers(i).map(Number));
      for (const object of [...cts, values]) object.dispose();
      return out;
    };
    expect(decrypted('bfv-seeded')).toEqual(integers.map((column) => [...column]));
    expect(decrypted('bfv-public')).toEqual([[...integers[0]!]]);
    expect(decrypted('bfv-result')).toEqual([[...integerProduct()]]);
    const { polynomials } = he.loadIntegerPlaintexts(context, file('bfv-plaintexts'));
    expect(he.decodeIntegers(context, [polynomials], { encoding: 'slots' })[0]!.map(Number)).toEqual([...integers[0]!]);
    for (const name of ['bfv-public-key', 'bfv-relinearization-key'] as const) {
      const key = name === 'bfv-public-key' ? he.loadPublicKey(context, file(name)) : undefined;
      (key ?? he.loadRelinearizationKey(context, file(name))).dispose();
    }
    for (const object of [secretKey, context]) object.dispose();
  });
});

describe('a stranger with the page about the format', () => {
  it.each(['ckks-seeded', 'ckks-public', 'ckks-result'])('decrypts %s', (name) => {
    const parameters = readParameters(file('ckks-parameters'));
    const secret = readSecretKey(parameters, file('ckks-secret-key'), PASSPHRASE);
    const { n, generator, primes } = parameters;
    const { scale, ciphertexts } = readCiphertexts(parameters, file(name));
    const message = phase(ciphertexts[0]!, secret, primes[0]!).map(Number);
    const wanted = name === 'ckks-result' ? productRotated() : columns[0]!;
    for (const slot of [0, 1, 2, 1000, n / 2 - 1]) {
      const exponent = Number(power(generator, BigInt(slot), BigInt(2 * n)));
      const value = message.reduce((sum, m, k) => sum + m * Math.cos((Math.PI * ((exponent * k) % (2 * n))) / n), 0);
      expect(Math.abs(value / scale - wanted[slot]!), `slot ${slot}`).toBeLessThan(2 ** -12);
    }
  });

  it.each(['bfv-seeded', 'bfv-public', 'bfv-result'])('decrypts %s', (name) => {
    const parameters = readParameters(file('bfv-parameters'));
    const secret = readSecretKey(parameters, file('bfv-secret-key'), PASSPHRASE);
    const { n, generator, primes } = parameters;
    const { t, ciphertexts } = readCiphertexts(parameters, file(name));
    const wanted = name === 'bfv-result' ? integerProduct() : integers[0]!;
    // Of Q = q0 q1 the first prime alone does not tell a message: both are needed, put together by Chinese remainders.
    const level = ciphertexts[0]![0]!.length;
    const Q = primes.slice(0, level).reduce((q, p) => q * p, 1n);
    const phases = primes.slice(0, level).map((p, i) =>
      phase(
        ciphertexts[0]!.map((part) => [part[i]!]),
        secret,
        p,
      ),
    );
    const message = phases[0]!.map((_, k) => {
      let x = 0n;
      for (let i = 0; i < level; i++) {
        const rest = Q / primes[i]!;
        x += phases[i]![k]! * rest * power(rest, primes[i]! - 2n, primes[i]!);
      }
      const centred = balanced(x, Q) * t!;
      return (2n * centred + Q * (centred < 0n ? -1n : 1n)) / (2n * Q);
    });
    const root = rootOf(t!, n);
    for (const slot of [0, 1, 2, 1000, n / 2 - 1]) {
      const point = power(root, power(generator, BigInt(slot), BigInt(2 * n)), t!);
      const value = message.reduceRight((sum, m) => (sum * point + m) % t!, 0n);
      expect(Number(balanced(value, t!)), `slot ${slot}`).toBe(wanted[slot]!);
    }
  });

  it('recomputes ids, and refuses what is changed', () => {
    const parameters = readParameters(file('ckks-parameters'));
    expect(parameters.id).toBe(ckksParameters(he).id);
    const changed = file('ckks-parameters');
    changed[60]! ^= 1;
    expect(() => readParameters(changed)).toThrow('wrong id');
    expect(() => readCiphertexts(parameters, file('bfv-seeded'))).toThrow('other parameters');
  });
});
