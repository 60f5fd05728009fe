import { CONFORMANCE_STEPS, describeEvaluator } from '../src/evaluator/evaluator.conformance.ts';
import { describeComplexEvaluator } from '../src/evaluator/evaluator-complex.conformance.ts';
import type { KernelVariant } from '../src/kernel/kernel.ts';
import { availableKernels, loadKernel } from '../src/kernel/load.ts';
import { generatePrimes } from '../src/ring/primes.ts';
import type { Ciphertext } from '../src/rlwe/ciphertext.ts';
import { createContext } from '../src/rlwe/context.ts';
import { createInsecureParameters, createParameters, type Parameters } from '../src/rlwe/parameters.ts';
import { decryptPrivate } from '../src/rlwe/secret/decrypt.ts';
import { encryptSymmetric } from '../src/rlwe/secret/encrypt-symmetric.ts';
import { KeyGenerator } from '../src/rlwe/secret/key-generator.ts';
import type { Column } from '../src/rlwe/slots.ts';
import { createCkksEvaluator } from '../src/schemes/ckks/evaluator.ts';

/** An encrypting subject of the suites, with keys for all that they do if the parameters allow keys. */
async function open(parameters: Parameters<'ckks'>, variant?: KernelVariant) {
  const kernel = await loadKernel({ variant });
  const context = createContext(parameters, kernel);
  const generator = new KeyGenerator(context);
  const secretKey = generator.secretKey();
  const keyed = parameters.specialPrimes.length > 0;
  const relinearizationKey = keyed ? generator.relinearizationKey(secretKey) : undefined;
  const steps = { steps: CONFORMANCE_STEPS, conjugation: true };
  const galoisKeys = keyed ? generator.galoisKeys(secretKey, steps) : undefined;
  const ev = createCkksEvaluator(context, { relinearizationKey, galoisKeys });
  return {
    ev,
    secretKey,
    encrypt: (columns: readonly Column[]) => encryptSymmetric(secretKey, columns, { scale: 2 ** 24 }),
    tolerance: 2 ** -6,
    levels: 2,
    release: (ct: Ciphertext<'ckks'>) => ct.dispose(),
    close: () => {
      for (const one of [ev, relinearizationKey, galoisKeys, secretKey, context]) one?.dispose();
      kernel.close();
    },
  };
}

async function realSubject(parameters: Parameters<'ckks'>, variant?: KernelVariant) {
  const subject = await open(parameters, variant);
  const decrypt = (cts: readonly Ciphertext<'ckks'>[]): Float64Array[] => {
    const values = decryptPrivate(subject.secretKey, cts);
    return cts.map((_, i) => values.column(i));
  };
  return { ...subject, decrypt };
}

async function complexSubject(parameters: Parameters<'ckks'>, variant?: KernelVariant) {
  const subject = await open(parameters, variant);
  const decrypt = (cts: readonly Ciphertext<'ckks'>[]) => {
    const values = decryptPrivate(subject.secretKey, cts, { complex: true });
    return cts.map((_, i) => values.complexColumn(i));
  };
  return { ...subject, decrypt };
}

const literal = (n: number, dataBits: readonly number[], specialBits: readonly number[]) => {
  const primes = generatePrimes(n, [...dataBits, ...specialBits]);
  return { ringDegree: n, dataPrimes: primes.slice(0, dataBits.length), specialPrimes: primes.slice(dataBits.length) };
};

/** The suites of all evaluators, encrypted at 128-bit security, on every kernel of this machine. */
const secure = createParameters(literal(8192, [42, 42, 42], [45]));
for (const { variant, available } of await availableKernels()) {
  if (!available || variant === 'reference') continue;
  describeEvaluator(`ckks on ${variant}`, () => realSubject(secure, variant));
  describeComplexEvaluator(`ckks on ${variant}`, () => complexSubject(secure, variant));
}

for (const special of [
  [44, 44],
  [44, 44, 44],
]) {
  const parameters = createInsecureParameters(literal(1024, [42, 42, 42, 42], special));
  describeEvaluator(`ckks with ${special.length} special primes`, () => realSubject(parameters));
}

// Slots in the order of powers of 3.
const threes = createInsecureParameters({ ...literal(1024, [42, 42, 42, 42], [45]), rotationGenerator: 3 });
describeEvaluator('ckks under the rotation generator 3', () => realSubject(threes));
describeComplexEvaluator('ckks under the rotation generator 3', () => complexSubject(threes), { needsScale: true });

describeEvaluator('ckks without keys', () => realSubject(createParameters(literal(8192, [42, 42, 42], []))), {
  gaps: {
    relinearizeAll: 'no key was made',
    rotateMany: 'no key was made',
    rotateSum: 'no key was made',
    conjugateAll: 'no key was made',
  },
});
