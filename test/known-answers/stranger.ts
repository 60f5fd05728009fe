import { createCipheriv, createDecipheriv, createHash, scryptSync } from 'node:crypto';

/*
 * A reader of the byte format by somebody who has docs/format.md and docs/secret-key-file.md and nothing else: plain
 * BigInt, and ChaCha20, scrypt and SHA-256 from node:crypto. It imports nothing of the library.
 */

type Row = bigint[];
export interface Parameters {
  readonly id: string;
  readonly scheme: number;
  readonly n: number;
  readonly generator: bigint;
  readonly primes: readonly bigint[];
  readonly plaintextModuli: readonly bigint[];
}

function open(bytes: Buffer, kind: number): { id: string; body: Buffer } {
  if (bytes.toString('latin1', 0, 4) !== 'HSPR' || bytes.readUInt16LE(4) !== 4) throw new Error('not version 4');
  if (bytes[6] !== kind || bytes[7] !== 0) throw new Error(`not of kind ${kind}`);
  if (bytes.readBigUInt64LE(8) !== BigInt(bytes.length)) throw new Error('wrong length');
  return { id: bytes.toString('hex', 16, 48), body: bytes.subarray(48) };
}

export function readParameters(bytes: Buffer): Parameters {
  const { id, body } = open(bytes, 1);
  if (createHash('sha256').update(body).digest('hex') !== id) throw new Error('wrong id');
  const [data, special, moduli] = [body[5]!, body[6]!, body[7]!];
  const numbers = Array.from({ length: data + special + moduli }, (_, i) => body.readBigUInt64LE(16 + 8 * i));
  return {
    id,
    scheme: body[0]!,
    n: 2 ** body[4]!,
    generator: BigInt(body[8]!),
    primes: numbers.slice(0, data + special),
    plaintextModuli: numbers.slice(data + special),
  };
}

export interface Batch {
  readonly scale: number;
  readonly t: bigint | undefined;
  /** [ciphertext][part][prime], coefficients in [0, p). */
  readonly ciphertexts: readonly (readonly Row[])[][];
}

export function readCiphertexts(parameters: Parameters, bytes: Buffer): Batch {
  const seeded = bytes[6] === 4;
  const { id, body } = open(bytes, seeded ? 4 : 5);
  if (id !== parameters.id) throw new Error('other parameters');
  const [count, level, parts] = [body.readUInt32LE(0), body[4]!, body[5]!];
  const primes = parameters.primes.slice(0, level + 1);
  const sizes = primes.map((p) => (parameters.n / 8) * bitsOf(p));
  let at = 16 + (seeded ? 32 * count : 0);
  const element = (): Row[] => primes.map((p, i) => unpack(body.subarray(at, (at += sizes[i]!)), p, parameters.n));
  const stored = Array.from({ length: seeded ? 1 : parts }, () => Array.from({ length: count }, element));
  if (at !== body.length) throw new Error('wrong length');
  const ciphertexts = stored[0]!.map((_, c) => {
    if (!seeded) return stored.map((part) => part[c]!);
    const seed = body.subarray(16 + 32 * c, 48 + 32 * c);
    return [stored[0]![c]!, primes.map((p, i) => expand(seed, i, p, parameters.n))];
  });
  return { scale: body.readDoubleLE(8), t: parameters.plaintextModuli[body[6]!], ciphertexts };
}

const bitsOf = (p: bigint): number => p.toString(2).length;

/** n residues of ceil(log2 p) bits, little-endian, without gaps; each below p. */
export function unpack(bytes: Buffer, p: bigint, n: number): Row {
  const bits = bitsOf(p);
  return Array.from({ length: n }, (_, i) => {
    const first = Math.floor((i * bits) / 8);
    const window = Buffer.alloc(8);
    bytes.copy(window, 0, first, first + 8);
    const v = (window.readBigUInt64LE() >> BigInt((i * bits) % 8)) & ((1n << BigInt(bits)) - 1n);
    if (v >= p) throw new Error('residue out of range');
    return v;
  });
}

/** The uniform polynomial of a seed modulo the prime with this index, as coefficients. */
const expand = (seed: Buffer, index: number, p: bigint, n: number): Row =>
  interpolate(drawn(seed, index, p, n), rootOf(p, n), p);

/** The same as values: the words of the stream that are below p. */
export function drawn(seed: Buffer, index: number, p: bigint, n: number): Row {
  const iv = Buffer.alloc(16); // block counter 0, then the nonce: domain 1, prime index, 0
  iv.writeUInt32LE(1, 4);
  iv.writeUInt32LE(index, 8);
  const stream = createCipheriv('chacha20', seed, iv).update(Buffer.alloc(8 * 4 * n));
  const mask = (1n << BigInt(bitsOf(p))) - 1n;
  const values: Row = [];
  for (let at = 0; values.length < n; at += 8) {
    const v = stream.readBigUInt64LE(at) & mask;
    if (v < p) values.push(v);
  }
  return values;
}

/** From the values at root^(2 r + 1), r the bit reversals of 0 .. n-1, to coefficients: inverse butterflies. */
function interpolate(values: Row, root: bigint, p: bigint): Row {
  const a = values.slice();
  const n = a.length;
  for (let size = 1; size < n; size *= 2)
    for (let block = 0; block < n / (2 * size); block++) {
      // x - w^2 splits into x - w and x + w: w is root to this odd multiple of the size.
      const w = power(root, BigInt(size * (1 + 2 * reverse(block, n / (2 * size)))), p);
      const inverse = power(w, p - 2n, p);
      for (let i = 2 * size * block; i < 2 * size * block + size; i++) {
        const [even, odd] = [a[i]! + a[i + size]!, a[i]! - a[i + size]!];
        a[i] = even % p;
        a[i + size] = ((odd + p) * inverse) % p;
      }
    }
  const scale = power(BigInt(n), p - 2n, p);
  return a.map((x) => (x * scale) % p);
}

const reverse = (x: number, count: number): number => {
  let out = 0;
  for (let bit = 1; bit < count; bit *= 2) out = 2 * out + (Math.floor(x / bit) % 2);
  return out;
};

/** g^((p-1) / 2n) for the smallest g >= 2 whose power n is -1. */
export function rootOf(p: bigint, n: number): bigint {
  for (let g = 2n; ; g++) {
    const root = power(g, (p - 1n) / BigInt(2 * n), p);
    if (power(root, BigInt(n), p) === p - 1n) return root;
  }
}

export function power(base: bigint, exponent: bigint, p: bigint): bigint {
  let result = 1n;
  for (let square = base % p, e = exponent; e > 0n; e >>= 1n, square = (square * square) % p)
    if (e & 1n) result = (result * square) % p;
  return result;
}

/** The ternary secret from its file: n numbers of -1, 0, 1. */
export function readSecretKey({ id, n }: Parameters, bytes: Buffer, passphrase: string): number[] {
  if (bytes.toString('latin1', 0, 4) !== 'HSSK' || bytes.toString('hex', 16, 48) !== id) throw new Error('another key');
  const cost = { N: 2 ** bytes[7]!, r: bytes.readUInt32LE(8), p: bytes.readUInt32LE(12) };
  const key = scryptSync(passphrase.normalize('NFKC'), bytes.subarray(64, 80), 32, cost);
  const cipher = createDecipheriv('chacha20-poly1305', key, bytes.subarray(80, 92), { authTagLength: 16 });
  cipher.setAAD(bytes.subarray(0, 92), { plaintextLength: n / 4 });
  cipher.setAuthTag(bytes.subarray(92 + n / 4));
  const row = Buffer.concat([cipher.update(bytes.subarray(92, 92 + n / 4)), cipher.final()]);
  return Array.from({ length: n }, (_, i) => ((row[i >> 2]! >> (2 * (i % 4))) & 3) - 1);
}

/** part 0 + part 1 * s modulo the first prime, balanced: enough for messages that are small beside it. */
export function phase([c0, c1]: readonly (readonly Row[])[], secret: readonly number[], p: bigint): Row {
  const out = c0![0]!.slice();
  secret.forEach((s, shift) => {
    if (s === 0) return;
    for (let i = 0; i < out.length; i++) {
      const to = i + shift;
      const term = c1![0]![i]! * BigInt(to < out.length ? s : -s);
      out[to % out.length] = out[to % out.length]! + term;
    }
  });
  return out.map((x) => balanced(x, p));
}

export function balanced(x: bigint, p: bigint): bigint {
  const r = ((x % p) + p) % p;
  return 2n * r > p ? r - p : r;
}
