import { integersOf, wholeNumber } from '../../evaluator/integers.ts';
import { componentsOf, sizeOf } from '../../evaluator/plain.ts';
import { fill, withScratch } from '../../rlwe/buffers.ts';
import { handles } from '../../rlwe/ciphertext.ts';
import { writeSlots } from '../../rlwe/integer-messages.ts';
import type { IntegerColumn } from '../../rlwe/integers.ts';
import { Plaintext } from '../../rlwe/plaintext.ts';
import type { EncodeVectors, Vector } from '../common/plaintext-cache.ts';
import { SUM } from './add-plain.ts';
import type { IntegerCode } from './rules.ts';

/**
 * Vectors of integers, at most n each, to plaintexts: for products the balanced polynomial modulo t itself, NTT form;
 * for sums Q / t times that, rounded, coefficient form.
 * @throws 'invalid-argument' for values that are not integers at the scale
 */
export const encodeVectors =
  ({ context, t }: IntegerCode): EncodeVectors =>
  (vectors, level, { scale, use }) => {
    const columns = vectors.map((vector) => columnOf(vector, scale, use));
    const { kernel, ring, n } = context;
    const basis = context.basis(level);
    return fill<Plaintext>([], (made) => {
      for (const _ of vectors) made.push(new Plaintext(context, { level, scale }));
      const out = handles(made);
      withScratch(kernel, { secret: false }, (scratch) => {
        const rows = scratch.list(vectors.length, n);
        writeSlots(context, t, rows, columns);
        if (use === SUM) return kernel.liftPlain(ring, out, rows, basis, t);
        kernel.spread(ring, out, rows, basis);
        kernel.nttForward(ring, out, basis, 1);
      });
    });
  };

function columnOf(vector: Vector, scale: number, use: string | undefined): IntegerColumn {
  const where = use === SUM ? 'addPlain' : 'linearPlain';
  const { max, imaginary } = sizeOf(vector);
  if (imaginary || max * scale > Number.MAX_SAFE_INTEGER) return integersOf(vector, scale, where) as readonly bigint[];
  return componentsOf(vector).re.map((value) => wholeNumber(value, scale, where));
}
