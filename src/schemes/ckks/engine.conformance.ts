import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LinearRows } from '../../evaluator/verbs.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { generatePrimes } from '../../ring/primes.ts';
import type { Ciphertext } from '../../rlwe/ciphertext.ts';
import { type Context, createContext } from '../../rlwe/context.ts';
import { encryptPublic } from '../../rlwe/encrypt.ts';
import type { GaloisKeyOptions } from '../../rlwe/galois-keys.ts';
import { createInsecureParameters, createParameters, type Parameters } from '../../rlwe/parameters.ts';
import { decryptPrivate } from '../../rlwe/secret/decrypt.ts';
import { encryptSymmetric } from '../../rlwe/secret/encrypt-symmetric.ts';
import { KeyGenerator } from '../../rlwe/secret/key-generator.ts';
import type { SecretKey } from '../../rlwe/secret/secret-key.ts';
import { loadCiphertexts, saveCiphertexts } from '../../rlwe/serialize.ts';
import { loadRelinearizationKey, saveRelinearizationKey } from '../../rlwe/serialize-keys.ts';
import { encode } from './encoder.ts';
import { type CkksEvaluator, createCkksEvaluator } from './evaluator.ts';

/** A parameter set at work, with keys and an evaluator that can relinearise up to nine parts. */
export interface Engine {
  readonly context: Context<'ckks'>;
  readonly secretKey: SecretKey<'ckks'>;
  readonly generator: KeyGenerator<'ckks'>;
  readonly ev: CkksEvaluator;
  close(): void;
}

/** Primes of the given bits, the last ones special. 128-bit secure where the table allows it, else insecure by name. */
export function engineParameters(n: number, dataBits: readonly number[], ...specialBits: number[]): Parameters<'ckks'> {
  const primes = generatePrimes(n, [...dataBits, ...specialBits]);
  const literal = {
    ringDegree: n,
    dataPrimes: primes.slice(0, dataBits.length),
    specialPrimes: primes.slice(dataBits.length),
  };
  return n <= 2048 ? createInsecureParameters(literal) : createParameters(literal);
}

export function openEngine(
  kernel: Kernel,
  parameters: Parameters<'ckks'>,
  parts = 9,
  galois?: GaloisKeyOptions,
): Engine {
  const context = createContext(parameters, kernel);
  const generator = new KeyGenerator(context);
  const secretKey = generator.secretKey();
  const key = parameters.specialPrimes.length > 0 ? generator.relinearizationKey(secretKey, { parts }) : undefined;
  const galoisKeys = galois && generator.galoisKeys(secretKey, galois);
  const ev = createCkksEvaluator(context, { relinearizationKey: key, galoisKeys });
  const close = () => {
    ev.dispose();
    key?.dispose();
    galoisKeys?.dispose();
    secretKey.dispose();
    context.dispose();
  };
  return { context, secretKey, generator, ev, close };
}

/** Values of [-1, 1], different in every column. */
export const sampleColumns = (count: number, slots: number): Float64Array[] =>
  Array.from({ length: count }, (_, c) =>
    Float64Array.from({ length: slots }, (_, j) => Math.sin(1 + j * (c + 1) + c)),
  );

/** Dense rows of integers over a power of two. */
export function denseRows(rows: readonly (readonly number[])[], scale: number): LinearRows {
  const inputs = rows[0]!.length;
  return {
    outputs: rows.length,
    inputs,
    rowStart: Int32Array.from({ length: rows.length + 1 }, (_, i) => i * inputs),
    columns: Int32Array.from({ length: rows.length * inputs }, (_, i) => i % inputs),
    values: Int32Array.from(rows.flat()),
    scale,
  };
}

/** The largest error over all slots. */
export function errorOf(
  secretKey: SecretKey<'ckks'>,
  ct: Ciphertext<'ckks'>,
  wanted: (slot: number) => number,
): number {
  const met = decryptPrivate(secretKey, [ct]).column(0);
  return met.reduce((worst, v, j) => Math.max(worst, Math.abs(v - wanted(j))), 0);
}

/**
 * Encrypted results against clear ones, over one kernel. Bounds are multiples of the expected standard deviation of
 * the noise: seven for a maximum over slots, more where the size of the secret at a slot enters.
 */
export function describeEngine(name: string, makeKernel: () => Kernel | Promise<Kernel>, n: number): void {
  describe(`CKKS on ${name}, n = ${n}`, () => {
    let kernel: Kernel;
    let engine: Engine;
    const scale = 2 ** 24;
    const columns = sampleColumns(3, n / 2);
    const x = (c: number, j: number): number => columns[c]![j]!;
    /** Standard deviation of a slot of a fresh symmetric encryption: real part of n errors of 3.24. */
    const fresh = (3.25 * Math.sqrt(n / 2)) / scale;
    /** |s| at a slot reaches about this: |s|^2 is 2n/3 times an exponential variable. */
    const secret = Math.sqrt(((2 * n) / 3) * Math.log(n) * 2);

    beforeAll(async () => {
      kernel = await makeKernel();
      const bits = n >= 8192 ? [45, 40, 40, 40] : [45, 40, 40];
      engine = openEngine(
        kernel,
        engineParameters(n, n >= 8192 || n <= 2048 ? bits : [36, 30], n >= 8192 || n <= 2048 ? 47 : 38),
      );
    });
    afterAll(() => {
      engine.close();
      const { liveBuffers } = kernel.poolStats();
      kernel.close();
      expect(liveBuffers).toBe(0);
    });

    const using = <T>(lists: readonly (readonly Ciphertext<'ckks'>[])[], body: () => T): T => {
      try {
        return body();
      } finally {
        for (const ct of lists.flat()) ct.dispose();
      }
    };
    const fresh3 = (): Ciphertext<'ckks'>[] => encryptSymmetric(engine.secretKey, columns, { scale });

    it('decrypts seeded symmetric encryptions within the noise, and not without noise', () => {
      const cts = fresh3();
      using([cts], () =>
        cts.forEach((ct, c) => {
          const error = errorOf(engine.secretKey, ct, (j) => x(c, j));
          expect(error).toBeLessThan(7 * fresh);
          expect(error).toBeGreaterThan(fresh);
        }),
      );
    });

    it('decrypts public-key encryptions within the noise', () => {
      const publicKey = engine.generator.publicKey(engine.secretKey);
      const plaintexts = encode(engine.context, columns, { scale });
      const cts = encryptPublic(publicKey, plaintexts);
      publicKey.dispose();
      for (const plaintext of plaintexts) plaintext.dispose();
      using([cts], () =>
        cts.forEach((ct, c) => {
          expect(ct.scale).toBe(scale);
          expect(errorOf(engine.secretKey, ct, (j) => x(c, j))).toBeLessThan(2 * 7 * fresh * secret);
        }),
      );
    });

    it('does weighted sums, constants and lower levels', () => {
      const cts = fresh3();
      const rows = denseRows(
        [
          [3, -2, 5],
          [0, 0, 0],
        ],
        4,
      ); // prettier-ignore
      const sums = engine.ev.linear(cts, rows);
      const plus = engine.ev.addPlain(sums, [0.3, -1.75]);
      const low = engine.ev.dropLevelAll(plus, 0);
      using([cts, sums, plus, low], () => {
        expect(low.map((ct) => [ct.level, ct.scale])).toEqual([
          [0, 4 * scale],
          [0, 4 * scale],
        ]); // prettier-ignore
        const sum = (j: number) => (3 * x(0, j) - 2 * x(1, j) + 5 * x(2, j)) / 4 + 0.3;
        expect(errorOf(engine.secretKey, low[0]!, sum)).toBeLessThan(7 * 1.6 * fresh);
        expect(errorOf(engine.secretKey, plus[1]!, () => -1.75)).toBeLessThan(2 ** -24);
      });
    });

    it('multiplies to three parts and relinearises, or does not', () => {
      const cts = fresh3();
      const products = engine.ev.multiplyPairs(cts, [
        [0, 1],
        [2, 2],
      ]); // prettier-ignore
      const squares = engine.ev.squareAll(cts.slice(2), undefined);
      const short = engine.ev.relinearizeAll(products, undefined);
      using([cts, products, squares, short], () => {
        expect(products.map((ct) => ct.parts)).toEqual([3, 3]);
        expect(short.map((ct) => ct.parts)).toEqual([2, 2]);
        for (const list of [products, short]) {
          expect(errorOf(engine.secretKey, list[0]!, (j) => x(0, j) * x(1, j))).toBeLessThan(7 * 2 * fresh);
          expect(errorOf(engine.secretKey, list[1]!, (j) => x(2, j) ** 2)).toBeLessThan(7 * 2 * fresh);
        }
        expect(errorOf(engine.secretKey, squares[0]!, (j) => x(2, j) ** 2)).toBeLessThan(7 * 2 * fresh);
      });
    });

    it('rescales by the prime that it drops, whatever the number of parts', () => {
      const cts = fresh3();
      const squares = engine.ev.squareAll(cts, undefined);
      const up = engine.ev.linear(squares, denseRows([[2 ** 14, 0, 0]], 2 ** 14));
      const down = engine.ev.rescaleAll(up, undefined);
      using([cts, squares, up, down], () => {
        const level = up[0]!.level;
        const prime = engine.context.parameters.dataPrimes[level]!;
        expect(down[0]!.scale).toBe((scale * scale * 2 ** 14) / prime);
        expect([down[0]!.level, down[0]!.parts]).toEqual([level - 1, 3]);
        const rounding = (secret ** 2 * Math.sqrt(n / 24)) / down[0]!.scale;
        const error = errorOf(engine.secretKey, down[0]!, (j) => x(0, j) ** 2);
        expect(error).toBeLessThan(14 * fresh + 7 * rounding);
      });
    });

    it('does a run of steps as one job, equal to the steps', () => {
      const cts = fresh3();
      const rows = denseRows(
        [
          [1, 2, -3],
          [4, 0, 1],
        ],
        2,
      ); // prettier-ignore
      const steps = [
        { verb: 'linear', argument: rows },
        { verb: 'addPlain', argument: [0.5, -0.25] },
        { verb: 'squareAll', argument: undefined },
      ] as const;
      const job = engine.ev.pointwise(cts, steps);
      const sums = engine.ev.linear(cts, rows);
      const plus = engine.ev.addPlain(sums, [0.5, -0.25]);
      const squares = engine.ev.squareAll(plus, undefined);
      using([cts, job, sums, plus, squares], () => {
        expect(Buffer.compare(saveCiphertexts(job), saveCiphertexts(squares))).toBe(0);
        const value = (j: number) => ((x(0, j) + 2 * x(1, j) - 3 * x(2, j)) / 2 + 0.5) ** 2;
        expect(errorOf(engine.secretKey, job[0]!, value)).toBeLessThan(7 * 14 * fresh);
      });
    });

    it('adds, scales, squares, sends, decrypts and relinearises ciphertexts of up to nine parts', () => {
      const small = 2 ** 12;
      const error = (3.25 * Math.sqrt(n / 2)) / small;
      const { context, secretKey, ev } = engine;
      let list: Ciphertext<'ckks'>[] = encryptSymmetric(secretKey, [columns[0]!], { scale: small });
      for (const [power, parts] of [
        [2, 3],
        [4, 5],
        [8, 9],
      ] as const) {
        // prettier-ignore
        if (Number(context.modulus(context.parameters.maxLevel)) < 4 * small ** power) break;
        const next = ev.squareAll(list, undefined);
        const back = loadCiphertexts(context, saveCiphertexts(next));
        const short = ev.relinearizeAll(back, undefined);
        const twice = ev.linear(next, denseRows([[2]], 1));
        using([list, back, short, twice], () => {
          expect([next[0]!.parts, back[0]!.parts, short[0]!.parts]).toEqual([parts, parts, 2]);
          const bound = (1 + 7 * error) ** power - 1;
          for (const ct of [next[0]!, back[0]!, short[0]!])
            expect(errorOf(secretKey, ct, (j) => x(0, j) ** power)).toBeLessThan(bound);
          expect(errorOf(secretKey, twice[0]!, (j) => 2 * x(0, j) ** power)).toBeLessThan(2 * bound);
        });
        list = next;
      }
      for (const ct of list) ct.dispose();
    });

    it('evaluates with keys that crossed as bytes', () => {
      const { context, secretKey, generator } = engine;
      const key = generator.relinearizationKey(secretKey, { parts: 3 });
      const loaded = loadRelinearizationKey(context, saveRelinearizationKey(key));
      const ev = createCkksEvaluator(context, { relinearizationKey: loaded });
      const cts = fresh3();
      const products = ev.squareAll(cts, undefined);
      const short = ev.relinearizeAll(products, undefined);
      using([cts, products, short], () => {
        expect(errorOf(secretKey, short[1]!, (j) => x(1, j) ** 2)).toBeLessThan(7 * 2 * fresh);
      });
      ev.dispose();
      key.dispose();
      loaded.dispose();
    });
  });
}
