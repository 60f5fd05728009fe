import type { ManagedEvaluator } from '../src/evaluator/managed.ts';
import { managed } from '../src/evaluator/managed.ts';
import type { Kernel } from '../src/kernel/kernel.ts';
import { generatePrimes } from '../src/ring/primes.ts';
import type { Ciphertext } from '../src/rlwe/ciphertext.ts';
import { createContext } from '../src/rlwe/context.ts';
import { createInsecureParameters, createParameters } from '../src/rlwe/parameters.ts';
import { decryptPrivate } from '../src/rlwe/secret/decrypt.ts';
import { encryptSymmetric } from '../src/rlwe/secret/encrypt-symmetric.ts';
import { KeyGenerator } from '../src/rlwe/secret/key-generator.ts';
import { createCkksEvaluator } from '../src/schemes/ckks/evaluator.ts';

export interface CircuitSetting {
  readonly kernel: Kernel;
  readonly ringDegree: number;
  readonly levels: number;
  /** Of the scale and the primes, all but the first and the special ones, which have 48. Default 40. */
  readonly scaleBits?: number;
  readonly special: number;
  readonly rotations?: readonly number[];
  readonly insecure?: boolean;
}

/** Real columns in, real columns out: a circuit under encryption, its intermediates disposed of. */
export interface EncryptedCircuits {
  readonly slots: number;
  readonly scale: number;
  readonly levels: number;
  run(
    columns: readonly Float64Array[],
    circuit: (
      ev: ManagedEvaluator<Ciphertext<'ckks'>>,
      xs: readonly Ciphertext<'ckks'>[],
    ) => readonly Ciphertext<'ckks'>[],
  ): { columns: Float64Array[]; used: number };
  close(): void;
}

export function openCircuits({
  kernel,
  ringDegree,
  levels,
  special,
  scaleBits = 40,
  rotations = [],
  insecure = false,
}: CircuitSetting): EncryptedCircuits {
  const bits = [...new Array<number>(special).fill(48), 48, ...new Array<number>(levels).fill(scaleBits)];
  const primes = generatePrimes(ringDegree, bits);
  const literal = { ringDegree, dataPrimes: primes.slice(special), specialPrimes: primes.slice(0, special) };
  const context = createContext(insecure ? createInsecureParameters(literal) : createParameters(literal), kernel);
  const generator = new KeyGenerator(context);
  const secretKey = generator.secretKey();
  const relinearizationKey = generator.relinearizationKey(secretKey);
  const galoisKeys = generator.galoisKeys(secretKey, { steps: rotations, conjugation: true });
  const raw = createCkksEvaluator(context, { relinearizationKey, galoisKeys });
  const scale = 2 ** scaleBits;
  const ev = managed(raw, { primes: literal.dataPrimes, scale });
  return {
    slots: ringDegree / 2,
    scale,
    levels,
    run: (columns, circuit) => {
      const xs = encryptSymmetric(secretKey, columns, { scale });
      const out = raw.scoped(() => ev.settle(circuit(ev, xs)));
      const values = decryptPrivate(secretKey, out);
      const used = levels - out[0]!.level;
      for (const ct of [...xs, ...out]) ct.dispose();
      return { columns: out.map((_, i) => values.column(i)), used };
    },
    close: () => {
      raw.dispose();
      relinearizationKey.dispose();
      galoisKeys.dispose();
      secretKey.dispose();
      context.dispose();
    },
  };
}
