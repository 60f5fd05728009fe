import { z } from 'zod/mini';
import { HesperError } from '../errors.ts';
import type { Program } from '../evaluator/record.ts';
import { type BfvPlan, bfvClientPlanSchema } from './bfv/plan.ts';
import { declarationSchema, layerFields, operationsSchema, PLAN_VERSION } from './plan-fields.ts';

const count = z.int().check(z.nonnegative());
const positive = z.number().check(z.positive());

const layer = z.object({
  ...layerFields,
  /** log2 of the scale behind it, before and after rescaling. */
  scaleBits: z.number(),
  rescaledBits: z.number(),
  /** log2 of the calibrated maximum of its values. */
  boundBits: z.number(),
});

const prime = z.int().check(z.positive());

/** What both sides know of a CKKS plan: no weights in it. */
const ckksClientPlanSchema = z.object({
  version: z.literal(PLAN_VERSION),
  model: z.string(),
  /** SHA-256 of the model, hexadecimal. */
  modelDigest: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
  scheme: z.literal('ckks'),
  ringDegree: z.int().check(z.positive()),
  /** Data primes, last dropped first, then the special ones of the evaluation keys (none if no key is needed). */
  dataPrimes: z.array(prime).check(z.minLength(1)),
  specialPrimes: z.array(prime),
  logQ: positive,
  logQP: positive,
  /** Security level asked for and kept, by the table named. */
  securityBits: z.union([z.literal(128), z.literal(192), z.literal(256)]),
  securityTable: z.string(),
  /** Images per batch, one per slot. */
  slots: z.int().check(z.positive()),
  inputShape: z.array(z.int().check(z.positive())).check(z.minLength(1)),
  outputShape: z.array(z.int().check(z.positive())).check(z.minLength(1)),
  /** `scale`: of the encryption. `declaration`: inputs are rounded before, as the model declares. */
  input: z.object({
    ciphertexts: z.int().check(z.positive()),
    level: count,
    scale: positive,
    declaration: z.nullable(declarationSchema),
  }),
  output: z.object({
    ciphertexts: z.int().check(z.positive()),
    level: count,
    parts: z.int().check(z.minimum(2), z.maximum(9)),
    scale: positive,
  }),
  /** Powers of the secret for which relinearisation needs keys: [], [2], [2, 3, 4], ... */
  evaluationKeyPowers: z.array(z.int().check(z.minimum(2), z.maximum(8))),
  relinearization: z.enum(['never', 'lazy', 'eager', 'mixed']),
  objective: z.enum(['throughput', 'latency', 'bytes']),
  /** Widest weights of all layers, in signed bits. */
  weightBits: count,
  layers: z.array(layer).check(z.minLength(1)),
  /** Bits: -log2 of an error over the largest output. */
  precision: z.object({
    /** Demanded, and so stated; encrypted against the same integer plan in the clear, largest error of a batch. */
    statedBits: positive,
    /** What a simulated batch shows. */
    predictedBits: z.number(),
    /** Largest output on the calibration batch. */
    maxOutput: positive,
    /** The integer plan against the float network: root mean square and largest error, share of equal decisions. */
    quantizationRmsBits: z.number(),
    quantizationWorstBits: z.number(),
    quantizationAgreement: z.number(),
    calibrationInputs: z.int().check(z.positive()),
  }),
  /** Bytes for one full batch, headers left out. */
  messages: z.object({ uploadBytes: count, downloadBytes: count, evaluationKeyBytes: count }),
  /** Ciphertexts held by the server at the fullest moment, keys included. */
  memoryBytes: count,
  operations: operationsSchema,
  /** Seconds of one thread by the cost model named. */
  cost: z.object({ model: z.string(), loadSeconds: z.number(), evaluateSeconds: z.number() }),
});

/** What both sides know: no weights in it. */
export const clientPlanSchema = z.discriminatedUnion('scheme', [ckksClientPlanSchema, bfvClientPlanSchema]);

/** The plan without the weights: what a client needs to encrypt and decrypt. */
export type ClientPlan = z.infer<typeof clientPlanSchema>;
export type CkksClientPlan = Extract<ClientPlan, { readonly scheme: 'ckks' }>;

/** Everything decided about a model: plain data, and the program with the integer weights. */
export type Plan = CkksPlan | BfvPlan;

export interface CkksPlan extends CkksClientPlan {
  readonly program: Program;
}

export type PlanLayer = CkksClientPlan['layers'][number];

/** The plan for the client: everything but the weights. */
export function clientPlan(plan: Plan): ClientPlan {
  const { program: _, ...rest } = plan;
  return rest;
}

/** Throws 'plan-mismatch' unless plan and model (or plan and plan) are of one model. */
export function checkSameModel(plan: ClientPlan, digest: string): void {
  if (plan.modelDigest === digest) return;
  throw new HesperError('plan-mismatch', `The plan of '${plan.model}' was made for another model`, {
    met: plan.modelDigest,
    wanted: digest,
    remedy: 'Plan again with this model, or load the model that the plan was made for.',
  });
}
