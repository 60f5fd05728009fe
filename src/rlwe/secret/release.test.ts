import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Kernel } from '../../kernel/kernel.ts';
import { loadKernel } from '../../kernel/load.ts';
import { generatePrimes } from '../../ring/primes.ts';
import { withScratch } from '../buffers.ts';
import type { Ciphertext } from '../ciphertext.ts';
import { type Context, createContext } from '../context.ts';
import { createInsecureParameters } from '../parameters.ts';
import { decryptPhases } from './decrypt.ts';
import { encryptSymmetric } from './encrypt-symmetric.ts';
import { exactPhase } from './exact-phase.ts';
import { flooding, type StaticBound } from './flooding.ts';
import { KeyGenerator } from './key-generator.ts';
import { decryptForRelease } from './release.ts';
import { ReleaseCounter, type ReleaseState } from './release-counter.ts';
import type { SecretKey } from './secret-key.ts';

const n = 1024;
const parameters = createInsecureParameters({ ringDegree: n, dataPrimes: generatePrimes(n, [47, 46, 45]) });
const coded = (code: string) => expect.objectContaining({ name: 'HesperError', code });
const column = Float64Array.from({ length: n / 2 }, (_, j) => Math.sin(j));
const scale = 2 ** 60;
/** Fresh symmetric encryption: errors up to 21 and 1/2 of rounding in n coefficients. */
const fresh = (by = scale): StaticBound => ({ level: 2, parts: 2, scale: by, bound: 1, worst: 21.5 * n });
const noPersist = () => {};

/** The kernel with a look at some of its calls. */
function spied(
  kernel: Kernel,
  looks: Partial<Record<keyof Kernel, (args: unknown[], result: unknown) => void>>,
): Kernel {
  return new Proxy(kernel, {
    get: (target, name: keyof Kernel) => {
      const value = target[name] as unknown;
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        const result = (value as (...a: unknown[]) => unknown).apply(target, args);
        looks[name]?.(args, result);
        return result;
      };
    },
  });
}

let kernel: Kernel;
let context: Context<'ckks'>;
let secretKey: SecretKey<'ckks'>;
let ct: Ciphertext<'ckks'>;
beforeAll(async () => {
  kernel = await loadKernel();
  context = createContext(parameters, kernel);
  secretKey = new KeyGenerator(context).secretKey();
  [ct] = encryptSymmetric(secretKey, [column], { scale }) as [Ciphertext<'ckks'>];
});
afterAll(() => {
  ct.dispose();
  secretKey.dispose();
  context.dispose();
  expect(kernel.poolStats().liveBuffers).toBe(0);
  kernel.close();
});

/** A key of its own, so that its count starts at zero. */
function freshKey(on = kernel) {
  const own = on === kernel ? context : createContext(parameters, on);
  const key = new KeyGenerator(own).secretKey();
  const encrypt = (by = scale) => encryptSymmetric(key, [column], { scale: by })[0]!;
  const dispose = () => {
    key.dispose();
    if (own !== context) own.dispose();
  };
  return { key, encrypt, dispose };
}

describe('released values', () => {
  it('are the exact ones, rounded to the declared precision, and can be sent', async () => {
    const counter = ReleaseCounter.start(secretKey, noPersist);
    const options = { traced: [fresh()], counter, precisionBits: 12 };
    const values = await decryptForRelease(secretKey, [ct], options);
    const [met] = values.columns;
    expect(met!.length).toBe(n / 2);
    for (let j = 0; j < n / 2; j++) {
      expect(Math.abs(met![j]! - column[j]!)).toBeLessThan(2 ** -12);
      expect(Number.isInteger(met![j]! * 2 ** 12)).toBe(true);
    }
    expect(values).toMatchObject({ precisionBits: 12, statisticalBits: 30, imaginary: undefined });
    expect(structuredClone(values).columns[0]).toEqual(met);
    expect(JSON.parse(JSON.stringify(values))).toMatchObject({ columns: [Array.from(met!)], precisionBits: 12 });
    expect(counter.state).toEqual({ keyId: secretKey.id, limit: 1024, used: 1 });
  });

  it('are as many slots as were asked for, and complex where asked for', async () => {
    const { key, dispose } = freshKey();
    const circle = { re: column, im: column.map((x) => 1 - x) };
    const cts = encryptSymmetric(key, [circle, column], { scale });
    const traced = [{ ...fresh(), bound: 3 }, fresh()];
    const counter = ReleaseCounter.start(key, noPersist);
    const values = await decryptForRelease(key, cts, { traced, counter, precisionBits: 10, slots: 3, complex: true });
    expect(values.columns.map((c) => c.length)).toEqual([3, 3]);
    const [, , im] = [...values.imaginary![0]!];
    expect(Math.abs(im! - circle.im[2]!)).toBeLessThan(2 ** -10);
    expect([...values.imaginary![1]!]).toEqual([0, 0, 0]);
    expect(counter.state.used).toBe(2);
    for (const c of cts) c.dispose();
    dispose();
  });

  it('are refused where flooding leaves fewer bits than declared, before anything is counted', async () => {
    const { bits } = flooding(fresh(), { ringDegree: n, limit: 1024, statisticalBits: 30 });
    const { key, encrypt, dispose } = freshKey();
    const counter = ReleaseCounter.start(key, noPersist);
    const release = (precisionBits: number, more = {}) =>
      decryptForRelease(key, [encrypted], { traced: [fresh()], counter, precisionBits, ...more });
    const encrypted = encrypt();
    await expect(release(bits + 1)).rejects.toThrowError(coded('insufficient-precision'));
    await expect(release(bits, { statisticalBits: 50 })).rejects.toThrowError(coded('insufficient-precision'));
    expect(counter.state.used).toBe(0);
    expect((await release(bits)).attainableBits).toBe(bits);
    encrypted.dispose();
    dispose();
  });

  it('need a trace of the same ciphertexts, options that make sense, and a living key', async () => {
    const { key, encrypt, dispose } = freshKey();
    const counter = ReleaseCounter.start(key, noPersist);
    const own = encrypt();
    const good = { traced: [fresh()], counter, precisionBits: 4 };
    const refused = (code: string, more: object, cts: Ciphertext<'ckks'>[] = [own]) =>
      expect(decryptForRelease(key, cts, { ...good, ...more })).rejects.toThrowError(coded(code));
    await refused('level-mismatch', { traced: [{ ...fresh(), level: 1 }] });
    await refused('parts-mismatch', { traced: [{ ...fresh(), parts: 3 }] });
    await refused('scale-mismatch', { traced: [{ ...fresh(), scale: scale * 1.01 }] });
    await refused('scale-overflow', { traced: [{ ...fresh(), bound: 2 ** 78 }] });
    await refused('shape-mismatch', { traced: [] });
    await refused('shape-mismatch', { traced: [] }, []);
    for (const worst of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      await refused('invalid-argument', { traced: [{ ...fresh(), worst }] });
    await refused('invalid-argument', { statisticalBits: 29 });
    await refused('invalid-argument', { slots: n / 2 + 1 });
    await refused('invalid-argument', { precisionBits: 1.5 });
    await refused('context-mismatch', {}, [foreign()]);
    expect(counter.state.used).toBe(0);
    own.dispose();
    await refused('disposed', {});
    dispose();
  });

  const foreign = (): Ciphertext<'ckks'> => {
    const other = createContext(parameters, kernel);
    const key = new KeyGenerator(other).secretKey();
    const [made] = encryptSymmetric(key, [column], { scale });
    made!.dispose();
    key.dispose();
    other.dispose();
    return made!;
  };
});

describe('flooding', () => {
  it('has the deviation of the theorem for the worst case, whatever the decrypted noise is', async () => {
    const phases: Float64Array[] = [];
    const flooded: Float64Array[] = [];
    const looks = {
      read: ([, , out]: unknown[]) => void phases.push((out as Float64Array).slice()),
      write: ([, , data]: unknown[]) => void flooded.push((data as Float64Array).slice()),
    };
    const { key, encrypt, dispose } = freshKey(spied(kernel, looks));
    key.powers(2);
    const counter = ReleaseCounter.start(key, noPersist, { limit: 200 });
    for (const [by, worst] of [
      [2 ** 60, 21.5 * n],
      [2 ** 88, 2 ** 50], // noise above 2^46: coefficients are rounded to a quantum first
    ] as const) {
      const bound = { ...fresh(by), worst };
      phases.length = 0;
      flooded.length = 0;
      const encrypted = encrypt(by);
      flooded.length = 0;
      for (let k = 0; k < 60; k++)
        await decryptForRelease(key, [encrypted], { traced: [bound], counter, precisionBits: 2 });
      encrypted.dispose();
      expect([phases.length, flooded.length]).toEqual([120, 120]); // two doubles; the first one, and the result
      const sigma = Math.sqrt(12 * 200) * 2 ** 15 * worst;
      const noise = Float64Array.from(
        flooded
          .filter((_, k) => k % 2 === 1)
          .flatMap((row, k) => [...row.map((x, i) => (x - phases[2 * k]![i]! - phases[2 * k + 1]![i]!) / sigma)]),
      );
      expect(noise.length).toBe(60 * n);
      const deviation = Math.sqrt(noise.reduce((sum, x) => sum + x * x, 0) / noise.length);
      const resolution = 5 / Math.sqrt(2 * noise.length); // 1.4%
      const { deviation: quanta, quantum } = flooding(bound, { ringDegree: n, limit: 200, statisticalBits: 30 });
      expect(quantum).toBe(by === 2 ** 60 ? 1 : 2 ** 25);
      expect(Math.abs(deviation / ((quanta * quantum) / sigma) - 1)).toBeLessThan(resolution);
      expect(deviation).toBeGreaterThan(1 - resolution);
      expect(deviation).toBeLessThan(1.005 + resolution); // roundings are paid for as well
      expect(Math.abs(noise.reduce((sum, x) => sum + x, 0)) / Math.sqrt(noise.length)).toBeLessThan(5);
    }
    dispose();
  });

  it('covers the l2 norm of the error by the bound on slots: the identity it rests on', () => {
    const slots = (coefficients: Float64Array): number => {
      const row = kernel.allocate(n);
      kernel.write(row, 0, coefficients);
      const [re, im] = [new Float64Array(n / 2), new Float64Array(n / 2)];
      kernel.decode(context.ring, re, im, Int32Array.of(row), 1);
      kernel.release(row);
      return Math.max(...re.map((x, j) => Math.hypot(x, im[j]!)));
    };
    const norm = (list: Float64Array): number => Math.sqrt(list.reduce((sum, x) => sum + x * x, 0));
    const sparse = new Float64Array(n);
    sparse[17] = 5;
    expect(slots(sparse)).toBeCloseTo(norm(sparse), 9); // a monomial: equal
    for (let k = 0; k < 20; k++) {
      const random = sparse.map((_, i) => Math.round(1000 * Math.sin(k + i * i)));
      expect(norm(random)).toBeLessThan(slots(random));
    }
  });

  it('reads coefficients exactly, or with the square of the precision of doubles', () => {
    const exact = (cipher: Ciphertext<'ckks'>): bigint[] =>
      withScratch(kernel, { secret: true }, (scratch) => {
        const [phase] = decryptPhases(secretKey, [cipher], scratch);
        const residues = new Float64Array(n * 3);
        kernel.read(phase!, 0, residues);
        return Array.from({ length: n }, (_, i) => {
          const value = context.parameters.dataPrimes.reduce((sum, q, limb) => {
            const rest = Q / BigInt(q);
            return sum + BigInt(residues[limb * n + i]!) * rest * inverse(rest, BigInt(q));
          }, 0n);
          const reduced = ((value % Q) + Q) % Q;
          return 2n * reduced > Q ? reduced - Q : reduced;
        });
      });
    const Q = context.modulus(2);
    const inverse = (x: bigint, q: bigint): bigint => power(x % q, q - 2n, q);
    const power = (x: bigint, e: bigint, q: bigint): bigint =>
      e === 0n ? 1n : ((e & 1n ? x : 1n) * power((x * x) % q, e >> 1n, q)) % q;
    const furthest = (cipher: Ciphertext<'ckks'>, unit: number): number => {
      const { high, low } = withScratch(kernel, { secret: true }, (s) => exactPhase(secretKey, cipher, unit, s));
      return Math.max(...exact(cipher).map((x, i) => Math.abs(Number(x - BigInt(high[i]!) - BigInt(low[i]!)))));
    };
    expect(furthest(ct, 1)).toBe(0);
    const [large] = encryptSymmetric(secretKey, [column.map((x) => x / 2)], { scale: 2 ** 89 });
    expect(furthest(large!, 1)).toBe(0);
    kernel.sampleUniform(
      context.ring,
      Int32Array.of(large!.handle),
      new Uint8Array(32).fill(9),
      context.basis(2),
      2,
      0,
    );
    const rest = 3 * 2 ** -52 * 2 ** 137 + 2 ** 48; // uniform modulo Q: coefficients up to 2^137
    expect(furthest(large!, 2 ** 49)).toBeLessThan(3 * 2 ** -52 * rest);
    expect(furthest(large!, 2 ** 49)).toBeGreaterThan(0);
    large!.dispose();
  });

  it('grows with the limit, the statistical bits and the bound as the theorem says', () => {
    const sigma = (limit: number, statisticalBits: number, worst = 2 ** 40): number => {
      const { deviation, quantum } = flooding({ ...fresh(), worst }, { ringDegree: n, limit, statisticalBits });
      return deviation * quantum;
    };
    expect(sigma(4096, 30) / sigma(1024, 30)).toBeCloseTo(2, 4);
    expect(sigma(1024, 40) / sigma(1024, 30)).toBeCloseTo(32, 2);
    expect(sigma(1024, 30, 2 ** 50) / sigma(1024, 30)).toBeCloseTo(1024, 0);
    expect(sigma(1024, 30)).toBeGreaterThan(Math.sqrt(12 * 1024) * 2 ** 55);
    expect(() => sigma(2 ** 20, 80)).toThrowError(coded('invalid-argument'));
  });

  it('wipes what it worked on', async () => {
    const open = new Map<unknown, string>();
    const looks = {
      allocate: (_: unknown[], handle: unknown) => void open.set(handle, 'open'),
      wipe: ([handle]: unknown[]) => void open.set(handle, 'wiped'),
      release: ([handle]: unknown[]) => void open.set(handle, 'released'),
    };
    const { key, encrypt, dispose } = freshKey(spied(kernel, looks));
    const encrypted = encrypt();
    key.powers(2);
    open.clear();
    const counter = ReleaseCounter.start(key, noPersist);
    await decryptForRelease(key, [encrypted], { traced: [fresh()], counter, precisionBits: 2 });
    expect([...open.values()]).toEqual(['wiped', 'wiped', 'wiped', 'wiped']);
    encrypted.dispose();
    dispose();
  });
});

describe('the counter of releases', () => {
  const release = (key: SecretKey<'ckks'>, cts: Ciphertext<'ckks'>[], counter: ReleaseCounter) =>
    decryptForRelease(key, cts, { traced: cts.map(() => fresh()), counter, precisionBits: 2 });

  it('counts ciphertexts and refuses beyond its limit', async () => {
    const { key, encrypt, dispose } = freshKey();
    const stored: ReleaseState[] = [];
    const counter = ReleaseCounter.start(key, (state) => void stored.push(state), { limit: 3 });
    const own = encrypt();
    await release(key, [own, own], counter);
    await expect(release(key, [own, own], counter)).rejects.toThrowError(coded('release-limit'));
    await release(key, [own], counter);
    await expect(release(key, [own], counter)).rejects.toThrowError(coded('release-limit'));
    expect(stored.map(({ used }) => used)).toEqual([2, 3]);
    const continued = new ReleaseCounter(stored.at(-1)!, noPersist);
    await expect(release(key, [own], continued)).rejects.toThrowError(coded('release-limit'));
    own.dispose();
    dispose();
  });

  it('is stored before anything is decrypted, and stays counted if that fails', async () => {
    const calls: string[] = [];
    const { key, encrypt, dispose } = freshKey(spied(kernel, { dotParts: () => void calls.push('decrypt') }));
    const own = encrypt();
    const waiting = ReleaseCounter.start(key, async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      calls.push('stored');
    });
    await release(key, [own], waiting);
    expect(calls).toEqual(['stored', 'decrypt']);
    const failing = new ReleaseCounter(waiting.state, () => Promise.reject(new Error('disk full')));
    await expect(release(key, [own], failing)).rejects.toThrowError('disk full');
    expect(calls).toEqual(['stored', 'decrypt']);
    expect(failing.state.used).toBe(2);
    await expect(release(key, [own], waiting)).rejects.toThrowError(coded('stale-counter'));
    own.dispose();
    dispose();
  });

  it('stores states in their order, however long it takes', async () => {
    const { key, encrypt, dispose } = freshKey();
    const own = encrypt();
    const stored: number[] = [];
    const counter = ReleaseCounter.start(key, async ({ used }) => {
      await new Promise((resolve) => setTimeout(resolve, 10 - 3 * used));
      stored.push(used);
    });
    await Promise.all([release(key, [own], counter), release(key, [own], counter), release(key, [own], counter)]);
    expect(stored).toEqual([1, 2, 3]);
    own.dispose();
    dispose();
  });

  it('refuses another key, a state that goes back, and a limit that changes', async () => {
    const [a, b] = [freshKey(), freshKey()];
    const own = a.encrypt();
    expect(a.key.id).toMatch(/^[0-9a-f]{32}$/);
    expect(a.key.id).not.toBe(b.key.id);
    await expect(release(a.key, [own], ReleaseCounter.start(b.key, noPersist))).rejects.toThrowError(
      coded('key-mismatch'),
    );
    const counter = ReleaseCounter.start(a.key, noPersist, { limit: 10 });
    const before = counter.state;
    await release(a.key, [own], counter);
    await expect(release(a.key, [own], new ReleaseCounter(before, noPersist))).rejects.toThrowError(
      coded('stale-counter'),
    );
    const raised = new ReleaseCounter({ ...counter.state, limit: 11 }, noPersist);
    await expect(release(a.key, [own], raised)).rejects.toThrowError(coded('stale-counter'));
    await release(a.key, [own], new ReleaseCounter(counter.state, noPersist));
    own.dispose();
    a.dispose();
    b.dispose();
  });

  it('refuses states that make no sense', () => {
    const good = { keyId: secretKey.id, limit: 10, used: 0 };
    for (const bad of [
      { limit: 0 },
      { limit: 2 ** 21 },
      { limit: 1.5 },
      { used: -1 },
      { used: 11 },
      { used: Number.NaN },
      { keyId: 7 },
    ])
      expect(() => new ReleaseCounter({ ...good, ...bad } as ReleaseState, noPersist)).toThrowError(
        coded('invalid-argument'),
      );
  });
});
