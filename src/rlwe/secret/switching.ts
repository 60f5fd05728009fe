import type { Handle } from '../../kernel/kernel.ts';
import { balancedResidue, product } from '../../ring/modulus.ts';
import { type Scratch, withScratch } from '../buffers.ts';
import type { Context } from '../context.ts';
import { digitsAt } from '../digits.ts';
import type { SeedSource } from '../seeds.ts';
import type { SwitchingKey } from '../switching-key.ts';
import type { SecretKey } from './secret-key.ts';

/** The secret that a key starts from, over the key's basis, and the one it arrives at, over all primes; NTT form. */
export interface Secrets {
  readonly from: Handle;
  readonly to: Handle;
}

/** Fills a key with encryptions of P * g_d * from under `to`, one for each digit, as one kernel job. */
export function fillSwitchingKey(key: SwitchingKey, { from, to }: Secrets, source: SeedSource): void {
  const { context, level, seeds } = key;
  const { kernel, ring, n } = context;
  const basis = context.keyBasis(level);
  const out = key.handlesFor(level);
  const errors = source.next(out.length);
  withScratch(kernel, { secret: true }, (scratch) => {
    const messages = scratch.list(out.length, basis.length * n);
    kernel.multiplyScalars(ring, messages, new Int32Array(out.length).fill(from), gadget(context, level), basis, 1);
    kernel.maskSymmetric(ring, out, messages, to, seeds, errors, basis);
  });
  errors.fill(0);
}

/** P * g_d as residues over the key's basis, [digit][limb]: P modulo the primes of the digit, zero elsewhere. */
function gadget(context: Context, level: number): Float64Array {
  const { dataPrimes, specialPrimes } = context.parameters;
  const limbs = specialPrimes.length + level + 1;
  const p = product(specialPrimes);
  const digits = digitsAt(context.parameters, level);
  const out = new Float64Array(digits.length * limbs);
  digits.forEach(({ start, end }, d) => {
    for (let j = start; j < end; j++) out[d * limbs + specialPrimes.length + j] = balancedResidue(p, dataPrimes[j]!);
  });
  return out;
}

const FIRST_PRIME = Int32Array.of(0);

/** The secret as one row of the integers -1, 0, 1. */
export function secretRow(scratch: Scratch, { context, handle }: SecretKey): Int32Array {
  const { kernel, ring, n } = context;
  const row = scratch.list(1, n);
  kernel.multiplyScalars(ring, row, Int32Array.of(handle), Float64Array.of(1), FIRST_PRIME, 1);
  kernel.nttInverse(ring, row, FIRST_PRIME, 1);
  return row;
}

/** The image of the secret under X -> X^exponent over a basis, NTT form. */
export function secretImage(
  scratch: Scratch,
  { kernel, ring, n }: Context,
  row: Int32Array,
  exponent: number,
  basis: Int32Array,
): Int32Array {
  const image = scratch.list(1, n);
  const out = scratch.list(1, basis.length * n);
  kernel.automorphism(ring, image, row, FIRST_PRIME, 1, exponent);
  kernel.spread(ring, out, image, basis);
  kernel.nttForward(ring, out, basis, 1);
  return out;
}
