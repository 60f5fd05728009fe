import { HesperError } from '../../errors.ts';
import { type Ciphertext, MAX_PARTS } from '../../rlwe/ciphertext.ts';
import type { Context } from '../../rlwe/context.ts';

/** Scales that differ by less count as equal: they come from the same primes in another order of division. */
const SCALE_TOLERANCE = 2 ** -40;

/** All of this context and alive. @throws 'context-mismatch', 'disposed' */
export function requireUsable(context: Context, cts: readonly Ciphertext[]): void {
  for (const ct of cts) {
    context.requireOwn('ciphertext', ct.context);
    ct.handle;
  }
}

/** All of one level and number of parts. @throws 'level-mismatch', 'parts-mismatch' */
export function requireAlike(verb: string, cts: readonly Ciphertext[]): void {
  const first = cts[0]!;
  for (const { level, parts } of cts) {
    if (level !== first.level)
      throw differs('level-mismatch', verb, level, first.level, 'Bring all operands to one level');
    if (parts !== first.parts)
      throw differs('parts-mismatch', verb, parts, first.parts, 'Relinearise all operands, or none');
  }
}

/** @throws 'scale-mismatch' */
export function requireEqualScales(verb: string, scales: readonly number[]): void {
  const first = scales[0]!;
  const other = scales.find((scale) => Math.abs(scale / first - 1) > SCALE_TOLERANCE);
  if (other !== undefined) throw differs('scale-mismatch', verb, other, first, 'Rescale the same way on all branches');
}

/** @throws 'parts-mismatch' */
export function requirePartsFit(parts: number): void {
  if (parts > MAX_PARTS)
    throw differs('parts-mismatch', 'product', parts, `at most ${MAX_PARTS}`, 'Relinearise before');
}

/** @throws 'level-exhausted' */
export function requirePrimeToDrop(level: number): void {
  if (level === 0)
    throw differs(
      'level-exhausted',
      'rescaleAll',
      'level 0',
      'level 1 or more',
      'Start with more primes, or rescale less often',
    );
}

type Mismatch = 'level-mismatch' | 'parts-mismatch' | 'scale-mismatch' | 'level-exhausted';

const differs = (code: Mismatch, verb: string, met: unknown, wanted: unknown, remedy: string): HesperError =>
  new HesperError(code, `${verb}: these ciphertexts do not go together`, { met, wanted, remedy });
