/**
 * `hesper/he`: the engine by itself. Parameters, keys, encryption, arithmetic on ciphertexts, decryption, bytes.
 *
 * Verbs act on lists: (ciphertexts, argument) -> ciphertexts, because one call is one job of the kernel. A ciphertext's
 * scheme and form are in its type, and every failure is a `HesperError` with a code. Memory has an owner: `using`,
 * `dispose()`, or an evaluator's scope. Circuits made of these verbs are in `hesper/circuits`.
 *
 * @module he
 */

// Where the arithmetic runs, and how failures are told.

export { type ErrorCode, HesperError } from './errors.ts';
export type { Kernel, KernelVariant } from './kernel/kernel.ts';
export { availableKernels, loadKernel } from './kernel/load.ts';

// Parameters: chosen by what is to be computed, or written down prime by prime.

export { generatePrimes } from './ring/primes.ts';
export { type Context, createContext } from './rlwe/context.ts';
export {
  createInsecureParameters,
  createParameters,
  type Parameters,
  type ParametersLiteral,
  type Scheme,
  type SchemeOf,
} from './rlwe/parameters.ts';
export { suitsSlots } from './rlwe/plain-ring.ts';
export { type BfvDemand, chooseBfvParameters } from './schemes/bfv/choose-parameters.ts';
export { type CkksDemand, chooseCkksParameters } from './schemes/ckks/choose-parameters.ts';
export { maxLogQP } from './security/check.ts';
export type { SecurityBits, SecurityProfile } from './security/tables.ts';

// Keys: whoever holds a `SecretKey` can decrypt; the others are public.

export type { RelinearizationKey } from './rlwe/evaluation-keys.ts';
export { type GaloisKeyOptions, GaloisKeys, mergeGaloisKeys, type RotationDemand } from './rlwe/galois-keys.ts';
export type { PublicKey } from './rlwe/public-key.ts';
export { KeyGenerator, type RelinearizationKeyOptions } from './rlwe/secret/key-generator.ts';
export type { PassphraseOptions } from './rlwe/secret/passphrase.ts';
export type { SecretKey } from './rlwe/secret/secret-key.ts';
export {
  loadSecretKey,
  type SaveSecretKeyOptions,
  saveSecretKey,
  secretKeyFileBytes,
} from './rlwe/secret/secret-key-file.ts';

// Messages: approximate numbers (CKKS), exact integers (BFV).

export type { IntegerColumn, IntegerEncoding, IntegerOptions } from './rlwe/integers.ts';
export type { Plaintext } from './rlwe/plaintext.ts';
export type { Column, ComplexColumn, Encoding } from './rlwe/slots.ts';
export { decodeIntegers, encodeIntegers } from './schemes/bfv/encoder.ts';
export { decode, decodeComplex, encode } from './schemes/ckks/encoder.ts';

// Encryption.

export type { Ciphertext, Form, FormOf } from './rlwe/ciphertext.ts';
export { encryptPublic } from './rlwe/encrypt.ts';
export { encryptIntegersPublic } from './rlwe/encrypt-integers.ts';
export { encryptIntegers, encryptIntegersToBytes } from './rlwe/secret/encrypt-integers.ts';
export { encryptSymmetricPlaintexts } from './rlwe/secret/encrypt-plaintexts.ts';
export { encryptSymmetric, encryptSymmetricSeededToBytes } from './rlwe/secret/encrypt-symmetric.ts';

// Arithmetic on ciphertexts.

export { addAll, multiplyAll, subtractAll } from './circuits/combine.ts';
export type { Evaluator } from './evaluator/evaluator.ts';
export type { ManagedEvaluator } from './evaluator/managed.ts';
export { linearRows } from './evaluator/rows.ts';
export type { Complex, ComplexVector, LinearRows, Plain, PlainRows, PlainTerm } from './evaluator/verbs.ts';
export { type BfvEvaluator, type BfvEvaluatorOptions, createBfvEvaluator } from './schemes/bfv/evaluator.ts';
export type { Alignment } from './schemes/ckks/align.ts';
export { type CkksEvaluator, type CkksEvaluatorOptions, createCkksEvaluator } from './schemes/ckks/evaluator.ts';
export { managedCkks } from './schemes/ckks/managed.ts';
export type { CiphertextScope } from './schemes/common/scope.ts';

// Decryption for the key owner, and releases: results that may be published.

export { type DecryptOptions, decryptPrivate, type PrivateValues } from './rlwe/secret/decrypt.ts';
export { decryptIntegers, type PrivateIntegers } from './rlwe/secret/decrypt-integers.ts';
export { decryptToPlaintexts } from './rlwe/secret/decrypt-plaintext.ts';
export type { StaticBound } from './rlwe/secret/flooding.ts';
export { type MeasuredNoise, measureNoise, type PrivateNoise } from './rlwe/secret/measure-noise.ts';
export { decryptForRelease, type ReleasedValues, type ReleaseOptions } from './rlwe/secret/release.ts';
export { type PersistReleases, ReleaseCounter, type ReleaseState } from './rlwe/secret/release-counter.ts';
export { type PrecisionReport, precisionReport } from './schemes/ckks/precision.ts';

// Bytes, whole or in pieces.

export { contentId } from './format/content-id.ts';
export type { StreamOptions } from './rlwe/key-pieces.ts';
export {
  type ObjectReceiver,
  type ReceiveOptions,
  receiveGaloisKeys,
  receiveRelinearizationKey,
  streamGaloisKeys,
  streamRelinearizationKey,
} from './rlwe/key-stream.ts';
export {
  type LoadParametersOptions,
  loadCiphertexts,
  loadIntegerCiphertexts,
  loadParameters,
  loadPublicKey,
  saveCiphertexts,
  saveParameters,
  savePublicKey,
} from './rlwe/serialize.ts';
export {
  galoisKeysBytes,
  loadGaloisKeys,
  loadRelinearizationKey,
  relinearizationKeyBytes,
  saveGaloisKeys,
  saveRelinearizationKey,
} from './rlwe/serialize-keys.ts';
export {
  type IntegerPlaintexts,
  loadIntegerPlaintexts,
  loadPlaintexts,
  saveIntegerPlaintexts,
  savePlaintexts,
} from './rlwe/serialize-plaintexts.ts';
