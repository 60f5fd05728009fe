import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { HesperError } from '../errors.ts';

/**
 * What every object of the byte format begins with, docs/format.md. Little-endian:
 *
 *   0   4   'HSPR'
 *   4   2   version of the format
 *   6   1   kind of object
 *   7   1   zero
 *   8   8   length of the whole object in bytes, header included
 *   16  32  id: SHA-256 of the parameters that the object belongs to; of a plan SHA-256 of all bytes behind the header
 */
export const FORMAT_VERSION = 4;

export const HEADER_BYTES = 48;
export const ID_BYTES = 32;

export const kinds = {
  parameters: 1,
  publicKey: 2,
  relinearizationKey: 3,
  seededCiphertexts: 4,
  fullCiphertexts: 5,
  galoisKeys: 6,
  plaintexts: 7,
  integerPlaintexts: 8,
  plan: 9,
  clientPlan: 10,
} as const;
export type Kind = (typeof kinds)[keyof typeof kinds];

export interface Header {
  readonly kind: Kind;
  /** Bytes of the whole object. */
  readonly length: number;
  /** 64 hexadecimal digits. */
  readonly id: string;
}

const MAGIC = 0x52505348; // 'HSPR'
const ID_AT = 16;

/** Writes the header into the first bytes of an object, which is `length` bytes long. */
export function writeHeader(bytes: Uint8Array, kind: Kind, id: string, length: number = bytes.length): void {
  bytes.fill(0, 0, HEADER_BYTES);
  const view = viewOf(bytes);
  view.setUint32(0, MAGIC, true);
  view.setUint16(4, FORMAT_VERSION, true);
  view.setUint8(6, kind);
  view.setBigUint64(8, BigInt(length), true);
  bytes.set(hexToBytes(id), ID_AT);
}

/**
 * The header alone; more bytes may follow, or be still to come.
 * @throws 'malformed-bytes', 'unsupported-version'
 */
export function parseHeader(bytes: Uint8Array, wanted: readonly Kind[]): Header {
  if (!(bytes instanceof Uint8Array) || bytes.length < HEADER_BYTES)
    throw malformed('too short for a header', bytes?.length ?? 0, `at least ${HEADER_BYTES} bytes`);
  const view = viewOf(bytes);
  if (view.getUint32(0, true) !== MAGIC) throw malformed('not an object of this library', 'other first bytes', 'HSPR');
  requireVersion(view.getUint16(4, true));
  const kind = wanted.find((k) => k === bytes[6]);
  if (kind === undefined || bytes[7] !== 0)
    throw malformed(
      'another kind of object',
      `${nameOf(bytes[6]!)}, ${bytes[7]}`,
      `${wanted.map(nameOf).join(' or ')}, 0`,
    );
  const length = view.getBigUint64(8, true);
  if (length < HEADER_BYTES || length > Number.MAX_SAFE_INTEGER)
    throw malformed('no such length', String(length), `${HEADER_BYTES} .. ${Number.MAX_SAFE_INTEGER}`);
  return { kind, length: Number(length), id: bytesToHex(bytes.subarray(ID_AT, HEADER_BYTES)) };
}

/** Header and body of an object that is complete. @throws 'malformed-bytes', 'unsupported-version' */
export function readHeader(bytes: Uint8Array, wanted: readonly Kind[]): { kind: Kind; id: string; body: Uint8Array } {
  const { kind, id, length } = parseHeader(bytes, wanted);
  if (length !== bytes.length) throw malformed('cut short, or bytes behind the end', bytes.length, `${length} bytes`);
  return { kind, id, body: bytes.subarray(HEADER_BYTES) };
}

/** @throws 'unsupported-version' that names the version needed */
function requireVersion(met: number): void {
  if (met === FORMAT_VERSION) return;
  const isNewer = met > FORMAT_VERSION;
  throw new HesperError(
    'unsupported-version',
    `these bytes need version ${met} of the format, and this release reads version ${FORMAT_VERSION}`,
    {
      met,
      wanted: FORMAT_VERSION,
      remedy: isNewer
        ? `Update hesper to a release that reads version ${met}`
        : `Make the object again: versions before ${FORMAT_VERSION} were provisional`,
    },
  );
}

const nameOf = (kind: number): string =>
  Object.entries(kinds).find(([, k]) => k === kind)?.[0] ?? `unknown kind ${kind}`;

export function requireLength(body: Uint8Array, wanted: number): void {
  if (body.length !== wanted)
    throw malformed('wrong length', body.length + HEADER_BYTES, `${wanted + HEADER_BYTES} bytes`);
}

export function requireZeros(reserved: Uint8Array): void {
  if (reserved.some((x) => x !== 0)) throw malformed('reserved bytes are set', 'others', 'zeros');
}

export const malformed = (summary: string, met: unknown, wanted: unknown): HesperError =>
  new HesperError('malformed-bytes', `these bytes do not parse: ${summary}`, {
    met,
    wanted,
    remedy: 'Send them again, unchanged and complete',
  });

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
