import { HesperError } from '../../errors.ts';
import { checkConstants, checkPairs, checkRotateSum, checkSteps } from '../../evaluator/check.ts';
import { isVector } from '../../evaluator/plain.ts';
import type { PlainRows, PointwiseStep } from '../../evaluator/verbs.ts';
import type { Ciphertext, Form } from '../../rlwe/ciphertext.ts';
import type { Context } from '../../rlwe/context.ts';
import { type IntegerEncoding, requireEncoding } from '../../rlwe/integers.ts';
import { requirePrimeToDrop, requireUsable } from '../common/checks.ts';
import { CACHE_BYTES, type EncryptedEvaluator, type EvaluatorOptions, openFrame } from '../common/frame.ts';
import { PlainPrograms } from '../common/linear-plain.ts';
import { inShapes, share } from '../common/lists.ts';
import { linearPairSums, pairSumsOf } from '../common/pair-sums.ts';
import { PlaintextCache } from '../common/plaintext-cache.ts';
import { relinearizeAll } from '../common/relinearize.ts';
import { conjugateAll, rotateMany, rotateSum } from '../common/rotate.ts';
import { PackedWeights } from '../common/weights.ts';
import { addPlain } from './add-plain.ts';
import { encodeVectors } from './encode-vectors.ts';
import { type Any, inForm, inOneForm } from './forms.ts';
import { MonomialPrograms } from './monomials.ts';
import { runPointwise } from './pointwise.ts';
import { multiplyPairs } from './products.ts';
import { integerCode } from './rules.ts';
import { switchDown, switchTo } from './switch-modulus.ts';

/** Public keys of an evaluator, its modulus and encoding. */
export interface BfvEvaluatorOptions extends EvaluatorOptions<'bfv'> {
  /** t of the ciphertexts: one of the parameters' moduli; needed where these are several. */
  readonly plaintextModulus?: number;
  /** What the integers were encrypted with. Default 'slots'. */
  readonly encoding?: IntegerEncoding;
}

/** `Evaluator` over ciphertexts of one plaintext modulus; holds weights and encoded vectors until `dispose()`. */
export type BfvEvaluator = EncryptedEvaluator<'bfv'> & {
  readonly plaintextModulus: number;
  readonly encoding: IntegerEncoding;
};

/**
 * The verbs of `src/evaluator/verbs.ts` on encrypted integers modulo t, exactly while the noise allows. A value stands
 * for integer / scale, the scale being kept beside it: `linear` applies `rows.values`, plaintexts are integers at the
 * scale of their ciphertext (`addPlain`) or at their own (`linearPlain`, default 1), to 2^-20, and refused otherwise
 * ('invalid-argument'). Under several moduli the same program is run under each.
 *
 * Encodings. 'slots' (t prime, 1 mod 2n): n integers, two rows of n / 2, which rotations turn both and `conjugateAll`
 * swaps. 'coefficients': one integer, a polynomial with small coefficients of which it is the value at 2; a weight
 * +-2^k is a shift by k, other weights and all constants are taken in their non-adjacent forms; vectors and rotations
 * are refused. That neither coefficients nor degrees grow too large is for the plan to see.
 *
 * Ciphertexts may be in either form. Rotations and products with vectors lead to NTT form; sums and constants keep the
 * form, all else leads to coefficient form, where products need t / Q times integers (eprint 2018/117), modulus
 * switching no transforms and shifts are moves. `rescaleAll` switches the modulus: one level down, scale and message
 * kept, noise divided by the prime. So does `dropLevelAll`, prime by prime: here it is work, since the message is a
 * multiple of Q / t and cannot lose primes as they are.
 *
 * All checks come before any work: 'context-mismatch', 'modulus-mismatch', 'disposed', 'level-mismatch',
 * 'level-exhausted', 'parts-mismatch', 'scale-mismatch', 'scale-overflow', 'shape-mismatch', 'missing-evaluation-key'.
 *
 * @throws 'context-mismatch' for CKKS parameters or keys of another context, 'invalid-argument' for a modulus that the
 *   parameters do not have, or have among others and was not named, or that is not suited to slots
 */
export function createBfvEvaluator(context: Context<'bfv'>, options: BfvEvaluatorOptions = {}): BfvEvaluator {
  const { relinearizationKey, galoisKeys, plaintextCacheBytes = CACHE_BYTES, encoding = 'slots' } = options;
  requireEncoding(encoding);
  const t = modulusOf(context, options.plaintextModulus);
  if (encoding === 'slots') context.plainRing(t);
  const slots = encoding === 'slots' ? context.n : 1;
  const code = integerCode(context, t, encoding);
  const weights = new PackedWeights(context.kernel);
  const monomials = new MonomialPrograms(code);
  const cache = new PlaintextCache(context, plaintextCacheBytes, encodeVectors(code));
  const programs = new PlainPrograms(code, cache);
  const usable = (cts: readonly Any[]): void => requireModulus(context, t, cts);
  const { verb, requireAlive, lifetime } = openFrame<'bfv', Form>(context, options, usable, [weights, cache]);
  const pointwise = (cts: readonly Any[], steps: readonly PointwiseStep[]): Any[] =>
    cts.length === 0 || steps.length === 0 ? share(cts) : runPointwise(code, { weights, monomials }, cts, steps);
  const turned = (name: string, cts: readonly Any[], body: (list: Ciphertext<'bfv', 'ntt'>[]) => Any[]): Any[] => {
    if (encoding === 'coefficients') throw noSlots(name);
    return inForm(cts, 'ntt', body);
  };
  return {
    slots,
    context,
    plaintextModulus: t,
    encoding,
    pointwise: verb(pointwise),
    linear: verb((cts, rows) => {
      const sums = pairSumsOf(rows) === null ? undefined : inOneForm(cts, (list) => linearPairSums(code, list, rows));
      return sums ?? pointwise(cts, [{ verb: 'linear', argument: rows }]);
    }),
    linearPlain: verb((cts, rows) => {
      if (encoding === 'coefficients') return monomials.linearPlain(cts, rows);
      if (hasVectors(rows)) return inForm(cts, 'ntt', (list) => programs.run(list, rows));
      return inOneForm(cts, (list) => programs.run(list, rows));
    }),
    addPlain: verb((cts, plains) => {
      checkConstants(cts.length, plains, slots);
      return addPlain(code, cache, cts, plains);
    }),
    squareAll: verb((cts) => inShapes(cts, (group) => pointwise(group, [{ verb: 'squareAll', argument: undefined }]))),
    multiplyPairs: verb((cts, pairs) => {
      checkPairs(cts.length, pairs);
      return multiplyPairs(
        code,
        pairs.map(([i, j]) => [cts[i]!, cts[j]!]),
      );
    }),
    rotateMany: verb((cts, steps) => {
      checkSteps(steps);
      return turned('rotateMany', cts, (list) => rotateMany(context, list, steps, galoisKeys));
    }),
    rotateSum: verb((cts, steps) => {
      checkRotateSum(cts.length, steps);
      return turned('rotateSum', cts, (list) => rotateSum(context, list, steps, galoisKeys));
    }),
    conjugateAll: verb((cts) => turned('conjugateAll', cts, (list) => conjugateAll(context, list, galoisKeys))),
    relinearizeAll: verb((cts) => relinearizeAll(cts, relinearizationKey)),
    rescaleAll: verb((cts) => {
      for (const ct of cts) requirePrimeToDrop(ct.level);
      return switchDown(cts);
    }),
    dropLevelAll: verb((cts, level) => switchTo(cts, level)),
    prepare: (rows, level = context.parameters.maxLevel) => {
      requireAlive();
      for (const row of rows)
        if (encoding === 'coefficients') monomials.prepare(row);
        else if ('rows' in row) programs.prepare(row, level);
        else if (pairSumsOf(row) === null) weights.idOf(row);
    },
    ...lifetime,
  };
}

const hasVectors = ({ rows }: PlainRows): boolean => rows.some((row) => row.some(({ weight }) => isVector(weight)));

/** @throws 'context-mismatch', 'invalid-argument' */
function modulusOf(context: Context, wanted: number | undefined): number {
  context.requireScheme('bfv');
  const { plaintextModuli } = context.parameters;
  if (wanted === undefined && plaintextModuli.length > 1) {
    throw new HesperError('invalid-argument', 'an evaluator works modulo one of the plaintext moduli', {
      met: `${plaintextModuli.length} moduli`,
      wanted: plaintextModuli.join(', '),
      remedy: 'Name it: { plaintextModulus }, and make an evaluator for each',
    });
  }
  const t = wanted ?? plaintextModuli[0]!;
  context.requirePlaintextModulus(t);
  return t;
}

/** @throws 'context-mismatch', 'disposed', 'modulus-mismatch' */
function requireModulus(context: Context, t: number, cts: readonly Any[]): void {
  requireUsable(context, cts);
  const other = cts.find(({ plaintextModulus }) => plaintextModulus !== t);
  if (other === undefined) return;
  throw new HesperError('modulus-mismatch', 'this ciphertext is under another plaintext modulus', {
    met: other.plaintextModulus,
    wanted: t,
    remedy: 'Evaluate each modulus with the evaluator made for it',
  });
}

const noSlots = (verb: string): HesperError =>
  new HesperError('invalid-argument', `${verb}: integers encoded as coefficients have no slots`, {
    met: "encoding 'coefficients'",
    wanted: "encoding 'slots'",
    remedy: 'Encrypt into slots, or use a circuit without rotations',
  });
