import { z } from 'zod';

/** Networks that have a published row and a shipped model. */
export const rowNames = ['DNN-30', 'DNN-100', 'CNN-16', 'FCN'] as const;
export type RowName = (typeof rowNames)[number];

const count = z.int().nonnegative();
const seconds = z.number().positive();
const fraction = z.number().min(0).max(1);

const operations = z.strictObject({
  plainCipherAdds: count,
  cipherCipherAdds: count,
  plainCipherMultiplications: count,
  cipherCipherMultiplications: count,
  total: count,
});

/** What a run finds out about one network. Seconds are wall-clock. */
export const measuredSchema = z.strictObject({
  /** Images that were encrypted. */
  images: z.int().positive(),
  /** Of their encrypted answers, how many are right. */
  accuracy: fraction,
  /** Images with every logit equal to the integer model's. */
  agreement: count,
  /** Images in one request. */
  batch: z.int().positive(),
  /** The server's time for one full batch, from the request's bytes to the answer's: median over batches. */
  latencySeconds: seconds,
  /** batch * 3600 / latencySeconds. */
  imagesPerHour: z.number().positive(),
  /** The client's time for one batch, median: from pixels to bytes, and from bytes to logits. */
  encryptSeconds: seconds,
  decryptSeconds: seconds,
  /** Values that meet a non-linearity, for one image. */
  activations: count,
  /** Weights that are not zero over weights; biases do not count. */
  weightDensity: fraction,
  /** For one batch and one plaintext modulus, as Faster CryptoNets counts. */
  operations,
  /** Upload and download of one request, as made. */
  messageBytes: z.int().positive(),
  ringDegree: z.int().positive(),
  /** Decimal. */
  plaintextModuli: z.array(z.string().regex(/^[1-9]\d*$/)).min(1),
  logQP: z.number().positive(),
  securityBits: z.int().positive(),
  /**
   * SHA-256, hexadecimal, of the decrypted integers as text: one line for each image in the order of the run, its
   * logits in decimal with a space between them, a line feed behind each line.
   */
  logitsSha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** The same columns as a paper printed them; null where it printed nothing. */
export const publishedSchema: z.ZodType<Published> = z.strictObject(
  Object.fromEntries(
    Object.entries(measuredSchema.shape).map(([name, column]) => [name, (column as z.ZodType).nullable()]),
  ),
) as never;

export const rowSchema = z.strictObject({
  name: z.enum(rowNames),
  published: publishedSchema,
  measured: measuredSchema,
  /** Columns that are computed from others, here and in the paper. */
  derived: z.array(z.enum(Object.keys(measuredSchema.shape) as [keyof Measured, ...(keyof Measured)[]])),
  /** What else a reader wants to know; not part of the columns. */
  details: z.strictObject({
    /** `--quick`: fewer images than the whole comparison takes. */
    quick: z.boolean(),
    publishedHardware: z.string(),
    publishedSource: z.string(),
    publishedNote: z.string(),
    encoding: z.enum(['slots', 'coefficients']),
    batches: z.int().positive(),
    /** The integer model in the clear. */
    integerImages: z.int().positive(),
    integerAccuracy: fraction,
    /** Shares of the latency, median over batches: parsing and seed expansion; ciphertexts to ciphertexts. */
    loadSeconds: z.number().nonnegative(),
    evaluateSeconds: z.number().nonnegative(),
    keySeconds: z.number().nonnegative(),
    evaluationKeyBytes: count,
    uploadBytes: count,
    downloadBytes: count,
    planSeconds: z.number().nonnegative(),
    /** Client and server in one process, all rows so far. */
    peakMemoryBytes: z.int().positive(),
    /** How the plan knows that no decryption fails. */
    correctness: z.string(),
  }),
});

/** What `hesper reproduce SYSTEM --json` prints. */
export const reproductionSchema = z.strictObject({
  system: z.string(),
  machine: z.strictObject({
    cpu: z.string(),
    cores: z.int().positive(),
    memoryBytes: z.int().positive(),
    os: z.string(),
    node: z.string(),
    fmaGigaPerSecond: z.number().positive(),
    loadAverage: z.number().nonnegative(),
    kernel: z.string(),
    threads: z.int().positive(),
  }),
  /** Of the repository that the program lies in; 'unknown' where there is none. */
  commit: z.string(),
  startedAt: z.iso.datetime(),
  seconds,
  /** Of the choice of images where not all of them are encrypted. Keys and noise come from the operating system. */
  seed: count,
  rows: z.array(rowSchema).min(1),
});

export type Measured = z.infer<typeof measuredSchema>;
export type Published = { readonly [C in keyof Measured]: Measured[C] | null };
export type Row = z.infer<typeof rowSchema>;
export type Reproduction = z.infer<typeof reproductionSchema>;
export type Operations = Measured['operations'];
