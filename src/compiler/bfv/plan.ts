import { z } from 'zod/mini';
import type { Program } from '../../evaluator/record.ts';
import { layerFields, operationsSchema, PLAN_VERSION } from '../plan-fields.ts';

const count = z.int().check(z.nonnegative());
const positive = z.number().check(z.positive());
const bits = z.number();
const prime = z.int().check(z.positive());
const digits = z.string().check(z.regex(/^(0|[1-9]\d{0,399})$/));
const range = z.tuple([z.number(), z.number()]);

const layer = z.object({
  ...layerFields,
  /** What its values stand for is integer / scale. */
  scale: positive,
  /** Largest |integer| behind it for any input of the range, decimal, and its bits. */
  bound: digits,
  boundBits: bits,
  /** Largest |coefficient| and the degree in coefficient mode: bits of what the plaintext moduli hold. */
  plaintextBits: bits,
  degree: count,
  /** log2 of the predicted standard deviation of the noise, and bits of budget left by the worst case. */
  noiseBits: bits,
  worstBits: bits,
  budgetBits: bits,
});

const candidate = z.object({
  ringDegree: z.int().check(z.positive()),
  plaintextModuli: z.array(prime),
  relinearization: z.enum(['never', 'lazy']),
  /** 0 where none fits the security table. */
  dataPrimes: count,
  logQ: z.number().check(z.nonnegative()),
  logQP: z.number().check(z.nonnegative()),
  /** Predicted: bits between the noise at the end and the largest noise that decrypts. */
  budgetBits: z.nullable(bits),
  /** -log2 of the probability of a wrong coefficient anywhere; null where worst case excludes it. */
  failureBits: z.nullable(bits),
  /** Seconds of one thread for all moduli, loading included; bytes of upload and download. */
  seconds: z.number().check(z.nonnegative()),
  messageBytes: count,
  chosen: z.boolean(),
  /** Why it was not chosen, or why it was. */
  reason: z.string(),
});

/** What both sides know: no weights in it. */
export const bfvClientPlanSchema = z.object({
  version: z.literal(PLAN_VERSION),
  model: z.string(),
  /** SHA-256 of the model, hexadecimal. */
  modelDigest: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
  scheme: z.literal('bfv'),
  /** 'slots': one image per slot. 'coefficients': one integer per ciphertext. */
  encoding: z.enum(['slots', 'coefficients']),
  ringDegree: z.int().check(z.positive()),
  /** Data primes, last dropped first, then the special ones of the evaluation keys (none if no key is needed). */
  dataPrimes: z.array(prime).check(z.minLength(1)),
  specialPrimes: z.array(prime),
  /** The program runs once for each; their product exceeds twice every output (coefficient of an output). */
  plaintextModuli: z.array(prime).check(z.minLength(1)),
  logQ: positive,
  logQP: positive,
  /** Security level asked for and kept, by the table named. */
  securityBits: z.union([z.literal(128), z.literal(192), z.literal(256)]),
  securityTable: z.string(),
  /** Images per batch: the ring degree with slots, 1 with coefficients. */
  slots: z.int().check(z.positive()),
  inputShape: z.array(z.int().check(z.positive())).check(z.minLength(1)),
  outputShape: z.array(z.int().check(z.positive())).check(z.minLength(1)),
  /** Inputs are of `range` and encrypted as integers round(x * scale), which are of `integers`. */
  input: z.object({ ciphertexts: z.int().check(z.positive()), level: count, scale: positive, range, integers: range }),
  /** Outputs are integers over `scale`. */
  output: z.object({
    ciphertexts: z.int().check(z.positive()),
    level: count,
    parts: z.int().check(z.minimum(2), z.maximum(9)),
    scale: positive,
  }),
  /** Powers of the secret for which relinearisation needs keys: [], [2], [2, 3, 4], ... */
  evaluationKeyPowers: z.array(z.int().check(z.minimum(2), z.maximum(8))),
  relinearization: z.enum(['never', 'lazy']),
  objective: z.enum(['throughput', 'latency', 'bytes']),
  /** Widest weights of all layers, in signed bits. */
  weightBits: count,
  layers: z.array(layer).check(z.minLength(1)),
  /** For which inputs the encrypted outputs are those of the integer network. */
  exactness: z.object({
    kind: z.enum(['declared range', 'calibrated range']),
    text: z.string(),
    /** Layers whose weights were rounded to become integers. */
    roundedLayers: z.array(z.string()),
    /** The integer network against the float one on a calibration batch, as in a CKKS plan. */
    quantization: z.nullable(z.object({ rmsBits: bits, worstBits: bits, agreement: z.number() })),
  }),
  /** Of decryption, over all coefficients of all outputs of all moduli. */
  failure: z.object({
    /** -log2 of its probability by the average-case model. */
    bits: positive,
    /** Whether the worst-case bound excludes it. */
    worstCase: z.boolean(),
    budgetBits: bits,
    text: z.string(),
  }),
  /** Bytes for one full batch, all moduli, headers left out. */
  messages: z.object({ uploadBytes: count, downloadBytes: count, evaluationKeyBytes: count }),
  /** Ciphertexts of one modulus held by the server at the fullest moment, keys included. */
  memoryBytes: count,
  /** Of one modulus. */
  operations: operationsSchema,
  /** Seconds of one thread by the cost model named, all moduli. */
  cost: z.object({ model: z.string(), loadSeconds: z.number(), evaluateSeconds: z.number() }),
  /** What the search compared: the best for each ring degree, number of moduli and way to relinearise. */
  candidates: z.array(candidate),
});

/** The plan without the weights: what a client needs to encrypt and decrypt. */
export type BfvClientPlan = z.infer<typeof bfvClientPlanSchema>;

/** Everything decided about an integer network: plain data, and the program with its weights. */
export interface BfvPlan extends BfvClientPlan {
  readonly program: Program;
}

export type BfvPlanLayer = BfvClientPlan['layers'][number];
export type BfvCandidate = BfvClientPlan['candidates'][number];
