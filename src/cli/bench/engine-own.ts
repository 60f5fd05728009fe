import {
  type Ciphertext,
  createCkksEvaluator,
  createContext,
  decode,
  decryptToPlaintexts,
  encode,
  encryptPublic,
  encryptSymmetricPlaintexts,
  type Kernel,
  KeyGenerator,
  type LinearRows,
  type Parameters,
  type PlainRows,
  type Plaintext,
} from '../../he.ts';
import { type EngineTimes, HOISTED_STEPS, type Samples, type TimedOp } from './engine-ops.ts';

/** Transforms of the ring, which only lists of ciphertexts are timed for. */
export const transformOps = ['ntt-forward', 'ntt-inverse'] as const;
export type TransformOp = (typeof transformOps)[number];

export interface OwnEngine {
  readonly ops: EngineTimes & Readonly<Record<TransformOp, TimedOp>>;
  dispose(): void;
}

interface Disposable {
  dispose(): void;
}

/** `count`: how many ciphertexts (or plaintexts) each call takes; hoisted rotations and keys are of one only. */
interface OwnOptions {
  readonly scale: number;
  readonly samples: Samples;
  readonly count: number;
}

/** Our CKKS through its public door. Results are disposed of, so that the next one lies in the same memory. */
export function ownEngine(kernel: Kernel, parameters: Parameters<'ckks'>, options: OwnOptions): OwnEngine {
  const { keep, dispose } = keeper();
  return { ops: ownOps(kernel, parameters, options, keep), dispose };
}

/** What `keep` is given lives until `dispose()`, the last first. */
export function keeper(): { keep: Keep; dispose: () => void } {
  const held: Disposable[] = [];
  return {
    keep: (object) => {
      held.push(object);
      return object;
    },
    dispose: () => disposeAll(held.splice(0).reverse()),
  };
}

type Keep = <T extends Disposable>(object: T) => T;

function ownOps(kernel: Kernel, parameters: Parameters<'ckks'>, { scale, samples, count }: OwnOptions, keep: Keep) {
  const context = keep(createContext(parameters, kernel));
  const generator = new KeyGenerator(context);
  const secret = keep(generator.secretKey());
  const publicKey = keep(generator.publicKey(secret));
  const relinearizationKey = keep(generator.relinearizationKey(secret));
  const galoisKeys = keep(generator.galoisKeys(secret, { steps: HOISTED_STEPS }));
  const ev = keep(createCkksEvaluator(context, { relinearizationKey, galoisKeys }));
  const columns = new Array<Float64Array>(count).fill(samples.x);
  const encoded = (values: Float64Array): Plaintext<'ckks'>[] =>
    encode(context, new Array<Float64Array>(count).fill(values), { scale }).map(keep);
  const x = encoded(samples.x);
  const a = encryptSymmetricPlaintexts(secret, x).map(keep);
  const b = encryptSymmetricPlaintexts(secret, encoded(samples.y)).map(keep);
  const [first] = a as [Ciphertext<'ckks'>];
  const both = [...a, ...b];
  const pairs = a.map((_, i) => [i, i + count] as const);
  const sums = pairwiseSums(count);
  const weighted = eachTimes(count, samples.weights);
  const scaled = eachTimes(count, samples.scalar);
  const three = ev.multiplyPairs(both, pairs).map(keep);
  const two = ev.relinearizeAll(three, undefined).map(keep);
  const opened = decryptToPlaintexts(secret, a).map(keep);

  const inClear = (made: Plaintext<'ckks'>[]): Float64Array[] => thenDispose(made, decode);
  const decrypted = (made: Ciphertext<'ckks'>[]): Float64Array[] =>
    thenDispose(made, (cts) => inClear(decryptToPlaintexts(secret, cts)));
  const makes = <T extends Disposable>(per: number, make: () => T[], open: (made: T[]) => Float64Array[]): TimedOp => ({
    per,
    run: () => disposeAll(make()),
    results: () => open(make()),
  });
  // Transformed again and again, so that what it holds means nothing any more.
  let spent: Ciphertext<'ckks'>[] | undefined;
  const transform = (verb: 'nttForward' | 'nttInverse', cts: readonly Ciphertext<'ckks'>[]): void => {
    const { ring, parameters } = context;
    kernel[verb](
      ring,
      Int32Array.from(cts, (ct) => ct.handle),
      context.basis(parameters.maxLevel),
      2,
    );
  };
  const transforms = (verb: 'nttForward' | 'nttInverse'): TimedOp => ({
    per: 2 * parameters.dataPrimes.length * count,
    run: () => transform(verb, (spent ??= ev.rotateMany(a, [1]).map(keep))),
    results: () => {
      const fresh = ev.rotateMany(a, [1]);
      transform('nttInverse', fresh);
      transform('nttForward', fresh);
      return decrypted(fresh);
    },
  });
  const ciphertexts = (make: () => Ciphertext<'ckks'>[]): TimedOp => makes(count, make, decrypted);
  const plaintexts = (make: () => Plaintext<'ckks'>[]): TimedOp => makes(count, make, inClear);
  return {
    encode: plaintexts(() => encode(context, columns, { scale })),
    decode: { per: count, run: () => void decode(opened), results: () => decode(opened) },
    'encrypt-symmetric': ciphertexts(() => encryptSymmetricPlaintexts(secret, x)),
    'encrypt-public': ciphertexts(() => encryptPublic(publicKey, x)),
    decrypt: plaintexts(() => decryptToPlaintexts(secret, a)),
    add: ciphertexts(() => ev.linear(both, sums)),
    'multiply-plain': ciphertexts(() => ev.linearPlain(a, weighted)),
    'multiply-scalar': ciphertexts(() => ev.linearPlain(a, scaled)),
    'multiply-relinearize': ciphertexts(() =>
      thenDispose(ev.multiplyPairs(both, pairs), (products) => ev.relinearizeAll(products, undefined)),
    ),
    relinearize: ciphertexts(() => ev.relinearizeAll(three, undefined)),
    rescale: ciphertexts(() => ev.rescaleAll(two, undefined)),
    rotate: ciphertexts(() => ev.rotateMany(a, [1])),
    'rotate-hoisted': {
      ...makes(HOISTED_STEPS.length - 1, () => ev.rotateMany([first], HOISTED_STEPS), decrypted),
      less: () => disposeAll(ev.rotateMany([first], [1])),
    },
    'keygen-relinearization': makes(
      1,
      () => [generator.relinearizationKey(secret)],
      (made) =>
        thenDispose(made, ([relinearizationKey]) =>
          thenDispose([createCkksEvaluator(context, { relinearizationKey })], ([other]) =>
            decrypted(other!.relinearizeAll(three, undefined)),
          ),
        ),
    ),
    'keygen-galois': makes(
      1,
      () => [generator.galoisKeys(secret, { steps: [1] })],
      (made) =>
        thenDispose(made, ([galoisKeys]) =>
          thenDispose([createCkksEvaluator(context, { galoisKeys })], ([other]) =>
            decrypted(other!.rotateMany(a, [1])),
          ),
        ),
    ),
    'ntt-forward': transforms('nttForward'),
    'ntt-inverse': transforms('nttInverse'),
  } satisfies OwnEngine['ops'];
}

/** Output i = ciphertext i + ciphertext i + count. */
export const pairwiseSums = (count: number): LinearRows => ({
  outputs: count,
  inputs: 2 * count,
  rowStart: Int32Array.from({ length: count + 1 }, (_, i) => 2 * i),
  columns: Int32Array.from({ length: 2 * count }, (_, i) => (i >> 1) + (i & 1) * count),
  values: new Int32Array(2 * count).fill(1),
  scale: 1,
});

/** Output i = ciphertext i times the weight: the same one, so that it is encoded once. */
export const eachTimes = (count: number, weight: Float64Array | number): PlainRows => ({
  inputs: count,
  rows: Array.from({ length: count }, (_, from) => [{ from, weight }]),
});

export function thenDispose<T extends Disposable, R>(made: T[], body: (made: T[]) => R): R {
  try {
    return body(made);
  } finally {
    disposeAll(made);
  }
}

function disposeAll(list: readonly Disposable[]): void {
  for (const item of list) item.dispose();
}
