import { expect } from 'vitest';
import { failureBits } from '../src/evaluator/bfv-failure.ts';
import { meanSquareOf } from '../src/evaluator/bfv-noise.ts';
import { type BfvTraced, createBfvTracer } from '../src/evaluator/bfv-trace.ts';
import { bigintsOf, createIntegerEvaluator, type Integers } from '../src/evaluator/clear-integer.ts';
import type { Evaluator } from '../src/evaluator/evaluator.ts';
import { type Arguments, outputs, type Verb } from '../src/evaluator/verbs.ts';
import type { OperationCounts } from '../src/evaluator/work.ts';
import type { Kernel, WorkStats } from '../src/kernel/kernel.ts';
import { generatePrimes } from '../src/ring/primes.ts';
import type { Ciphertext } from '../src/rlwe/ciphertext.ts';
import { createContext } from '../src/rlwe/context.ts';
import { encryptIntegersPublic } from '../src/rlwe/encrypt-integers.ts';
import type { IntegerColumn, IntegerEncoding } from '../src/rlwe/integers.ts';
import { createInsecureParameters, createParameters } from '../src/rlwe/parameters.ts';
import { decryptIntegers } from '../src/rlwe/secret/decrypt-integers.ts';
import { encryptIntegers } from '../src/rlwe/secret/encrypt-integers.ts';
import { KeyGenerator } from '../src/rlwe/secret/key-generator.ts';
import { measureNoise } from '../src/rlwe/secret/measure-noise.ts';
import type { SeedOptions } from '../src/rlwe/seeds.ts';
import { createBfvEvaluator } from '../src/schemes/bfv/evaluator.ts';
import type { Exactly } from './exact-circuits.ts';

/** A ring, its primes in bits, and a plaintext modulus; the special primes are drawn last. */
export interface ExactRing {
  readonly n: number;
  readonly data: readonly number[];
  readonly special: readonly number[];
  readonly t: number;
  readonly encoding: IntegerEncoding;
  readonly steps?: readonly number[];
  readonly secure?: boolean;
}

/** One value as every interpreter has it; to circuits it looks like a ciphertext. */
export interface ExactLocked {
  readonly real: Ciphertext<'bfv'>;
  readonly traced: BfvTraced;
  readonly clear: Integers;
}

/** What one verb brought to light: log2 of noise, of all its outputs together. */
export interface ExactFinding {
  readonly verb: Verb | 'fresh';
  readonly deviation: { readonly met: number; readonly traced: number };
  readonly largest: number;
  readonly worst: number;
  readonly budget: number;
  readonly work: { readonly met: WorkStats; readonly traced: WorkStats };
}

/** Keys for one ring, repeatable; `run` evaluates a circuit encrypted, traced and in the clear at once. */
export function openExactBench(kernel: Kernel, ring: ExactRing, seed: number) {
  const { n, data, special, t, encoding, steps = [], secure = false } = ring;
  let calls = 0;
  const randomness = (): SeedOptions => ({
    insecureSeedForTests: new Uint8Array(32)
      .fill(seed)
      .fill(++calls % 256, 0, 1)
      .fill(calls >> 8, 1, 2), // prettier-ignore
  });
  const primes = generatePrimes(n, [...data, ...special]);
  const literal = {
    ringDegree: n,
    dataPrimes: primes.slice(0, data.length),
    specialPrimes: primes.slice(data.length),
    plaintextModuli: [t],
  };
  const context = createContext(secure ? createParameters(literal) : createInsecureParameters(literal), kernel);
  const generator = new KeyGenerator(context, randomness());
  const secretKey = generator.secretKey();
  const publicKey = generator.publicKey(secretKey);
  const relinearizationKey = generator.relinearizationKey(secretKey, { parts: 9 });
  const galoisKeys = generator.galoisKeys(secretKey, { steps, conjugation: steps.length > 0 });
  const setting = { ringDegree: n, primes: literal.dataPrimes, special: literal.specialPrimes, plaintextModulus: t };

  const run = (circuit: Exactly, columns: readonly IntegerColumn[], kind: 'symmetric' | 'public' = 'symmetric') => {
    const real = createBfvEvaluator(context, { encoding, relinearizationKey, galoisKeys });
    const tracer = createBfvTracer({ ...setting, encoding });
    const clear = createIntegerEvaluator(real.slots);
    const made: Ciphertext<'bfv'>[] = [];
    const findings: ExactFinding[] = [];
    const note = (verb: ExactFinding['verb'], out: readonly ExactLocked[], work: ExactFinding['work']): void => {
      for (const { real: ct, traced } of out) {
        const facts = ({ level, parts, scale, form }: BfvTraced) => ({ level, parts, scale, form });
        expect(facts(traced), verb).toEqual(facts(ct as never));
      }
      const noise = measureNoise(
        secretKey,
        out.map((one) => one.real),
      ).overall; // prettier-ignore
      const mean = out.reduce((sum, { traced }) => sum + meanSquareOf(traced.noise), 0) / out.length;
      findings.push({
        verb,
        deviation: { met: noise.deviationBits, traced: Math.log2(mean) / 2 },
        largest: noise.largestBits,
        worst: Math.log2(Math.max(...out.map(({ traced }) => traced.worst))),
        budget: noise.budgetBits,
        work,
      });
    };
    const call = <V extends Verb>(verb: V, cts: readonly ExactLocked[], argument: Arguments[V]): ExactLocked[] => {
      const on = <C>(ev: Evaluator<C>, list: readonly C[]): C[] =>
        (ev[verb] as (list: readonly C[], argument: Arguments[V]) => C[])(list, argument);
      const counted = { ...tracer.count };
      const traced = on(
        tracer.ev,
        cts.map((ct) => ct.traced),
      ); // prettier-ignore
      const before = kernel.workStats();
      const encrypted = on<Ciphertext<'bfv'>>(
        real,
        cts.map((ct) => ct.real),
      ); // prettier-ignore
      const work = { met: between(before, kernel.workStats()), traced: tracedWork(counted, tracer.count) };
      made.push(...encrypted);
      const integers = on<Integers>(
        clear,
        cts.map((ct) => ct.clear),
      ); // prettier-ignore
      const out = encrypted.map((ct, i) => ({ real: ct, traced: traced[i]!, clear: integers[i]! }));
      note(verb, out, work);
      return out;
    };
    const verbs = Object.keys(outputs) as Verb[];
    const each = verbs.map((verb) => [
      verb,
      (cts: readonly ExactLocked[], argument: never) => call(verb, cts, argument),
    ]);
    const ev = { slots: real.slots, ...Object.fromEntries(each) } as unknown as Evaluator<ExactLocked>;
    try {
      const encrypt =
        kind === 'symmetric' ? encryptIntegers.bind(null, secretKey) : encryptIntegersPublic.bind(null, publicKey);
      const [inputs] = encrypt(columns, { encoding, ...randomness() });
      made.push(...inputs!);
      const fresh = inputs!.map((ct, i) => ({
        real: ct,
        traced: tracer.fresh(1, undefined, kind),
        clear: clear.fresh(columns[i]!),
      }));
      note('fresh', fresh, { met: NONE, traced: NONE });
      const out = circuit(ev, fresh);
      return {
        findings,
        right: out.every(({ real: ct, clear: integers }) => isRight(ct, integers)),
        failureBits: tracer.failureBits(out.map(({ traced }) => traced)),
        count: tracer.count,
      };
    } finally {
      for (const ct of made) ct.dispose();
      real.dispose();
    }
  };

  /** The largest noise of each output, and what the tracer says of one output and a limit. */
  const extremes = (circuit: Exactly, columns: readonly IntegerColumn[]) => {
    const real = createBfvEvaluator(context, { encoding, relinearizationKey, galoisKeys });
    const { ev, fresh } = createBfvTracer({ ...setting, encoding });
    const scope = real.scope();
    try {
      const [inputs] = encryptIntegers(secretKey, columns, { encoding, ...randomness() });
      const out = circuit<Ciphertext<'bfv'>>(real, inputs!);
      const noise = measureNoise(secretKey, out);
      for (const ct of inputs!) ct.dispose();
      const [traced] = circuit(ev, [fresh(1)]);
      return {
        largest: out.map((_, i) => noise.of(i).largestBits),
        failureBitsAt: (limitBits: number) => failureBits(n, [{ noise: traced!.noise, limitBits }]),
      };
    } finally {
      scope[Symbol.dispose]();
      real.dispose();
    }
  };

  /** Equal modulo t in slots; equal in coefficients, where circuits keep to their bounds. */
  const isRight = (ct: Ciphertext<'bfv'>, integers: Integers): boolean => {
    const decrypted = decryptIntegers(secretKey, [[ct]], { encoding });
    const met = decrypted.integers(0);
    const modulus = BigInt(t);
    return bigintsOf(integers).every((value, j) =>
      encoding === 'slots' ? (met[j]! - value) % modulus === 0n : met[j] === value,
    );
  };

  return {
    run,
    extremes,
    close: () => {
      for (const key of [relinearizationKey, galoisKeys, publicKey, secretKey]) key.dispose();
      context.dispose();
    },
  };
}

const NONE: WorkStats = { transforms: 0, keyProducts: 0, conversions: 0 };

const between = (a: WorkStats, b: WorkStats): WorkStats => ({
  transforms: b.transforms - a.transforms,
  keyProducts: b.keyProducts - a.keyProducts,
  conversions: b.conversions - a.conversions,
});

const tracedWork = (a: OperationCounts, b: OperationCounts): WorkStats => ({
  transforms: b.ntts + b.encodingNtts - a.ntts - a.encodingNtts,
  keyProducts: b.keyProducts - a.keyProducts,
  conversions: b.conversions - a.conversions,
});
