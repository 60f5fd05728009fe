import type * as He from '../../src/he.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';

type Engine = typeof He;
type Answers = Record<string, Uint8Array>;
export const RING_DEGREE: number;
export const PASSPHRASE: string;
export const columns: Float64Array[];
export const integers: Int32Array[];
export function productRotated(): Float64Array;
export function integerProduct(): Int32Array;
export function ckksParameters(he: Engine): He.Parameters<'ckks'>;
export function bfvParameters(he: Engine): He.Parameters<'bfv'>;
export function ckksAnswers(he: Engine, kernel: Kernel): Answers;
export function bfvAnswers(he: Engine, kernel: Kernel): Answers;
export function secretKeyFiles(he: Engine, kernel: Kernel): Promise<Answers>;
