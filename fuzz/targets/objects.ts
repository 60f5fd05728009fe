/** Parameters, keys, plaintexts and ciphertexts of both schemes, as their owners send them. */

import { sha256 } from '@noble/hashes/sha2.js';
import { HEADER_BYTES, kinds } from '../../src/format/header.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { generatePrimes } from '../../src/ring/primes.ts';
import { disposeAll } from '../../src/rlwe/buffers.ts';
import { type Context, createContext } from '../../src/rlwe/context.ts';
import { createInsecureParameters, createParameters, type Parameters, type Scheme } from '../../src/rlwe/parameters.ts';
import { encryptIntegers, encryptIntegersToBytes } from '../../src/rlwe/secret/encrypt-integers.ts';
import { encryptSymmetric, encryptSymmetricSeededToBytes } from '../../src/rlwe/secret/encrypt-symmetric.ts';
import { KeyGenerator } from '../../src/rlwe/secret/key-generator.ts';
import type { SecretKey } from '../../src/rlwe/secret/secret-key.ts';
import {
  loadCiphertexts,
  loadIntegerCiphertexts,
  loadParameters,
  loadPublicKey,
  saveCiphertexts,
  saveParameters,
  savePublicKey,
} from '../../src/rlwe/serialize.ts';
import {
  loadGaloisKeys,
  loadRelinearizationKey,
  saveGaloisKeys,
  saveRelinearizationKey,
} from '../../src/rlwe/serialize-keys.ts';
import {
  loadIntegerPlaintexts,
  loadPlaintexts,
  saveIntegerPlaintexts,
  savePlaintexts,
} from '../../src/rlwe/serialize-plaintexts.ts';
import { ALLOCATION_FACTOR, ALLOCATION_SLACK } from '../../src/rlwe/wire.ts';
import { encode } from '../../src/schemes/ckks/encoder.ts';
import type { MakeTarget, Target } from '../target.ts';

/** The smallest ring and small primes: many inputs a second, and a small corpus. */
const n = 1024;
const primes = generatePrimes(n, [17, 18, 19]);
const literal = { ringDegree: n, dataPrimes: primes.slice(0, 2), specialPrimes: primes.slice(2) };
export const ckksParameters = createInsecureParameters(literal);
const plaintextModuli = [...generatePrimes(n, [16]), 625];
export const bfvParameters = createInsecureParameters({ ...literal, plaintextModuli });

/** Keys and ciphertexts of the samples are the same in every run, so that a corpus stays good. */
const seeded = (first: number) => ({ insecureSeedForTests: new Uint8Array(32).fill(first) });

export interface Party<S extends Scheme> {
  readonly context: Context<S>;
  readonly generator: KeyGenerator<S>;
  readonly secretKey: SecretKey<S>;
}

export function party<S extends Scheme>(kernel: Kernel, parameters: Parameters<S>): Party<S> {
  const context = createContext(parameters, kernel);
  const generator = new KeyGenerator(context, seeded(1));
  return { context, generator, secretKey: generator.secretKey() };
}

/** Stated in src/rlwe/wire.ts. */
export const objectBound = (length: number): number => ALLOCATION_SLACK + ALLOCATION_FACTOR * length;

/** Changed bytes under the right header again: all but the kind of object, which may be wrong. */
export function underHeader(bytes: Uint8Array, sample: Uint8Array): Uint8Array | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const copy = bytes.slice();
  copy.set(sample.subarray(0, HEADER_BYTES));
  copy[6] = bytes[6]!;
  new DataView(copy.buffer).setBigUint64(8, BigInt(copy.length), true);
  return copy;
}

const isSeeded = (bytes: Uint8Array): boolean => bytes[6] === kinds.seededCiphertexts;

/** A target for one kind of object under parameters of its own, with an owner to make samples. */
export const ofOwner =
  <S extends Scheme>(
    parameters: Parameters<S>,
    make: (owner: Party<S>) => Pick<Target, 'samples' | 'read' | 'expands'>,
  ): MakeTarget =>
  (kernel) => {
    const owner = party(kernel, parameters);
    const target = make(owner);
    return {
      ...target,
      bound: objectBound,
      repair: (bytes) => underHeader(bytes, target.samples[0]!),
      dispose: () => disposeAll([owner.secretKey, owner.context]),
    };
  };

/** The bytes of an object that is made only for them. */
export function bytesOf<T extends { dispose(): void }>(made: T, save: (made: T) => Uint8Array): Uint8Array {
  try {
    return save(made);
  } finally {
    made.dispose();
  }
}

export const parameters: MakeTarget = () => ({
  samples: [
    ckksParameters,
    bfvParameters,
    createParameters({ ringDegree: 2048, dataPrimes: generatePrimes(2048, [27]), specialPrimes: [] }),
  ].map(saveParameters),
  read: (bytes) => {
    const read = loadParameters(bytes, { allowInsecure: true });
    return { save: () => saveParameters(read) };
  },
  bound: objectBound,
  repair: withParametersId,
});

/** The id of whatever parameters these are. */
function withParametersId(bytes: Uint8Array): Uint8Array | undefined {
  const copy = underHeader(bytes, bytes);
  copy?.set(sha256(copy.subarray(HEADER_BYTES)), 16);
  return copy;
}

export const publicKey: MakeTarget = ofOwner(ckksParameters, ({ context, generator, secretKey }) => ({
  samples: [bytesOf(generator.publicKey(secretKey), savePublicKey)],
  read: (bytes) => {
    const read = loadPublicKey(context, bytes);
    return { save: () => savePublicKey(read), dispose: () => read.dispose() };
  },
}));

export const relinearizationKey: MakeTarget = ofOwner(ckksParameters, ({ context, generator, secretKey }) => ({
  samples: [{ parts: 3 }, { parts: 4, level: 0 }].map((options) =>
    bytesOf(generator.relinearizationKey(secretKey, options), saveRelinearizationKey),
  ),
  read: (bytes) => {
    const read = loadRelinearizationKey(context, bytes);
    return { save: () => saveRelinearizationKey(read), dispose: () => read.dispose() };
  },
}));

export const galoisKeys: MakeTarget = ofOwner(ckksParameters, ({ context, generator, secretKey }) => ({
  samples: [{ steps: [1], conjugation: true, level: 0 }, { steps: [{ step: -4, level: 1 }] }, { steps: [] }].map(
    (options) => bytesOf(generator.galoisKeys(secretKey, options), saveGaloisKeys),
  ),
  read: (bytes) => {
    const read = loadGaloisKeys(context, bytes);
    return { save: () => saveGaloisKeys(read), dispose: () => read.dispose() };
  },
}));

export const ciphertexts: MakeTarget = ofOwner(ckksParameters, ({ context, secretKey }) => ({
  samples: ckksBatches(secretKey),
  read: (bytes) => {
    const read = loadCiphertexts(context, bytes);
    return { ...(read.length > 0 ? { save: () => saveCiphertexts(read) } : {}), dispose: () => disposeAll(read) };
  },
  expands: isSeeded,
}));

export function ckksBatches(secretKey: SecretKey<'ckks'>): Uint8Array[] {
  const columns = [Float64Array.of(1, -2), Float64Array.of(0.5)];
  const options = { scale: 2 ** 12, ...seeded(2) };
  const full = encryptSymmetric(secretKey, columns.slice(1), { ...options, level: 0 });
  const batches = [
    encryptSymmetricSeededToBytes(secretKey, columns, options),
    encryptSymmetricSeededToBytes(secretKey, columns.slice(1), { ...options, level: 0 }),
    saveCiphertexts(full),
  ];
  disposeAll(full);
  return batches;
}

export const integerCiphertexts: MakeTarget = ofOwner(bfvParameters, ({ context, secretKey }) => ({
  samples: bfvBatches(secretKey),
  read: (bytes) => {
    const read = loadIntegerCiphertexts(context, bytes);
    return { ...(read.length > 0 ? { save: () => saveCiphertexts(read) } : {}), dispose: () => disposeAll(read) };
  },
  expands: isSeeded,
}));

export function bfvBatches(secretKey: SecretKey<'bfv'>): Uint8Array[] {
  const columns = [Int32Array.of(5), Int32Array.of(-77)];
  const options = { encoding: 'coefficients', moduli: [625], ...seeded(3) } as const;
  const full = encryptIntegers(secretKey, columns.slice(1), { ...options, level: 0 });
  const batches = [...encryptIntegersToBytes(secretKey, columns, options), saveCiphertexts(full[0]!)];
  disposeAll(full.flat());
  return batches;
}

export const plaintexts: MakeTarget = ofOwner(ckksParameters, ({ context }) => ({
  samples: [0, 1].map((level) => {
    const made = encode(context, [Float64Array.of(1, -2), Float64Array.of(3)], { scale: 2 ** 10, level });
    const bytes = savePlaintexts(made);
    disposeAll(made);
    return bytes;
  }),
  read: (bytes) => {
    const read = loadPlaintexts(context, bytes);
    return { ...(read.length > 0 ? { save: () => savePlaintexts(read) } : {}), dispose: () => disposeAll(read) };
  },
}));

export const integerPlaintexts: MakeTarget = ofOwner(bfvParameters, ({ context }) => ({
  samples: [
    saveIntegerPlaintexts(context, {
      plaintextModulus: plaintextModuli[0]!,
      polynomials: [new Float64Array(n).fill(-3), new Float64Array(n)],
    }),
    saveIntegerPlaintexts(context, { plaintextModulus: 625, polynomials: [] }),
  ],
  read: (bytes) => {
    const read = loadIntegerPlaintexts(context, bytes);
    return { save: () => saveIntegerPlaintexts(context, read) };
  },
}));
