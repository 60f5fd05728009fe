import {
  type Ciphertext,
  createBfvEvaluator,
  createContext,
  decodeIntegers,
  decryptIntegers,
  encodeIntegers,
  encryptIntegers,
  encryptIntegersPublic,
  type Kernel,
  KeyGenerator,
  type Parameters,
} from '../../he.ts';
import type { BfvOp, IntegerSamples } from './engine-bfv-ops.ts';
import type { TimedOp } from './engine-ops.ts';
import { eachTimes, keeper, pairwiseSums, thenDispose } from './engine-own.ts';

type Cipher = Ciphertext<'bfv'>;

const encoding = 'slots';

/** Our BFV through its public door, on lists of `count`. Results are disposed of, so that memory is used again. */
export function ownBfvEngine(kernel: Kernel, parameters: Parameters<'bfv'>, samples: IntegerSamples, count: number) {
  const { keep, dispose } = keeper();
  const context = keep(createContext(parameters, kernel));
  const generator = new KeyGenerator(context);
  const secret = keep(generator.secretKey());
  const publicKey = keep(generator.publicKey(secret));
  const relinearizationKey = keep(generator.relinearizationKey(secret));
  const galoisKeys = keep(generator.galoisKeys(secret, { steps: [1] }));
  const ev = keep(createBfvEvaluator(context, { relinearizationKey, galoisKeys }));
  const columns = new Array<Float64Array>(count).fill(samples.x);
  const encrypt = (list: readonly Float64Array[]): Cipher[] => encryptIntegers(secret, list, { encoding })[0]!;
  const a = encrypt(columns).map(keep);
  const both = [...a, ...encrypt(columns.map(() => samples.y)).map(keep)];
  const pairs = a.map((_, i) => [i, i + count] as const);
  const [sums, weighted] = [pairwiseSums(count), { ...eachTimes(count, samples.weights), scale: 1 }];
  const three = ev.multiplyPairs(both, pairs).map(keep);

  const open = (cts: readonly Cipher[]): Float64Array[] => {
    using values = decryptIntegers(secret, [cts], { encoding });
    return cts.map((_, i) => values.numbers(i));
  };
  const ciphertexts = (make: () => Cipher[]): TimedOp => ({
    per: count,
    run: () => thenDispose(make(), () => {}),
    results: () => thenDispose(make(), open),
  });
  const ops = {
    encode: {
      per: count,
      run: () => void encodeIntegers(context, columns, { encoding }),
      results: () =>
        decodeIntegers(context, encodeIntegers(context, columns, { encoding }), { encoding }).map((column) =>
          Float64Array.from(column, Number),
        ),
    },
    'encrypt-symmetric': ciphertexts(() => encrypt(columns)),
    'encrypt-public': ciphertexts(() => encryptIntegersPublic(publicKey, columns, { encoding })[0]!),
    decrypt: { per: count, run: () => void open(a), results: () => open(a) },
    add: ciphertexts(() => ev.linear(both, sums)),
    'multiply-plain': ciphertexts(() => ev.linearPlain(a, weighted)),
    'multiply-relinearize': ciphertexts(() =>
      thenDispose(ev.multiplyPairs(both, pairs), (products) => ev.relinearizeAll(products, undefined)),
    ),
    square: ciphertexts(() => ev.squareAll(a, undefined)),
    relinearize: ciphertexts(() => ev.relinearizeAll(three, undefined)),
    'switch-modulus': ciphertexts(() => ev.rescaleAll(a, undefined)),
    rotate: ciphertexts(() => ev.rotateMany(a, [1])),
  } satisfies Readonly<Record<BfvOp, TimedOp>>;
  return { ops, dispose };
}
