/** ChaCha20 (RFC 8439) and the samplers of `kernel.ts`, word by word as written there. */

const CONSTANTS = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574] as const;

const rotate = (x: number, by: number): number => (x << by) | (x >>> (32 - by));

function quarterRound(s: Int32Array, a: number, b: number, c: number, d: number): void {
  s[a] = s[a]! + s[b]!;
  s[d] = rotate(s[d]! ^ s[a]!, 16);
  s[c] = s[c]! + s[d]!;
  s[b] = rotate(s[b]! ^ s[c]!, 12);
  s[a] = s[a]! + s[b]!;
  s[d] = rotate(s[d]! ^ s[a]!, 8);
  s[c] = s[c]! + s[d]!;
  s[b] = rotate(s[b]! ^ s[c]!, 7);
}

function doubleRound(s: Int32Array): void {
  for (let i = 0; i < 4; i++) quarterRound(s, i, 4 + i, 8 + i, 12 + i);
  for (let i = 0; i < 4; i++) quarterRound(s, i, 4 + ((i + 1) % 4), 8 + ((i + 2) % 4), 12 + ((i + 3) % 4));
}

/** One block of 64 bytes. `key` 32 bytes, `nonce` three little-endian words. */
export function chachaBlock(key: Uint8Array, counter: number, nonce: readonly [number, number, number]): Uint8Array {
  const view = new DataView(key.buffer, key.byteOffset, 32);
  const words = Array.from({ length: 8 }, (_, i) => view.getInt32(4 * i, true));
  const start = Int32Array.from([...CONSTANTS, ...words, counter, ...nonce]);
  const state = start.slice();
  for (let round = 0; round < 10; round++) doubleRound(state);
  const out = new DataView(new ArrayBuffer(64));
  state.forEach((x, i) => {
    out.setInt32(4 * i, x + start[i]!, true);
  });
  return new Uint8Array(out.buffer);
}

/** The endless key stream of one (seed, domain, prime index). */
function* stream(seed: Uint8Array, domain: number, index: number): Generator<number> {
  for (let counter = 0; ; counter++) yield* chachaBlock(seed, counter, [domain, index, 0]);
}

function nextWord(bytes: Generator<number>): bigint {
  let word = 0n;
  for (let i = 0n; i < 8n; i++) word |= BigInt(bytes.next().value) << (8n * i);
  return word;
}

/** n balanced residues, uniform mod p (domain 1). */
export function uniformRow(seed: Uint8Array, index: number, p: bigint, n: number): Float64Array {
  const bytes = stream(seed, 1, index);
  const mask = (1n << BigInt(p.toString(2).length)) - 1n;
  return new Float64Array(n).map(() => {
    let v = nextWord(bytes) & mask;
    while (v >= p) v = nextWord(bytes) & mask;
    return Number(2n * v > p ? v - p : v);
  });
}

/** n values of {-1, 0, 1} (domain 2). */
export function ternaryRow(seed: Uint8Array, n: number): Float64Array {
  const out = new Float64Array(n);
  let filled = 0;
  for (const byte of stream(seed, 2, 0)) {
    for (let shift = 0; shift < 8 && filled < n; shift += 2) {
      const field = (byte >> shift) & 3;
      if (field < 3) out[filled++] = field - 1;
    }
    if (filled === n) break;
  }
  return out;
}

const COINS = (1n << 21n) - 1n;

const population = (x: bigint): number => [...x.toString(2)].filter((bit) => bit === '1').length;

/** n values of the centred binomial distribution of 2 x 21 coins (domain 3). */
export function errorRow(seed: Uint8Array, n: number): Float64Array {
  const bytes = stream(seed, 3, 0);
  return new Float64Array(n).map(() => {
    const word = nextWord(bytes);
    return population(word & COINS) - population((word >> 21n) & COINS);
  });
}
