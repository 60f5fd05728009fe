import type { KernelVariant } from '../../he.ts';

export interface BenchOptions {
  readonly kernel: KernelVariant | undefined;
  readonly features: { vnni?: boolean } | undefined;
  readonly degrees: readonly number[] | undefined;
  readonly threads: readonly number[] | undefined;
  readonly peer: boolean;
  readonly signal: AbortSignal;
}
