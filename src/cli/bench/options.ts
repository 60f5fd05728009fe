import type { KernelVariant } from '../../he.ts';

export interface BenchOptions {
  readonly kernel: KernelVariant | undefined;
  readonly features: { vnni?: boolean } | undefined;
  readonly degrees: readonly number[] | undefined;
  readonly threads: readonly number[] | undefined;
  readonly peer: boolean;
  /** Names of operations; all where absent. */
  readonly only: readonly string[] | undefined;
  /** Schemes of bench engine; all where absent. */
  readonly schemes?: readonly string[] | undefined;
  /** Samples of each measurement; the usual number where absent. */
  readonly samples: number | undefined;
  readonly signal: AbortSignal;
}
