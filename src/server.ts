/**
 * `hesper/server`: runs plans, and programs of your own, on ciphertexts. Nothing here can reach a secret key, nor name one.
 *
 * @module server
 */

// Plans: networks as a service.

export type { Plan } from './compiler/plan.ts';
export { loadPlan, savePlan } from './compiler/save-plan.ts';
export { type ErrorCode, HesperError } from './errors.ts';
export type { Kernel, KernelVariant } from './kernel/kernel.ts';
export { loadKernel } from './kernel/load.ts';
export { InferenceServer } from './service/server/inference-server.ts';
export { InferenceSession, type Timing } from './service/server/inference-session.ts';

// What clients upload: kept by its content, over restarts too.

export {
  directoryStore,
  memoryStore,
  type ObjectStore,
  type Progress,
  type StoreOptions,
} from './service/store/object-store.ts';

// The evaluating half of the engine: `hesper/he` without whatever makes, holds or uses a secret key.

export { addAll, multiplyAll, subtractAll } from './circuits/combine.ts';
export type { Evaluator } from './evaluator/evaluator.ts';
export type { ManagedEvaluator } from './evaluator/managed.ts';
export { linearRows } from './evaluator/rows.ts';
export type { Complex, ComplexVector, LinearRows, Plain, PlainRows, PlainTerm } from './evaluator/verbs.ts';
export { contentId } from './format/content-id.ts';
export type { Ciphertext, Form, FormOf } from './rlwe/ciphertext.ts';
export { type Context, createContext } from './rlwe/context.ts';
export { encryptPublic } from './rlwe/encrypt.ts';
export { encryptIntegersPublic } from './rlwe/encrypt-integers.ts';
export type { RelinearizationKey } from './rlwe/evaluation-keys.ts';
export { GaloisKeys, mergeGaloisKeys } from './rlwe/galois-keys.ts';
export {
  type ObjectReceiver,
  type ReceiveOptions,
  receiveGaloisKeys,
  receiveRelinearizationKey,
} from './rlwe/key-stream.ts';
export type { Parameters, Scheme } from './rlwe/parameters.ts';
export type { PublicKey } from './rlwe/public-key.ts';
export {
  type LoadParametersOptions,
  loadCiphertexts,
  loadIntegerCiphertexts,
  loadParameters,
  loadPublicKey,
  saveCiphertexts,
} from './rlwe/serialize.ts';
export { loadGaloisKeys, loadRelinearizationKey } from './rlwe/serialize-keys.ts';
export { type BfvEvaluator, type BfvEvaluatorOptions, createBfvEvaluator } from './schemes/bfv/evaluator.ts';
export { encode } from './schemes/ckks/encoder.ts';
export { type CkksEvaluator, type CkksEvaluatorOptions, createCkksEvaluator } from './schemes/ckks/evaluator.ts';
export { managedCkks } from './schemes/ckks/managed.ts';
