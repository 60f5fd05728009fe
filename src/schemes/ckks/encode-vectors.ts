import { sizeOf } from '../../evaluator/plain.ts';
import { disposeAll, fill } from '../../rlwe/buffers.ts';
import { handles } from '../../rlwe/ciphertext.ts';
import type { Context } from '../../rlwe/context.ts';
import { Plaintext } from '../../rlwe/plaintext.ts';
import type { Vector } from '../common/plaintext-cache.ts';
import { constantResidues } from '../common/scaled-integer.ts';
import { encode } from './encoder.ts';
import { tooLarge } from './scalar.ts';

/** Coefficients beyond 2^53 have no more bits than these: larger scales are reached by a power of two. */
const ENCODED_BITS = 60;

/** @throws 'scale-overflow' */
export function encodeVectors(
  context: Context<'ckks'>,
  vectors: readonly Vector[],
  level: number,
  scale: number,
): Plaintext[] {
  const half = Number(context.modulus(level)) / 2;
  if (vectors.some((vector) => sizeOf(vector).max * scale >= half)) throw tooLarge(context, level, scale);
  const excess = Math.max(0, Math.ceil(Math.log2(scale)) - ENCODED_BITS);
  const encoded = encode(context, vectors, { level, scale: scale / 2 ** excess });
  if (excess === 0) return encoded;
  try {
    return timesPowerOfTwo(context, encoded, { level, scale }, excess);
  } finally {
    disposeAll(encoded);
  }
}

function timesPowerOfTwo(
  context: Context<'ckks'>,
  encoded: readonly Plaintext[],
  shape: { readonly level: number; readonly scale: number },
  bits: number,
): Plaintext[] {
  const { kernel, ring, parameters } = context;
  const residues = constantResidues(1n << BigInt(bits), parameters.dataPrimes.slice(0, shape.level + 1));
  return fill<Plaintext>([], (made) => {
    for (const _ of encoded) made.push(new Plaintext(context, shape));
    const scalars = Float64Array.from(made.flatMap(() => residues));
    kernel.multiplyScalars(ring, handles(made), handles(encoded), scalars, context.basis(shape.level), 1);
  });
}
