import type { Handle } from '../../kernel/kernel.ts';
import { balancedResidue, product } from '../../ring/modulus.ts';
import { type Scratch, withScratch } from '../buffers.ts';
import type { Context } from '../context.ts';
import { digitsAt } from '../digits.ts';
import type { SeedSource } from '../seeds.ts';
import type { SwitchingKey } from '../switching-key.ts';
import { FIRST_PRIME, type SecretKey } from './secret-key.ts';

/** The secret that a key starts from, over the key's basis, and the one it arrives at, over all primes; NTT form. */
export interface Secrets {
  readonly from: Handle;
  readonly to: Handle;
}

/** Fills a key with encryptions of P * g_d * from under `to`, one for each digit, as one kernel job. */
export function fillSwitchingKey(key: SwitchingKey, { from, to }: Secrets, source: SeedSource): void {
  const { context, level } = key;
  const { kernel, ring, n } = context;
  const basis = context.keyBasis(level);
  const out = key.handlesFor(level);
  const errors = source.next(out.length);
  withScratch(kernel, { secret: true }, (scratch) => {
    const messages = scratch.list(out.length, basis.length * n);
    kernel.multiplyScalars(ring, messages, new Int32Array(out.length).fill(from), gadget(context, level), basis, 1);
    kernel.maskSymmetric(ring, out, messages, to, key.requireSeeds(), errors, basis);
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

/** The image of the secret under X -> X^exponent over all primes, NTT form. */
export function secretImage(scratch: Scratch, secretKey: SecretKey, exponent: number): Handle {
  const { kernel, ring, n, allPrimes } = secretKey.context;
  const row = scratch.list(1, n);
  const out = scratch.list(1, allPrimes.length * n);
  kernel.automorphism(ring, row, Int32Array.of(secretKey.integers), FIRST_PRIME, 1, exponent);
  kernel.spread(ring, out, row, allPrimes);
  kernel.nttForward(ring, out, allPrimes, 1);
  return out[0]!;
}
