import { HesperError } from '../errors.ts';
import type { Ciphertext } from '../rlwe/ciphertext.ts';
import type { Context } from '../rlwe/context.ts';
import { loadIntegerCiphertexts } from '../rlwe/serialize.ts';
import { splitSections } from './protocol.ts';

/** What a plan says of each side of a message: its ciphertexts, and the plaintext modulus of each. */
export interface Sides {
  readonly plaintextModuli: readonly number[];
  readonly ends: {
    readonly ciphertexts: number;
    readonly level: number;
    readonly scale: number;
    readonly parts?: number;
  };
}

/**
 * One side of a message of integers, which holds a batch for each plaintext modulus in the order of the plan. The
 * caller disposes of the ciphertexts.
 * @throws 'malformed-bytes', 'unsupported-version', 'context-mismatch', 'residue-out-of-range', 'shape-mismatch'
 */
export function loadSides(
  context: Context<'bfv'>,
  sides: Sides,
  payload: Uint8Array,
  side: number,
): Ciphertext<'bfv', 'coefficient'>[] {
  const { plaintextModuli, ends } = sides;
  const cts = loadIntegerCiphertexts(context, splitSections(payload, plaintextModuli.length)[side]!);
  const { ciphertexts, level, scale, parts = 2 } = ends;
  const wanted = { ciphertexts, level, parts, scale, plaintextModulus: plaintextModuli[side]! };
  const fits = cts.every(
    (ct) =>
      ct.level === level && ct.parts === parts && ct.scale === scale && ct.plaintextModulus === wanted.plaintextModulus,
  );
  if (fits && cts.length === ciphertexts) return cts;
  const [first] = cts;
  const met = { ciphertexts: cts.length, ...(first && { ...first.shape }) };
  for (const ct of cts) ct.dispose();
  throw new HesperError('shape-mismatch', 'the message does not fit the plan', {
    met: { side, ...met },
    wanted: { side, ...wanted },
    remedy: 'Use the client made from the offer of this server',
  });
}
