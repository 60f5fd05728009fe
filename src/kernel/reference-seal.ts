/** ChaCha20-Poly1305 as RFC 8439 writes it, in BigInt; and ternary rows as 2-bit fields. Not in constant time. */
import { chachaBlock } from './reference-random.ts';

/** Key of 32 bytes, nonce of 12, and what is authenticated besides the bytes. */
export interface SealKey {
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  readonly associated: Uint8Array;
}

export const TAG_BYTES = 16;
const PRIME = 2n ** 130n - 5n;
const CLAMP = 0x0ffffffc0ffffffc0ffffffc0fffffffn;

const littleEndian = (bytes: Uint8Array): bigint => bytes.reduceRight((sum, b) => (sum << 8n) | BigInt(b), 0n);

const toBytes = (x: bigint, count: number): Uint8Array =>
  Uint8Array.from({ length: count }, (_, i) => Number((x >> BigInt(8 * i)) & 255n));

/** The one-time authenticator of `message` under 32 bytes. */
export function poly1305(key: Uint8Array, message: Uint8Array): Uint8Array {
  const r = littleEndian(key.subarray(0, 16)) & CLAMP;
  let sum = 0n;
  for (let at = 0; at < message.length; at += 16) {
    const block = message.subarray(at, at + 16);
    sum = ((sum + littleEndian(block) + (1n << BigInt(8 * block.length))) * r) % PRIME;
  }
  return toBytes((sum + littleEndian(key.subarray(16, 32))) & (2n ** 128n - 1n), TAG_BYTES);
}

function nonceWords(nonce: Uint8Array): [number, number, number] {
  const view = new DataView(nonce.buffer, nonce.byteOffset, nonce.byteLength);
  return [view.getUint32(0, true), view.getUint32(4, true), view.getUint32(8, true)];
}

function cipher({ key, nonce }: SealKey, bytes: Uint8Array): Uint8Array {
  const words = nonceWords(nonce);
  const blocks = Array.from({ length: Math.ceil(bytes.length / 64) }, (_, i) => chachaBlock(key, i + 1, words));
  return bytes.map((x, i) => x ^ blocks[i >> 6]![i & 63]!);
}

function tagOf({ key, nonce, associated }: SealKey, hidden: Uint8Array): Uint8Array {
  const padded = (bytes: Uint8Array): number[] => [...bytes, ...new Uint8Array((16 - (bytes.length % 16)) % 16)];
  const lengths = [...toBytes(BigInt(associated.length), 8), ...toBytes(BigInt(hidden.length), 8)];
  const message = Uint8Array.from([...padded(associated), ...padded(hidden), ...lengths]);
  return poly1305(chachaBlock(key, 0, nonceWords(nonce)), message);
}

/** The bytes hidden, and the tag. */
export function sealBytes(key: SealKey, bytes: Uint8Array): Uint8Array {
  const hidden = cipher(key, bytes);
  return Uint8Array.from([...hidden, ...tagOf(key, hidden)]);
}

/** Undefined if the tag is not that of the bytes. */
export function openBytes(key: SealKey, sealed: Uint8Array): Uint8Array | undefined {
  const hidden = sealed.subarray(0, sealed.length - TAG_BYTES);
  const tag = tagOf(key, hidden);
  return tag.every((x, i) => x === sealed[hidden.length + i]) ? cipher(key, hidden) : undefined;
}

/** Undefined if a number is not -1, 0 or 1. */
export function ternaryToBytes(row: Float64Array): Uint8Array | undefined {
  if (!row.every((x) => x === -1 || x === 0 || x === 1)) return undefined;
  return Uint8Array.from({ length: row.length / 4 }, (_, i) =>
    row.subarray(4 * i, 4 * i + 4).reduce((byte, x, k) => byte | ((x + 1) << (2 * k)), 0),
  );
}

/** Undefined if a field is 3. */
export function ternaryFromBytes(bytes: Uint8Array): Float64Array | undefined {
  const fields = Float64Array.from({ length: 4 * bytes.length }, (_, i) => (bytes[i >> 2]! >> (2 * (i & 3))) & 3);
  return fields.every((f) => f < 3) ? fields.map((f) => f - 1) : undefined;
}
