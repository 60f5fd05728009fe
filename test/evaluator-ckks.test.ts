import { CONFORMANCE_STEPS, describeEvaluator } from '../src/evaluator/evaluator.conformance.ts';
import { availableKernels, loadKernel } from '../src/kernel/load.ts';
import { generatePrimes } from '../src/ring/primes.ts';
import { createContext } from '../src/rlwe/context.ts';
import { createParameters } from '../src/rlwe/parameters.ts';
import { decryptPrivate } from '../src/rlwe/secret/decrypt.ts';
import { encryptSymmetric } from '../src/rlwe/secret/encrypt-symmetric.ts';
import { KeyGenerator } from '../src/rlwe/secret/key-generator.ts';
import { createCkksEvaluator } from '../src/schemes/ckks/evaluator.ts';

/** The suite of all evaluators, encrypted at 128-bit security, on every kernel of this machine. */
for (const { variant, available } of await availableKernels()) {
  if (!available || variant === 'reference') continue;
  describeEvaluator(`ckks on ${variant}`, async () => {
    const kernel = await loadKernel({ variant });
    const [special, ...dataPrimes] = generatePrimes(8192, [45, 42, 42, 42]);
    const context = createContext(
      createParameters({ ringDegree: 8192, dataPrimes, specialPrimes: [special!] }),
      kernel,
    );
    const generator = new KeyGenerator(context);
    const secretKey = generator.secretKey();
    const relinearizationKey = generator.relinearizationKey(secretKey);
    const galoisKeys = generator.galoisKeys(secretKey, { steps: CONFORMANCE_STEPS, conjugation: true });
    const ev = createCkksEvaluator(context, { relinearizationKey, galoisKeys });
    return {
      ev,
      encrypt: (columns) => encryptSymmetric(secretKey, columns, { scale: 2 ** 24 }),
      decrypt: (cts) => {
        const values = decryptPrivate(secretKey, cts);
        return cts.map((_, i) => values.column(i));
      },
      tolerance: 2 ** -6,
      levels: 2,
      release: (ct) => ct.dispose(),
      close: () => {
        ev.dispose();
        relinearizationKey.dispose();
        galoisKeys.dispose();
        secretKey.dispose();
        context.dispose();
        kernel.close();
      },
    };
  });
}

describeEvaluator(
  'ckks without a relinearisation key',
  async () => {
    const kernel = await loadKernel();
    const dataPrimes = generatePrimes(8192, [42, 42, 42]);
    const context = createContext(createParameters({ ringDegree: 8192, dataPrimes }), kernel);
    const secretKey = new KeyGenerator(context).secretKey();
    const ev = createCkksEvaluator(context);
    return {
      ev,
      encrypt: (columns) => encryptSymmetric(secretKey, columns, { scale: 2 ** 24 }),
      decrypt: (cts) => {
        const values = decryptPrivate(secretKey, cts);
        return cts.map((_, i) => values.column(i));
      },
      tolerance: 2 ** -6,
      levels: 2,
      release: (ct) => ct.dispose(),
      close: () => {
        ev.dispose();
        secretKey.dispose();
        context.dispose();
        kernel.close();
      },
    };
  },
  {
    gaps: {
      relinearizeAll: 'no key was made',
      rotateMany: 'no key was made',
      rotateSum: 'no key was made',
      conjugateAll: 'no key was made',
    },
  },
);
