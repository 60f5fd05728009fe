/**
 * `hesper/client`: the owner of the data and of the secret key. Runs in Node and in browsers, where its kernel is the small
 * one that computes on no ciphertext. `InferenceClient` is the whole client of a plan; the rest is the engine's part for
 * those who bring their own protocol: parameters, keys, encryption, decryption, bytes.
 */
export { type ErrorCode, HesperError } from './errors.ts';
export { contentId } from './format/content-id.ts';
export type { Kernel, KernelVariant } from './kernel/kernel.ts';
export { loadClientKernel as loadKernel } from './kernel/load-client.ts';
export type { Ciphertext } from './rlwe/ciphertext.ts';
export { type Context, createContext } from './rlwe/context.ts';
export { encryptPublic } from './rlwe/encrypt.ts';
export { encryptIntegersPublic } from './rlwe/encrypt-integers.ts';
export type { RelinearizationKey } from './rlwe/evaluation-keys.ts';
export type { GaloisKeyOptions, GaloisKeys, RotationDemand } from './rlwe/galois-keys.ts';
export type { IntegerColumn, IntegerEncoding, IntegerOptions } from './rlwe/integers.ts';
export type { StreamOptions } from './rlwe/key-pieces.ts';
export { streamGaloisKeys, streamRelinearizationKey } from './rlwe/key-stream.ts';
export { createParameters, type Parameters, type ParametersLiteral, type Scheme } from './rlwe/parameters.ts';
export type { Plaintext } from './rlwe/plaintext.ts';
export type { PublicKey } from './rlwe/public-key.ts';
export { type DecryptOptions, decryptPrivate, type PrivateValues } from './rlwe/secret/decrypt.ts';
export { decryptIntegers, type PrivateIntegers } from './rlwe/secret/decrypt-integers.ts';
export { encryptIntegers, encryptIntegersToBytes } from './rlwe/secret/encrypt-integers.ts';
export { encryptSymmetric, encryptSymmetricSeededToBytes } from './rlwe/secret/encrypt-symmetric.ts';
export { KeyGenerator, type RelinearizationKeyOptions } from './rlwe/secret/key-generator.ts';
export type { PassphraseOptions } from './rlwe/secret/passphrase.ts';
export type { SecretKey } from './rlwe/secret/secret-key.ts';
export { loadSecretKey, type SaveSecretKeyOptions, saveSecretKey } from './rlwe/secret/secret-key-file.ts';
export {
  loadCiphertexts,
  loadIntegerCiphertexts,
  loadParameters,
  loadPublicKey,
  saveCiphertexts,
  saveParameters,
  savePublicKey,
} from './rlwe/serialize.ts';
export { saveGaloisKeys, saveRelinearizationKey } from './rlwe/serialize-keys.ts';
export type { Column, ComplexColumn } from './rlwe/slots.ts';
export { decodeIntegers, encodeIntegers } from './schemes/bfv/encoder.ts';
export { decode, decodeComplex, encode } from './schemes/ckks/encoder.ts';
export { type HelloOptions, InferenceClient } from './service/client/inference-client.ts';
export { PrivateOutputs } from './service/client/private-outputs.ts';
