import type { Evaluator } from '../../evaluator/evaluator.ts';
import {
  describeIntegerEvaluator,
  INTEGER_STEPS,
  type IntegerSubject,
} from '../../evaluator/evaluator-integer.conformance.ts';
import { outputs, type Verb } from '../../evaluator/verbs.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { generatePrimes } from '../../ring/primes.ts';
import type { Ciphertext } from '../../rlwe/ciphertext.ts';
import { type Context, createContext } from '../../rlwe/context.ts';
import type { GaloisKeyOptions } from '../../rlwe/galois-keys.ts';
import type { IntegerEncoding } from '../../rlwe/integers.ts';
import { createInsecureParameters, createParameters, type Parameters } from '../../rlwe/parameters.ts';
import { decryptIntegers } from '../../rlwe/secret/decrypt-integers.ts';
import { encryptIntegers } from '../../rlwe/secret/encrypt-integers.ts';
import { KeyGenerator } from '../../rlwe/secret/key-generator.ts';
import type { SecretKey } from '../../rlwe/secret/secret-key.ts';
import { type BfvEvaluator, createBfvEvaluator } from './evaluator.ts';

export type Cipher = Ciphertext<'bfv'>;

/** BFV parameters at work, with keys and an evaluator for each plaintext modulus. */
export interface BfvEngine {
  readonly context: Context<'bfv'>;
  readonly secretKey: SecretKey<'bfv'>;
  readonly generator: KeyGenerator<'bfv'>;
  readonly evaluators: readonly BfvEvaluator[];
  /** The first. */
  readonly ev: BfvEvaluator;
  close(): void;
}

/** Primes of the given bits, the last ones special; insecure where the table does not know so small a ring. */
export function bfvParameters(
  n: number,
  dataBits: readonly number[],
  specialBits: readonly number[],
  plaintextModuli: readonly number[],
  rotationGenerator: 5 | 3 = 5,
): Parameters<'bfv'> {
  const primes = generatePrimes(n, [...dataBits, ...specialBits]);
  const literal = {
    ringDegree: n,
    dataPrimes: primes.slice(0, dataBits.length),
    specialPrimes: primes.slice(dataBits.length),
    plaintextModuli,
    rotationGenerator,
  };
  return n <= 2048 ? createInsecureParameters(literal) : createParameters(literal);
}

/** Distinct primes 1 mod 2n of the given bits. */
export const slotModuli = (n: number, bits: readonly number[]): number[] => generatePrimes(n, bits);

export function openBfvEngine(
  kernel: Kernel,
  parameters: Parameters<'bfv'>,
  encoding: IntegerEncoding,
  { parts = 3, galois }: { readonly parts?: number; readonly galois?: GaloisKeyOptions } = {},
): BfvEngine {
  const context = createContext(parameters, kernel);
  const generator = new KeyGenerator(context);
  const secretKey = generator.secretKey();
  const relinearizationKey = generator.relinearizationKey(secretKey, { parts });
  const galoisKeys = galois && generator.galoisKeys(secretKey, galois);
  const keys = { relinearizationKey, ...(galoisKeys && { galoisKeys }) };
  const evaluators = parameters.plaintextModuli.map((plaintextModulus) =>
    createBfvEvaluator(context, { ...keys, plaintextModulus, encoding }),
  );
  const close = () => {
    for (const ev of evaluators) ev.dispose();
    relinearizationKey.dispose();
    galoisKeys?.dispose();
    secretKey.dispose();
    context.dispose();
  };
  return { context, secretKey, generator, evaluators, ev: evaluators[0]!, close };
}

/** The same program under every plaintext modulus; a value is one ciphertext for each. */
export function sideBySide(evaluators: readonly Evaluator<Cipher>[]): Evaluator<Cipher[]> {
  const verbs = (Object.keys(outputs) as Verb[]).map((verb) => [
    verb,
    (cts: readonly (readonly Cipher[])[], argument: unknown): Cipher[][] => {
      const lists = evaluators.map((ev, m) => {
        const run = ev[verb] as (list: readonly Cipher[], argument: unknown) => Cipher[];
        return run(
          cts.map((ct) => ct[m]!),
          argument,
        );
      });
      return lists[0]!.map((_, i) => lists.map((list) => list[i]!));
    },
  ]);
  return { slots: evaluators[0]!.slots, ...Object.fromEntries(verbs) };
}

/** An engine under the suite of integer evaluators. It closes the kernel, where nothing may be left behind. */
export function subjectOf(kernel: Kernel, engine: BfvEngine, encoding: IntegerEncoding): IntegerSubject<Cipher[]> {
  const { secretKey, evaluators, context } = engine;
  const { plaintextModuli, maxLevel } = context.parameters;
  const transposed = (lists: readonly (readonly Cipher[])[]): Cipher[][] =>
    lists[0]!.map((_, i) => lists.map((list) => list[i]!));
  return {
    ev: sideBySide(evaluators),
    encrypt: (columns, scale) => transposed(encryptIntegers(secretKey, columns, { encoding, scale })),
    decrypt: (cts) => {
      using values = decryptIntegers(secretKey, transposed(cts), { encoding });
      return cts.map((_, i) => values.integers(i));
    },
    scaleOf: (ct) => ct[0]!.scale,
    // A polynomial's value at 2 is not reduced: its coefficients are small.
    modulus: encoding === 'slots' ? plaintextModuli.reduce((product, t) => product * BigInt(t), 1n) : 2n ** 400n + 1n,
    levels: maxLevel,
    release: (ct) => {
      for (const one of ct) one.dispose();
    },
    close: () => {
      engine.close();
      const { liveBuffers } = kernel.poolStats();
      kernel.close();
      if (liveBuffers !== 0) throw new Error(`${liveBuffers} buffers were left behind`);
    },
  };
}

const galois = { steps: INTEGER_STEPS, conjugation: true };

/** The suite of integer evaluators over one kernel, encoding and parameter set. */
export function describeBfv(
  name: string,
  makeKernel: () => Kernel | Promise<Kernel>,
  parameters: Parameters<'bfv'>,
  encoding: IntegerEncoding,
): void {
  const { ringDegree: n, plaintextModuli, dataPrimes, specialPrimes } = parameters;
  const { rotationGenerator } = parameters;
  const primes = `${dataPrimes.length} primes and ${specialPrimes.length} special, powers of ${rotationGenerator}`;
  describeIntegerEvaluator(
    `BFV, ${encoding}, ${name}, n = ${n}, t = ${plaintextModuli.join(', ')}, ${primes}`,
    async () => {
      const kernel = await makeKernel();
      const keys = encoding === 'slots' ? { parts: 3, galois } : { parts: 3 };
      return subjectOf(kernel, openBfvEngine(kernel, parameters, encoding, keys), encoding);
    },
    { hasSlots: encoding === 'slots' },
  );
}
