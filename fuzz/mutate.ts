import { pairCount, pairs } from './coverage.ts';
import type { Random } from './random.ts';

/** Changes bytes, which are not touched: gives others. `others`: inputs to take pieces from. */
export function mutate(bytes: Uint8Array, random: Random, others: readonly Uint8Array[], most: number): Uint8Array {
  let changed: Uint8Array = bytes.slice();
  const kinds = random.rarely(3) ? inPlace : changes;
  for (let i = 0; i <= random.below(4); i++) changed = random.one(kinds)(changed, random, others);
  return changed.length > most ? changed.subarray(0, most) : changed;
}

type Change = (bytes: Uint8Array, random: Random, others: readonly Uint8Array[]) => Uint8Array;

/** Heads decide most: half of all places are in the first 80 bytes. */
const place = (bytes: Uint8Array, random: Random): number =>
  random.below(random.rarely(2) ? Math.min(80, bytes.length) : bytes.length);

const numbers = [0, 1, 2, 3, 4, 7, 8, 15, 16, 63, 64, 127, 128, 255, 256, 1023, 1024, 2047, 65535, 65536, 2 ** 20];
const large = [2 ** 24, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];
const reals = [0, -0, Number.NaN, Infinity, -Infinity, -1, 5e-324, 1e308, 2 ** 53, 2 ** -1074, 1, 2 ** 40];

function write(bytes: Uint8Array, at: number, width: number, value: number): Uint8Array {
  if (at + width > bytes.length) return bytes;
  for (let i = 0; i < width; i++) bytes[at + i] = Math.floor(value / 256 ** i) % 256;
  return bytes;
}

function read(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let i = width - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}

const widths = [1, 2, 4];

const flip: Change = (bytes, random) => {
  if (bytes.length > 0) bytes[place(bytes, random)]! ^= 1 << random.below(8);
  return bytes;
};
const setByte: Change = (bytes, random) => {
  if (bytes.length > 0) bytes[place(bytes, random)] = random.below(256);
  return bytes;
};
const setNumber: Change = (bytes, random) => {
  const width = random.one(widths);
  return write(bytes, place(bytes, random), width, random.one(random.rarely(4) ? large : numbers));
};
const shiftNumber: Change = (bytes, random) => {
  const width = random.one(widths);
  const at = place(bytes, random);
  const value = read(bytes, at, width) + random.below(9) - 4;
  return write(bytes, at, width, (value + 256 ** width) % 256 ** width);
};
const setReal: Change = (bytes, random) => {
  const at = place(bytes, random) & ~7;
  if (at + 8 <= bytes.length) new DataView(bytes.buffer, bytes.byteOffset).setFloat64(at, random.one(reals), true);
  return bytes;
};
const cut: Change = (bytes, random) =>
  bytes.slice(0, random.rarely(2) ? place(bytes, random) : bytes.length - 1 - random.below(16));
const extend: Change = (bytes, random) => {
  const longer = new Uint8Array(bytes.length + 1 + random.below(random.rarely(4) ? 4096 : 16));
  longer.set(bytes);
  if (random.rarely(2)) longer.fill(random.below(256), bytes.length);
  return longer;
};
const remove: Change = (bytes, random) => {
  const at = place(bytes, random);
  const count = 1 + random.below(random.rarely(4) ? bytes.length : 16);
  return joined(bytes.subarray(0, at), bytes.subarray(at + count));
};
const repeat: Change = (bytes, random) => {
  const at = place(bytes, random);
  const end = at + 1 + random.below(32);
  return joined(bytes.subarray(0, end), bytes.subarray(at));
};
const fill: Change = (bytes, random) => {
  const at = place(bytes, random);
  return bytes.fill(random.one([0, 255, 128, random.below(256)]), at, at + 1 + random.below(64));
};
const splice: Change = (bytes, random, others) => {
  const other = random.one(others) ?? bytes;
  return joined(bytes.subarray(0, place(bytes, random)), other.subarray(place(other, random)));
};
const copyIn: Change = (bytes, random, others) => overwritten(bytes, random.one(others) ?? bytes, random);
/** What a comparison wanted, where the input has what it met. */
const satisfy: Change = (bytes, random) => {
  const count = pairCount();
  if (count === 0) return flip(bytes, random, []);
  const pair = random.below(count);
  const [a, b] = random.rarely(2) ? [0, 1] : [1, 0];
  const met = pairs[2 * pair + a]!;
  const wanted = pairs[2 * pair + b]! + random.below(3) - 1;
  if (!Number.isSafeInteger(met) || !Number.isSafeInteger(wanted) || wanted < 0) return bytes;
  const width = random.one(widths);
  const start = place(bytes, random);
  for (let at = start; at + width <= Math.min(bytes.length, start + 256); at++)
    if (read(bytes, at, width) === met) return write(bytes, at, width, wanted);
  // A length is compared as a whole: the input itself becomes longer or shorter.
  if (bytes.length === met && wanted < 2 ** 20) return resized(bytes, wanted);
  return write(bytes, start, width, wanted);
};
const lengthen: Change = (bytes, random) => {
  const count = pairCount();
  if (count === 0) return bytes;
  const pair = random.below(count);
  const by = Math.abs(pairs[2 * pair]! - pairs[2 * pair + 1]!);
  if (!(by > 0 && by < 65536)) return bytes;
  return resized(bytes, random.rarely(2) ? bytes.length + by : Math.max(0, bytes.length - by));
};

function overwritten(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const from = place(other, random);
  const piece = other.subarray(from, from + 1 + random.below(64));
  const at = random.rarely(2) ? from : place(bytes, random);
  if (at + piece.length <= bytes.length) bytes.set(piece, at);
  return bytes;
}

function resized(bytes: Uint8Array, length: number): Uint8Array {
  if (length <= bytes.length) return bytes.slice(0, length);
  const longer = new Uint8Array(length);
  longer.set(bytes);
  return longer;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}

/** A wrong length is the first thing found: a third of the inputs keep theirs. */
const inPlace: readonly Change[] = [flip, flip, setByte, setNumber, shiftNumber, setReal, fill, copyIn];
const changes: readonly Change[] = [
  ...inPlace,
  cut,
  extend,
  remove,
  repeat,
  splice,
  satisfy,
  satisfy,
  satisfy,
  lengthen,
];
