/** The engine by itself: kernel, parameters, keys, encryption, encrypted arithmetic, bytes. */
export { chebyshevFit } from './circuits/approximate/chebyshev.ts';
export { type Series, seriesValue } from './circuits/approximate/series.ts';
export { broadcastRotations, broadcastSlots, maskSlots } from './circuits/broadcast.ts';
export {
  approximateSign,
  compareAll,
  maximumAll,
  minimumAll,
  type SignApproximation,
  type SignOptions,
  signAll,
} from './circuits/compare.ts';
export { imaginaryPart, packComplex, realPart, unpackComplex } from './circuits/complex.ts';
export { innerSum, innerSumRotations, replicate, replicateRotations, type Span } from './circuits/inner-sum.ts';
export { divideAll, type InverseOptions, inverseAll, inverseSteps } from './circuits/inverse.ts';
export {
  type Diagonals,
  diagonalsOf,
  type LinearTransform,
  linearTransform,
  prepareLinearTransform,
  type TransformOptions,
} from './circuits/linear-transform.ts';
export {
  type DenseMatrix,
  type Matrix,
  multiplyColumns,
  multiplyDense,
  multiplyRows,
  packDense,
  packRows,
  prepareColumnMatrix,
  prepareDenseMatrix,
  prepareRowMatrix,
  type RowMatrix,
} from './circuits/matrix-vector.ts';
export { evaluatePolynomial, polynomialDepth } from './circuits/polynomial.ts';
export { type PolynomialPlan, planPolynomial } from './circuits/polynomial-plan.ts';
export { type KeyLevels, type KeyNeeds, keyLevelsNeeded, keysNeeded } from './circuits/rotations.ts';
export { type ErrorCode, HesperError } from './errors.ts';
export type { Evaluator } from './evaluator/evaluator.ts';
export { type ManagedEvaluator, type ManagedOptions, managed } from './evaluator/managed.ts';
export { createTracer, type Traced, type TraceOptions, type Tracer } from './evaluator/trace.ts';
export {
  createSamplingTracer,
  type Sampled,
  type SamplingOptions,
  type SamplingTracer,
} from './evaluator/trace-samples.ts';
export type {
  Complex,
  ComplexVector,
  LinearRows,
  Plain,
  PlainRows,
  PlainTerm,
  PointwiseStep,
} from './evaluator/verbs.ts';
export { contentId } from './format/content-id.ts';
export { type Kernel, type KernelVariant, POINTWISE, type PoolStats, PRIME_LIMIT } from './kernel/kernel.ts';
export { availableKernels, loadKernel } from './kernel/load.ts';
export { generatePrimes, primitiveRoot } from './ring/primes.ts';
export type { Ciphertext } from './rlwe/ciphertext.ts';
export { type Context, createContext } from './rlwe/context.ts';
export { encryptPublic } from './rlwe/encrypt.ts';
export { encryptIntegersPublic } from './rlwe/encrypt-integers.ts';
export type { RelinearizationKey } from './rlwe/evaluation-keys.ts';
export { type GaloisKeyOptions, GaloisKeys, mergeGaloisKeys, type RotationDemand } from './rlwe/galois-keys.ts';
export type { IntegerColumn, IntegerEncoding, IntegerOptions } from './rlwe/integers.ts';
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
  createInsecureParameters,
  createParameters,
  type Parameters,
  type ParametersLiteral,
  type Scheme,
} from './rlwe/parameters.ts';
export { suitsSlots } from './rlwe/plain-ring.ts';
export type { Plaintext } from './rlwe/plaintext.ts';
export type { PublicKey } from './rlwe/public-key.ts';
export { type DecryptOptions, decryptPrivate, type PrivateValues } from './rlwe/secret/decrypt.ts';
export { decryptIntegers, type PrivateIntegers } from './rlwe/secret/decrypt-integers.ts';
export { decryptToPlaintexts } from './rlwe/secret/decrypt-plaintext.ts';
export { encryptIntegers, encryptIntegersToBytes } from './rlwe/secret/encrypt-integers.ts';
export { encryptSymmetricPlaintexts } from './rlwe/secret/encrypt-plaintexts.ts';
export { encryptSymmetric, encryptSymmetricSeededToBytes } from './rlwe/secret/encrypt-symmetric.ts';
export { FAILURE_BITS, type StaticBound } from './rlwe/secret/flooding.ts';
export { KeyGenerator, type RelinearizationKeyOptions } from './rlwe/secret/key-generator.ts';
export { type MeasuredNoise, measureNoise, type PrivateNoise } from './rlwe/secret/measure-noise.ts';
export type { PassphraseOptions } from './rlwe/secret/passphrase.ts';
export { decryptForRelease, type ReleasedValues, type ReleaseOptions } from './rlwe/secret/release.ts';
export { type PersistReleases, ReleaseCounter, type ReleaseState } from './rlwe/secret/release-counter.ts';
export type { SecretKey } from './rlwe/secret/secret-key.ts';
export {
  loadSecretKey,
  type SaveSecretKeyOptions,
  saveSecretKey,
  secretKeyFileBytes,
} from './rlwe/secret/secret-key-file.ts';
export {
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
export type { Column, ComplexColumn } from './rlwe/slots.ts';
export { decodeIntegers, encodeIntegers } from './schemes/bfv/encoder.ts';
export { type BfvEvaluator, type BfvEvaluatorOptions, createBfvEvaluator } from './schemes/bfv/evaluator.ts';
export type { Alignment } from './schemes/ckks/align.ts';
export {
  type CkksDemand,
  chooseCkksParameters,
  type KeySwitchingChoice,
  keySwitchingChoices,
} from './schemes/ckks/choose-parameters.ts';
export { decode, decodeComplex, encode, encodingError } from './schemes/ckks/encoder.ts';
export { type CkksEvaluator, type CkksEvaluatorOptions, createCkksEvaluator } from './schemes/ckks/evaluator.ts';
export { type PrecisionReport, precisionReport } from './schemes/ckks/precision.ts';
export type { CiphertextScope } from './schemes/common/scope.ts';
export { checkSecurity, maxLogQP } from './security/check.ts';
export type { SecurityBits, SecurityProfile } from './security/tables.ts';
export { verificationText } from './verification/text.ts';
export { type Verification, type VerifyOptions, verifyPlan } from './verification/verify-plan.ts';
