import type { Evaluator } from '../src/evaluator/evaluator.ts';
import { createRandom } from '../src/evaluator/random.ts';
import { linearRows } from '../src/evaluator/rows.ts';
import type { ComplexVector, PlainRows } from '../src/evaluator/verbs.ts';
import type { Kernel } from '../src/kernel/kernel.ts';
import { generatePrimes } from '../src/ring/primes.ts';
import { createContext } from '../src/rlwe/context.ts';
import { encryptPublic } from '../src/rlwe/encrypt.ts';
import { createInsecureParameters, createParameters } from '../src/rlwe/parameters.ts';
import { encryptSymmetric } from '../src/rlwe/secret/encrypt-symmetric.ts';
import { KeyGenerator } from '../src/rlwe/secret/key-generator.ts';
import type { SeedOptions } from '../src/rlwe/seeds.ts';
import { encode } from '../src/schemes/ckks/encoder.ts';
import { createCkksEvaluator } from '../src/schemes/ckks/evaluator.ts';
import { createLockstep, type Locked, type Lockstep, type LockstepOptions } from './lockstep.ts';

/** A ring and its primes, in bits; the special primes are drawn last. */
export interface Ring {
  readonly n: number;
  readonly data: readonly number[];
  readonly special: readonly number[];
  readonly secure?: boolean;
}

export const STEPS = [1, 2, 3, 5, -1, -4] as const;

/** Keys and everything for one ring; `open` starts a lockstep run with an evaluator that knows no plaintext yet. */
export interface Bench {
  readonly ring: Ring;
  readonly primes: { readonly primes: readonly number[]; readonly special: readonly number[] };
  open(options?: Partial<LockstepOptions>): Lockstep;
  encrypt(lockstep: Lockstep, values: readonly ComplexVector[], fresh: Fresh): Locked[];
  close(): void;
}

export interface Fresh {
  readonly scale: number;
  readonly level?: number;
  readonly kind?: 'symmetric' | 'public';
}

export interface BenchOptions {
  readonly steps?: readonly number[];
  /** Makes keys and ciphertexts repeatable; without it they are new every time. */
  readonly seed?: number;
}

export function openBench(kernel: Kernel, ring: Ring, { steps = STEPS, seed }: BenchOptions = {}): Bench {
  const { n, data, special, secure = false } = ring;
  let calls = 0;
  const randomness = (): SeedOptions =>
    seed === undefined
      ? {}
      : {
          insecureSeedForTests: new Uint8Array(32)
            .fill(seed)
            .fill(++calls % 256, 0, 1)
            .fill(calls >> 8, 1, 2),
        }; // prettier-ignore
  const primes = generatePrimes(n, [...data, ...special]);
  const literal = {
    ringDegree: n,
    dataPrimes: primes.slice(0, data.length),
    specialPrimes: primes.slice(data.length),
  };
  const context = createContext(secure ? createParameters(literal) : createInsecureParameters(literal), kernel);
  const generator = new KeyGenerator(context, randomness());
  const secretKey = generator.secretKey();
  const publicKey = generator.publicKey(secretKey);
  const relinearizationKey = generator.relinearizationKey(secretKey, { parts: 5 });
  const galoisKeys = generator.galoisKeys(secretKey, { steps, conjugation: true });
  return {
    ring,
    primes: { primes: literal.dataPrimes, special: literal.specialPrimes },
    open: (options) => {
      const ev = createCkksEvaluator(context, { relinearizationKey, galoisKeys });
      const lockstep = createLockstep({ ev, secretKey, ...options });
      const dispose = (): void => {
        lockstep.dispose();
        ev.dispose();
      };
      return { ...lockstep, dispose };
    },
    encrypt: (lockstep, values, { scale, level, kind = 'symmetric' }) => {
      const columns = values.map((value) => (value.im.some((y) => y !== 0) ? value : value.re));
      if (kind === 'symmetric')
        return lockstep.enter(encryptSymmetric(secretKey, columns, { scale, level, ...randomness() }), values, {
          kind,
        });
      const plaintexts = encode(context, columns, { scale, level });
      const cts = encryptPublic(publicKey, plaintexts, randomness());
      for (const plaintext of plaintexts) plaintext.dispose();
      return lockstep.enter(cts, values, { kind });
    },
    close: () => {
      for (const key of [relinearizationKey, galoisKeys, publicKey, secretKey]) key.dispose();
      context.dispose();
    },
  };
}

export type Message = 'zero' | 'real' | 'complex';

/** Slots of absolute value 1 (or 0), so that their largest and their mean are the same. */
export function messages(count: number, slots: number, kind: Message, seed: number): ComplexVector[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => {
    const angles = Float64Array.from({ length: slots }, () => 2 * Math.PI * random.uniform());
    if (kind === 'complex') return { re: angles.map(Math.cos), im: angles.map(Math.sin) };
    const size = kind === 'zero' ? 0 : 1;
    return { re: angles.map((angle) => (angle < Math.PI ? size : -size)), im: new Float64Array(slots) };
  });
}

/** One verb where one source of noise is the largest. */
export interface Case {
  readonly name: string;
  readonly message: Message;
  readonly fresh: Fresh;
  readonly count: number;
  readonly run: <C>(ev: Evaluator<C>, cts: readonly C[]) => C[];
}

const random = createRandom(77);
const numbers = (slots: number): Float64Array => Float64Array.from({ length: slots }, () => 2 * random.uniform() - 1);
const sum = linearRows(
  [
    [3, -2, 5],
    [1, 0, 7],
  ],
  3,
  4,
); // prettier-ignore
const wide = linearRows([[2 ** 20 + 1]], 1, 2 ** 20);

const weighted = (slots: number, scale?: number): PlainRows => ({
  inputs: 2,
  ...(scale === undefined ? {} : { scale }),
  rows: [
    [
      { from: 0, weight: numbers(slots) },
      { from: 1, weight: numbers(slots) },
    ],
    [
      { from: 1, weight: 0.7 },
      { from: 0, weight: numbers(3) },
    ],
  ],
});
const turned = (slots: number, scale: number): PlainRows => ({
  inputs: 2,
  scale,
  rows: [
    [
      { from: 0, weight: { re: 0.3, im: -0.8 } },
      { from: 1, weight: { re: numbers(slots), im: numbers(slots) } },
    ],
  ],
});

/** Scale at which the noise of key switching and rounding is larger than that of the message's products. */
const LOW = 2 ** 6;
const HIGH = 2 ** 38;

export function verbCases(slots: number): Case[] {
  const made = (
    name: string,
    message: Message,
    scale: number,
    count: number,
    run: Case['run'],
    fresh: Partial<Fresh> = {},
  ): Case => ({ name, message, fresh: { scale, ...fresh }, count, run });
  const plain = weighted(slots);
  const coarse = weighted(slots, 2 ** 5);
  const spin = turned(slots, 2 ** 20);
  const steps = [1, 0, -4, slots + 2];
  return [
    made('nothing', 'real', HIGH, 2, (_, cts) => [...cts]),
    made('nothing, public', 'complex', HIGH, 2, (_, cts) => [...cts], { kind: 'public' }),
    made('linear', 'real', HIGH, 3, (ev, cts) => ev.linear(cts, sum)),
    made('linear, wide', 'real', HIGH, 1, (ev, cts) => ev.linear(cts, wide)),
    made('linearPlain', 'real', HIGH, 2, (ev, cts) => ev.rescaleAll(ev.linearPlain(cts, plain), undefined)),
    made('linearPlain, weights known again', 'real', HIGH, 2, (ev, cts) => {
      const again = weighted(slots);
      ev.linearPlain(cts, again);
      return ev.linearPlain(cts, again);
    }),
    made('linearPlain, coarse weights', 'real', HIGH, 2, (ev, cts) => ev.linearPlain(cts, coarse)),
    made('linearPlain, complex', 'complex', HIGH, 2, (ev, cts) => ev.linearPlain(cts, spin)),
    made('linearPlain, three parts', 'real', 2 ** 30, 2, (ev, cts) =>
      ev.linearPlain(ev.squareAll(cts, undefined), weighted(slots, 2 ** 20)),
    ),
    made('addPlain', 'real', LOW, 3, (ev, cts) => ev.addPlain(cts, [0.3, numbers(slots), numbers(4)])),
    made('addPlain, complex', 'complex', LOW, 2, (ev, cts) =>
      ev.addPlain(cts, [
        { re: 0.3, im: 0.1 },
        { re: numbers(slots), im: numbers(slots) },
      ]),
    ),
    made('squareAll', 'real', HIGH, 2, (ev, cts) => ev.squareAll(cts, undefined)),
    made('squareAll of noise', 'zero', LOW, 2, (ev, cts) => ev.squareAll(cts, undefined)),
    made('multiplyPairs', 'complex', HIGH, 3, (ev, cts) =>
      ev.multiplyPairs(cts, [
        [0, 1],
        [2, 1],
      ]),
    ), // prettier-ignore
    made('multiplyPairs of noise', 'zero', LOW, 2, (ev, cts) => ev.multiplyPairs(cts, [[0, 1]])),
    made('pointwise', 'real', 2 ** 18, 3, (ev, cts) =>
      ev.pointwise(cts, [
        { verb: 'linear', argument: sum },
        { verb: 'addPlain', argument: [0.5, -0.25] },
        { verb: 'squareAll', argument: undefined },
      ]),
    ),
    made('rescaleAll, two parts', 'real', 2 ** 46, 2, (ev, cts) => ev.rescaleAll(cts, undefined)),
    made('rescaleAll, three parts', 'real', 2 ** 23, 2, (ev, cts) =>
      ev.rescaleAll(ev.squareAll(cts, undefined), undefined),
    ),
    made('rescaleAll, five parts', 'real', 2 ** 12, 1, (ev, cts) =>
      ev.rescaleAll(ev.squareAll(ev.squareAll(cts, undefined), undefined), undefined),
    ),
    made('relinearizeAll', 'zero', LOW, 2, (ev, cts) => ev.relinearizeAll(ev.squareAll(cts, undefined), undefined)),
    made('relinearizeAll, mixed parts', 'real', LOW, 2, (ev, cts) => {
      const squares = ev.squareAll(cts, undefined);
      return ev.relinearizeAll([...cts, ...squares, ...ev.squareAll(squares.slice(1), undefined)], undefined);
    }),
    made('relinearizeAll, lower level', 'zero', LOW, 2, (ev, cts) =>
      ev.relinearizeAll(ev.squareAll(ev.dropLevelAll(cts, 1), undefined), undefined),
    ),
    made('rotateMany', 'complex', LOW, 2, (ev, cts) => ev.rotateMany(cts, steps)),
    made('rotateMany, noise of products', 'real', 2 ** 23, 2, (ev, cts) => {
      const short = ev.relinearizeAll(ev.rescaleAll(ev.squareAll(cts, undefined), undefined), undefined);
      return ev.rotateMany(short, [5, -1]);
    }),
    made('rotateMany, level 0', 'zero', LOW, 1, (ev, cts) => ev.rotateMany(ev.dropLevelAll(cts, 0), [3])),
    made('rotateSum', 'complex', LOW, 4, (ev, cts) => ev.rotateSum(cts, [0, 5, -1, 5])),
    made('rotateSum of one', 'zero', LOW, 1, (ev, cts) => ev.rotateSum(cts, [2])),
    made('rotateSum without a rotation', 'zero', LOW, 2, (ev, cts) => ev.rotateSum(cts, [0, slots])),
    made('conjugateAll', 'complex', LOW, 2, (ev, cts) => ev.conjugateAll(cts, undefined)),
    made('rotations of rotations', 'real', 2 ** 30, 1, (ev, cts) =>
      ev.rotateSum(ev.linearPlain(ev.rotateMany(cts, [0, 1]), weighted(slots, 2 ** 10)), [0, 2]),
    ),
  ];
}
