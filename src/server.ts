/** `hesper/server`: runs plans on ciphertexts. Nothing here can reach a secret key. */
export { HesperError, type ErrorCode } from './errors.ts';
export { type Plan, loadPlan, savePlan } from './compiler/plan.ts';
export type { Kernel, KernelVariant } from './kernel/kernel.ts';
export { loadKernel } from './kernel/load.ts';
export { InferenceServer, InferenceSession, type Timing } from './service/server/inference-server.ts';
