import type { KernelVariant } from '../../client.ts';

/** What the client's thread is told: images, and what the integer model says of them. */
export interface ExactClientSettings {
  readonly kernel: KernelVariant | undefined;
  readonly threads: number | undefined;
  /** [images, size], 0..255; the network takes pixel / 255. */
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
  /** For each image the integer model's logits, decimal, with spaces between them. */
  readonly expected: readonly string[];
}

/** Seconds of each batch, the bytes of one. */
export interface ExactReport {
  readonly batch: number;
  readonly keySeconds: number;
  readonly encryptSeconds: readonly number[];
  readonly decryptSeconds: readonly number[];
  readonly uploadBytes: number;
  readonly downloadBytes: number;
  readonly evaluationKeyBytes: number;
  readonly correct: number;
  readonly agreement: number;
  readonly logitsSha256: string;
}
