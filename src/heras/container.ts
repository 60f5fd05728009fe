import { sha256 } from '@noble/hashes/sha2.js';
import { z } from 'zod';
import { HesperError } from '../errors.ts';

/**
 * The one file format of models and checkpoints. Numbers are little-endian.
 *   8 bytes   'HESPER\r\n'
 *   uint32    version, 1
 *   uint32    length of the header, a multiple of 4
 *   header    JSON in UTF-8, padded with spaces: { kind, tensors: [{ name, shape }], content }
 *   float32   the tensors one after the other, row-major
 *   32 bytes  SHA-256 of everything before
 */
export interface Container {
  /** 'model' or 'checkpoint'. */
  readonly kind: string;
  readonly tensors: readonly NamedTensor[];
  /** Whatever else the kind needs: JSON. Its reader checks it. */
  readonly content: unknown;
}

export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

const magic = new TextEncoder().encode('HESPER\r\n');
const version = 1;
const start = 16;
const digestBytes = 32;
const maxHeaderBytes = 2 ** 20;

const size = z
  .number()
  .int()
  .min(0)
  .max(2 ** 27);
const headerSchema = z.strictObject({
  kind: z.string().max(32),
  tensors: z.array(z.strictObject({ name: z.string().max(200), shape: z.array(size).max(8) })).max(10_000),
  content: z.unknown(),
});

export function encodeContainer({ kind, tensors, content }: Container): Uint8Array {
  const json = JSON.stringify({ kind, tensors: tensors.map(({ name, shape }) => ({ name, shape })), content });
  const text = new TextEncoder().encode(json);
  const headerBytes = Math.ceil(text.length / 4) * 4;
  const numbers = tensors.reduce((total, { data }) => total + data.length, 0);
  const bytes = new Uint8Array(start + headerBytes + 4 * numbers + digestBytes);
  const view = new DataView(bytes.buffer);
  bytes.set(magic);
  view.setUint32(8, version, true);
  view.setUint32(12, headerBytes, true);
  bytes.fill(0x20, start, start + headerBytes).set(text, start);
  writeFloats(view, start + headerBytes, tensors);
  bytes.set(sha256(bytes.subarray(0, -digestBytes)), bytes.length - digestBytes);
  return bytes;
}

/**
 * Checks everything that does not depend on the kind: magic, version, lengths, digest, header, finite numbers.
 * Throws 'malformed-bytes', 'unsupported-version' or 'non-finite-value'.
 */
export function decodeContainer(bytes: Uint8Array, kind: string): Container {
  if (bytes.length < start + digestBytes || magic.some((byte, i) => bytes[i] !== byte))
    throw malformed('These are not the bytes of a Hesper file', `${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  checkVersion(view.getUint32(8, true));
  const body = bytes.subarray(0, -digestBytes);
  if (sha256(body).some((byte, i) => bytes[body.length + i] !== byte))
    throw malformed('The file was cut short or damaged: its digest does not match', `${bytes.length} bytes`);
  const header = readHeader(body, view.getUint32(12, true));
  if (header.kind !== kind) throw malformed(`This is not a ${kind} file`, header.kind);
  return { kind, tensors: readTensors(body, view, header), content: header.content };
}

function checkVersion(met: number): void {
  if (met === version) return;
  throw new HesperError(
    'unsupported-version',
    `The file needs version ${met} of its format; version ${version} is read`,
    {
      met,
      wanted: version,
      remedy: 'Update hesper, or write the file again with this release.',
    },
  );
}

function readHeader(body: Uint8Array, headerBytes: number) {
  if (headerBytes > maxHeaderBytes || start + headerBytes > body.length)
    throw malformed('The header is longer than allowed', headerBytes);
  const result = headerSchema.safeParse(parseJson(body.subarray(start, start + headerBytes)));
  if (!result.success) throw malformed('The header does not parse', result.error.issues[0]!.message);
  return { ...result.data, bytes: headerBytes };
}

function parseJson(text: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text));
  } catch {
    return undefined;
  }
}

type Header = ReturnType<typeof readHeader>;

function readTensors(body: Uint8Array, view: DataView, header: Header): NamedTensor[] {
  let at = start + header.bytes;
  const wanted = header.tensors.reduce((total, { shape }) => total + 4 * product(shape), at);
  if (wanted !== body.length) throw malformed('The length does not match the header', body.length, wanted);
  return header.tensors.map(({ name, shape }) => {
    const data = readFloats(view, at, product(shape), name);
    at += 4 * data.length;
    return { name, shape, data };
  });
}

function readFloats(view: DataView, at: number, count: number, name: string): Float32Array {
  const data = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const value = (data[i] = view.getFloat32(at + 4 * i, true));
    if (!Number.isFinite(value)) throw notFinite(name, i, value);
  }
  return data;
}

function writeFloats(view: DataView, from: number, tensors: readonly NamedTensor[]): void {
  let at = from;
  for (const { name, data } of tensors)
    for (const [i, value] of data.entries()) {
      if (!Number.isFinite(value)) throw notFinite(name, i, value);
      view.setFloat32(at, value, true);
      at += 4;
    }
}

const product = (shape: readonly number[]): number => shape.reduce((total, n) => total * n, 1);

const malformed = (summary: string, met: unknown, wanted?: unknown) =>
  new HesperError('malformed-bytes', summary, { met, wanted, remedy: 'Fetch or write the file again.' });

const notFinite = (name: string, index: number, value: number) =>
  new HesperError('non-finite-value', `Weight '${name}' holds a number that is not finite`, {
    met: { index, value: String(value) },
    remedy: 'Train again with a smaller learning rate or with globalClipnorm.',
  });
