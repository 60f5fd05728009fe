/** `hesper/server`: runs plans on ciphertexts. Nothing here can reach a secret key. */

export type { Plan } from './compiler/plan.ts';
export { loadPlan, savePlan } from './compiler/save-plan.ts';
export { type ErrorCode, HesperError } from './errors.ts';
export type { Kernel, KernelVariant } from './kernel/kernel.ts';
export { loadKernel } from './kernel/load.ts';
export { InferenceServer } from './service/server/inference-server.ts';
export { InferenceSession, type Timing } from './service/server/inference-session.ts';
