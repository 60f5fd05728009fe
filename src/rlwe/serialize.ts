import { HesperError } from '../errors.ts';
import { kinds, malformed, readHeader, requireLength } from '../format/header.ts';
import { batchBytes, readBatch } from './batch.ts';
import { type Ciphertext, type Form, handles, makeCiphertexts, repeat } from './ciphertext.ts';
import type { Context } from './context.ts';
import { orDispose, packPart, unpackAll, unpackSeeded } from './elements.ts';
import {
  createInsecureParameters,
  createParameters,
  decodeParameters,
  encodeParameters,
  type Parameters,
  type Scheme,
} from './parameters.ts';
import { PublicKey } from './public-key.ts';
import { requireSeeds, SEED_BYTES } from './seeds.ts';
import { type Destination, elementBytes, readHeaderFor, withHeader } from './wire.ts';

/** Parameters as bytes, for `loadParameters`: header, then the canonical encoding that their id is the hash of. */
export function saveParameters(parameters: Parameters): Uint8Array {
  const encoded = encodeParameters(parameters);
  const { bytes, body } = withHeader(kinds.parameters, parameters.id, encoded.length);
  body.set(encoded);
  return bytes;
}

/** What else is accepted besides checked parameters. */
export interface LoadParametersOptions {
  /** FOR TESTS ONLY: also accept parameters that were made without a security check. */
  readonly allowInsecure?: boolean;
}

/**
 * Parses parameters and checks them again, arithmetic and security table.
 * @throws 'malformed-bytes', 'unsupported-version', 'invalid-parameters', 'insecure-parameters'
 */
export function loadParameters(bytes: Uint8Array, { allowInsecure = false }: LoadParametersOptions = {}): Parameters {
  const { id, body } = readHeader(bytes, [kinds.parameters]);
  const { literal, securityBits } = decodeParameters(body);
  if (securityBits === 0 && !allowInsecure) {
    throw new HesperError('insecure-parameters', 'these parameters were never checked for security', {
      met: 'insecure',
      wanted: '128, 192 or 256 bits',
      remedy: 'Use parameters made by createParameters',
    });
  }
  const parameters = securityBits === 0 ? createInsecureParameters(literal) : createParameters(literal);
  if (parameters.id !== id) throw malformed('the parameters do not have their id', parameters.id, id);
  return parameters;
}

/** @throws 'disposed' */
export function savePublicKey(key: PublicKey): Uint8Array {
  const { context } = key;
  const basis = context.basis(context.parameters.maxLevel);
  const { bytes, body } = withHeader(kinds.publicKey, context.parameters.id, SEED_BYTES + elementBytes(context, basis));
  body.set(requireSeeds(key.seed));
  const place = { basis, parts: 2, part: 0, form: 'ntt' as const };
  packPart(context, body.subarray(SEED_BYTES), Int32Array.of(key.handle), place);
  return bytes;
}

/** @throws 'malformed-bytes', 'unsupported-version', 'context-mismatch', 'residue-out-of-range' */
export function loadPublicKey<S extends Scheme>(context: Context<S>, bytes: Uint8Array): PublicKey<S> {
  const { body } = readHeaderFor(context, bytes, [kinds.publicKey]);
  const basis = context.basis(context.parameters.maxLevel);
  requireLength(body, SEED_BYTES + elementBytes(context, basis));
  const key = new PublicKey(context, body.subarray(0, SEED_BYTES));
  const sections = { seeds: body.subarray(0, SEED_BYTES), elements: body.subarray(SEED_BYTES) };
  return orDispose(key, () => unpackSeeded(context, Int32Array.of(key.handle), sections, { basis, form: 'ntt' }));
}

/**
 * A batch of ciphertexts of equal level, parts, scale, form and plaintext modulus, every part in full.
 * @throws 'invalid-argument' for an empty or mixed batch, 'context-mismatch', 'disposed'
 */
export function saveCiphertexts(cts: readonly Ciphertext[], destination: Destination = {}): Uint8Array {
  const [first] = cts;
  if (first === undefined) throw mixed(0);
  const { context, level, parts, form } = first;
  for (const ct of cts) {
    context.requireOwn('ciphertext', ct.context);
    if (!areAlike(ct, first)) throw mixed({ ...ct.shape });
  }
  const { bytes, elements } = batchBytes(
    context,
    { ...first.shape, count: cts.length },
    kinds.fullCiphertexts,
    destination,
  );
  const basis = context.basis(level);
  const partBytes = elements.length / parts;
  const list = handles(cts);
  for (let part = 0; part < parts; part++)
    packPart(context, elements.subarray(part * partBytes, (part + 1) * partBytes), list, { basis, parts, part, form });
  return bytes;
}

const areAlike = (a: Ciphertext, b: Ciphertext): boolean =>
  a.level === b.level &&
  a.parts === b.parts &&
  a.scale === b.scale &&
  a.form === b.form &&
  a.plaintextModulus === b.plaintextModulus;

/**
 * A batch of CKKS ciphertexts from outside: everything is checked against the expected context, seeds are expanded, and
 * the ciphertexts are ready for evaluation. Nothing is kept on failure.
 * @throws 'malformed-bytes', 'unsupported-version', 'context-mismatch', 'residue-out-of-range', 'out-of-memory'
 */
export function loadCiphertexts(context: Context<'ckks'>, bytes: Uint8Array): Ciphertext<'ckks'>[] {
  context.requireScheme('ckks');
  return loadBatch(context, bytes, 'ntt');
}

/**
 * The same for a batch of BFV ciphertexts, all under one plaintext modulus; they come in coefficient form, as they are
 * stored.
 * @throws 'malformed-bytes', 'unsupported-version', 'context-mismatch', 'residue-out-of-range', 'out-of-memory'
 */
export function loadIntegerCiphertexts(context: Context<'bfv'>, bytes: Uint8Array): Ciphertext<'bfv', 'coefficient'>[] {
  context.requireScheme('bfv');
  return loadBatch(context, bytes, 'coefficient');
}

const CIPHERTEXTS = [kinds.seededCiphertexts, kinds.fullCiphertexts] as const;

function loadBatch<S extends Scheme, F extends Form>(
  context: Context<S>,
  bytes: Uint8Array,
  form: F,
): Ciphertext<S, F>[] {
  const { shape, kind, seeds, elements } = readBatch(context, bytes, CIPHERTEXTS);
  const { count, level, parts, scale, plaintextModulus } = shape;
  const basis = context.basis(level);
  return makeCiphertexts(context, repeat(count, { level, parts, scale, form, plaintextModulus }), (made) => {
    const out = handles(made);
    if (kind === kinds.seededCiphertexts) unpackSeeded(context, out, { seeds, elements }, { basis, form });
    else unpackAll(context, out, elements, { basis, parts, form });
  });
}

const mixed = (met: unknown): HesperError =>
  new HesperError(
    'invalid-argument',
    'a batch needs ciphertexts of one level, number of parts, scale, form and modulus',
    {
      met,
      wanted: 'at least one, all alike',
      remedy: 'Save each kind in its own batch',
    },
  );
