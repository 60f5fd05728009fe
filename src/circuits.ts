/**
 * `hesper/circuits`: programs for any evaluator. Linear transforms and matrix products, polynomials, inverses,
 * comparisons; what they cost and which keys they need; tracers that bound their errors without any cryptography.
 */
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
export type { Complex, ComplexVector, LinearRows, Plain, PlainRows, PlainTerm } from './evaluator/verbs.ts';
