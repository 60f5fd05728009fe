import { fill, inGroups, withScratch } from '../../rlwe/buffers.ts';
import { handles } from '../../rlwe/ciphertext.ts';
import type { Context } from '../../rlwe/context.ts';
import { Plaintext } from '../../rlwe/plaintext.ts';
import { checkSlots, type Encoding, withJoinedSlots, withLevel } from '../../rlwe/slots.ts';

const GROUP = 32;

const NO_IMAGINARY = new Float64Array(0);

/**
 * Slot vectors to plaintexts, one each: slot j is the value of the polynomial at zeta^(5^j), zeta = exp(i pi / n)
 * (canonical embedding, eprint 2016/421). Rounding errs by at most 1/2 a coefficient: `encodingError`.
 *
 * @param columns at most n / 2 finite real values each; missing slots are zeros
 * @throws 'shape-mismatch', 'non-finite-value', 'scale-overflow', 'out-of-memory'
 */
export function encode(context: Context, columns: readonly Float64Array[], options: Encoding): Plaintext[] {
  const encoding = withLevel(context, options);
  checkSlots(context, columns, encoding);
  return fill<Plaintext>([], (made) => {
    for (const _ of columns) made.push(new Plaintext(context, encoding));
    inGroups(made.length, GROUP, (start, end) => {
      encodeGroup(context, made.slice(start, end), columns.slice(start, end), encoding);
    });
  });
}

function encodeGroup(
  context: Context,
  made: readonly Plaintext[],
  columns: readonly Float64Array[],
  { level, scale }: Required<Encoding>,
): void {
  const { kernel, ring, n } = context;
  const basis = context.basis(level);
  withScratch(kernel, { secret: true }, (scratch) => {
    const rows = scratch.list(made.length, n);
    withJoinedSlots(context, columns, (slots) => {
      kernel.encode(ring, rows, slots, NO_IMAGINARY, scale);
    });
    kernel.spread(ring, handles(made), rows, basis);
    kernel.nttForward(ring, handles(made), basis, 1);
  });
}

/** The reverse: n / 2 real slots of each plaintext. All of one level. @throws 'disposed' */
export function decode(plaintexts: readonly Plaintext[]): Float64Array[] {
  return plaintexts.map((plaintext) => {
    const { context, level, scale } = plaintext;
    const { kernel, ring, n } = context;
    const basis = context.basis(level);
    return withScratch(kernel, { secret: true }, (scratch) => {
      const element = scratch.list(1, basis.length * n);
      const row = scratch.list(1, n);
      kernel.extractPart(ring, element, handles([plaintext]), basis, 1, 0);
      kernel.nttInverse(ring, element, basis, 1);
      kernel.compose(ring, row, element, basis);
      const slots = new Float64Array(n / 2);
      kernel.decode(ring, slots, NO_IMAGINARY, row, scale);
      return slots;
    });
  });
}

/**
 * Bound and standard deviation of what encoding adds to one slot. Bound: n coefficients err by 1/2 at most each, and
 * the FFT by 2^-49 log2(n) max|value| n at most. Deviation: n uniform errors of variance 1/12,
 * which are mirrored as the coefficients of real slots are, so that all of it is in the real part.
 */
export function encodingError(n: number, scale: number, max: number): { bound: number; deviation: number } {
  return { bound: n / (2 * scale) + 2 ** -49 * Math.log2(n) * n * max, deviation: Math.sqrt(n / 12) / scale };
}
