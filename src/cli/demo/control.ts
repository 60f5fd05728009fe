import type { KernelVariant, Timing } from '../../server.ts';

/**
 * What the demo's parent and its two workers tell each other. This channel carries settings, timings and scores; client
 * and server talk over a port of their own, in bytes only.
 */
export interface ServerSettings {
  readonly plan: Uint8Array;
  readonly kernel: KernelVariant | undefined;
  readonly threads: number | undefined;
}

export interface ClientSettings {
  readonly kernel: KernelVariant | undefined;
  readonly threads: number | undefined;
  /** [images, height * width], 0..255. */
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
  /** [images, classes] of the clear integer plan and of the float model: what the answers are compared with. */
  readonly clearLogits: Float64Array;
  readonly floatLogits: Float64Array;
}

export type FromServer = ({ readonly type: 'batch' } & Timing) | { readonly type: 'failed'; readonly error: unknown };

export interface ClientReport {
  readonly batch: number;
  readonly batches: number;
  readonly keySeconds: number;
  readonly encryptSeconds: number;
  readonly decryptSeconds: number;
  readonly batchLatencySeconds: number;
  readonly uploadBytes: number;
  readonly downloadBytes: number;
  readonly evaluationKeyBytes: number;
  readonly accuracyEncrypted: number;
  readonly agreement: number;
  readonly agreementFloat: number;
  readonly maxLogitError: number;
  readonly maxLogit: number;
}

export type FromClient<Report = ClientReport> =
  | { readonly type: 'batch'; readonly done: number }
  | { readonly type: 'done'; readonly report: Report }
  | { readonly type: 'failed'; readonly error: unknown };

/** Facts of an error that survive the trip between threads. */
export const portable = (error: unknown): unknown =>
  error instanceof Error && 'toJSON' in error
    ? (error as { toJSON(): unknown }).toJSON()
    : { message: String((error as Error)?.stack ?? error) };
