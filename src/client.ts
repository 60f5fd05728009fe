/** `hesper/client`: the owner of the data and of the secret key. Runs in Node and in browsers. */
export { type ErrorCode, HesperError } from './errors.ts';
export type { Kernel, KernelVariant } from './kernel/kernel.ts';
export { loadClientKernel as loadKernel } from './kernel/load-client.ts';
export type { PassphraseOptions } from './rlwe/secret/passphrase.ts';
export { loadSecretKey, type SaveSecretKeyOptions, saveSecretKey } from './rlwe/secret/secret-key-file.ts';
export { InferenceClient } from './service/client/inference-client.ts';
export { PrivateOutputs } from './service/client/private-outputs.ts';
