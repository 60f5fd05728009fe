/** `hesper`: declare, load and plan models. No cryptography is loaded until a kernel is. */

export { planBfv } from './compiler/bfv/compile.ts';
export type { BfvPlanOptions } from './compiler/bfv/options.ts';
export type { BfvClientPlan, BfvPlan } from './compiler/bfv/plan.ts';
export { clearIntegers, clearOutputs } from './compiler/clear-outputs.ts';
export { type CompareOptions, comparePlans, compareText, type PlanComparison } from './compiler/compare-plans.ts';
export { plan } from './compiler/compile.ts';
export { explain } from './compiler/explain.ts';
export type { PlanOptions } from './compiler/options.ts';
export { type CkksPlan, type ClientPlan, clientPlan, type Plan } from './compiler/plan.ts';
export { loadPlan, savePlan } from './compiler/save-plan.ts';
export { type ErrorCode, HesperError } from './errors.ts';
export { type Graph, rowsOf, type Tensor } from './graph/graph.ts';
export { adam, cosineDecay, exponentialDecay, sgd } from './heras/compile.ts';
export { activation, square } from './heras/layers/activation.ts';
export { averagePooling2d } from './heras/layers/average-pooling-2d.ts';
export { conv2d } from './heras/layers/conv2d.ts';
export { dense } from './heras/layers/dense.ts';
export { flatten } from './heras/layers/flatten.ts';
export { inputLayer } from './heras/layers/input-layer.ts';
export { quadratic } from './heras/layers/quadratic.ts';
export { zeroPadding2d } from './heras/layers/zero-padding-2d.ts';
export { loadModel, modelFromBytes } from './heras/load.ts';
export { Sequential, sequential } from './heras/sequential.ts';
export { loadShippedModel, type ShippedModel, shippedModels } from './heras/shipped.ts';
export { loadKernel } from './kernel/load.ts';
