import type { Kernel, Parameters } from '../../he.ts';
import type { TimedOp } from './engine-ops.ts';
import type { Chain } from './engine-terms.ts';

interface Disposable {
  dispose(): void;
}

/** Operations by name. */
export type Ops = Readonly<Record<string, TimedOp>>;

/** One scheme of `bench engine` at one ring degree. */
export interface EngineSuite {
  readonly parameters: Parameters;
  /** Operations beside node-seal's, in the order in which they are printed. */
  readonly ops: readonly string[];
  /** Operations on lists, several threads beside one. */
  readonly listOps: readonly string[];
  /** What every row of this scheme says besides. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Hesper's side, on lists of `count` ciphertexts. */
  own(kernel: Kernel, count: number): Disposable & { readonly ops: Ops };
  /** @throws 'missing-peer' */
  peer(
    chain: Chain,
  ): Promise<Disposable & { readonly version: string; readonly primes: readonly number[]; readonly ops: Ops }>;
  /** What an operation is compared with. */
  peerOpOf(op: string): string;
  /** @throws 'kernel-failure' if a result is not the clear one */
  requireRight(who: string, op: string, results: readonly Float64Array[]): void;
}

/** A scheme: its operations, and the suite at a ring degree. */
export interface EngineScheme {
  readonly name: 'ckks' | 'bfv';
  readonly ops: readonly string[];
  /** Ring degrees that are compared where none are named. */
  readonly degrees: readonly number[];
  suite(n: number): EngineSuite;
}
