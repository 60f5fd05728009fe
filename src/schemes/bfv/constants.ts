import { nonAdjacentForm } from '../../evaluator/integers.ts';
import type { Plain } from '../../evaluator/verbs.ts';
import { balancedResidue } from '../../ring/modulus.ts';
import { handles, makeCiphertexts } from '../../rlwe/ciphertext.ts';
import type { Context } from '../../rlwe/context.ts';
import { constantResidues } from '../common/scaled-integer.ts';
import { type Any, inForm, inOneForm, type Job } from './forms.ts';
import { type IntegerCode, integerModulo, integerOf } from './rules.ts';

/** What one ciphertext is added: m at a coefficient, |m| < t/2. */
interface Term {
  readonly position: number;
  readonly m: number;
}

/** Residues of an integer lifted to the modulus of the ciphertexts. */
type Lift = (m: number) => readonly number[];

/**
 * Adds one number to each ciphertext, all of one level and number of parts, in the form that they have: the constant
 * polynomial, or the non-adjacent form as a polynomial in 2.
 * @throws 'invalid-argument' for a number that is not an integer at its scale
 */
export function constantsJob(
  code: IntegerCode,
  level: number,
  plains: readonly Plain[],
  scales: readonly number[],
): Job {
  const terms = plains.map((plain, i) => termsOf(code, plain, scales[i]!));
  const lift = liftTo(code.context, level, code.t);
  if (code.encoding === 'coefficients')
    return (cts, own) => inForm(cts, 'coefficient', (list) => addTerms(list, terms, lift, own));
  return (cts, own) => inOneForm(cts, (list) => (list[0]?.form === 'ntt' ? addNtt : addTerms)(list, terms, lift, own));
}

function termsOf({ encoding, t }: IntegerCode, plain: Plain, scale: number): readonly Term[] {
  if (encoding === 'slots') return [{ position: 0, m: integerModulo(plain, scale, t, 'addPlain') }];
  return nonAdjacentForm(integerOf(plain, scale, 'addPlain')).map(({ shift, sign }) => ({ position: shift, m: sign }));
}

/** Q m / t, rounded, is what m is in the phase of a ciphertext modulo Q. Every m is computed once. */
function liftTo(context: Context, level: number, t: number): Lift {
  const q = context.modulus(level);
  const primes = context.parameters.dataPrimes.slice(0, level + 1);
  const known = new Map<number, readonly number[]>();
  return (m) => {
    const product = q * BigInt(m);
    const lifted =
      known.get(m) ?? constantResidues((product - BigInt(balancedResidue(product, t))) / BigInt(t), primes);
    known.set(m, lifted);
    return lifted;
  };
}

function addTerms(cts: readonly Any[], terms: readonly (readonly Term[])[], lift: Lift, own: boolean): Any[] {
  const start = new Int32Array(terms.length + 1);
  terms.forEach((list, e) => {
    start[e + 1] = start[e]! + list.length;
  });
  const flat = terms.flat();
  const positions = Int32Array.from(flat, ({ position }) => position);
  const values = Float64Array.from(flat.flatMap(({ m }) => lift(m)));
  return changed(cts, own, (out, a) => {
    const { context, level, parts } = cts[0]!;
    context.kernel.addSparse(context.ring, out, a, start, positions, values, context.basis(level), parts);
  });
}

/** A constant polynomial is itself in every value of the NTT. */
function addNtt(cts: readonly Any[], terms: readonly (readonly Term[])[], lift: Lift, own: boolean): Any[] {
  const scalars = Float64Array.from(terms.flatMap(([term]) => lift(term!.m)));
  return changed(cts, own, (out, a) => {
    const { context, level, parts } = cts[0]!;
    context.kernel.addScalars(context.ring, out, a, scalars, context.basis(level), parts);
  });
}

/** New ciphertexts of the same shapes, or these in place. */
function changed(cts: readonly Any[], own: boolean, body: (out: Int32Array, a: Int32Array) => void): Any[] {
  if (!own) {
    const shapes = cts.map(({ shape }) => shape);
    return makeCiphertexts(cts[0]!.context, shapes, (made) => body(handles(made), handles(cts)));
  }
  body(handles(cts), handles(cts));
  return [...cts];
}
