import { type BackwardBits, broken } from './bits.ts';

/** A table of finite state entropy: for each state its symbol, and how the next state is read. */
export interface FseTable {
  /** log2 of the number of states. */
  readonly log: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
  readonly next: Uint16Array;
}

/** Probabilities are counts of states; -1 is less than one. */
export function fseTable(counts: readonly number[], log: number): FseTable {
  const size = 1 << log;
  const symbols = new Uint8Array(size);
  const descending = counts.map((count) => Math.abs(count));
  let high = size;
  counts.forEach((count, s) => {
    if (count === -1) symbols[--high] = s;
  });
  let at = 0;
  counts.forEach((count, s) => {
    for (let i = 0; i < count; i++) {
      symbols[at] = s;
      do at = (at + (size >> 1) + (size >> 3) + 3) & (size - 1);
      while (at >= high);
    }
  });
  const bits = new Uint8Array(size);
  const next = new Uint16Array(size);
  symbols.forEach((s, state) => {
    const x = descending[s]!++;
    bits[state] = log - (31 - Math.clz32(x));
    next[state] = (x << bits[state]!) - size;
  });
  return { log, symbols, bits, next };
}

/** One symbol for ever. */
export const constantTable = (symbol: number): FseTable => ({
  log: 0,
  symbols: Uint8Array.of(symbol),
  bits: Uint8Array.of(0),
  next: Uint16Array.of(0),
});

/** A table described by bytes, and how many those were. @throws 'malformed-bytes' */
export function readFseTable(
  bytes: Uint8Array,
  { maxLog, maxSymbol }: { readonly maxLog: number; readonly maxSymbol: number },
): { table: FseTable; used: number } {
  let at = 4;
  const read = (count: number): number => {
    const [byte, shift] = [at >> 3, at & 7];
    at += count;
    const word = (bytes[byte] ?? 0) | ((bytes[byte + 1] ?? 0) << 8) | ((bytes[byte + 2] ?? 0) << 16);
    return (word >>> shift) & ((1 << count) - 1);
  };
  const log = ((bytes[0] ?? 0) & 15) + 5;
  if (log > maxLog) throw broken('a table that is too large');
  const counts: number[] = [];
  for (let left = 1 << log; left > 0; ) {
    const width = 32 - Math.clz32(left + 1);
    const value = read(width);
    const low = (1 << (width - 1)) - 1;
    const spare = (1 << width) - 2 - left;
    const isShort = (value & low) < spare;
    if (isShort) at--;
    const count = (isShort ? value & low : value > low ? value - spare : value) - 1;
    counts.push(count);
    left -= Math.abs(count);
    for (let zeros = count === 0 ? 3 : 0; zeros === 3; ) {
      zeros = read(2);
      for (let i = 0; i < zeros; i++) counts.push(0);
      if (counts.length > maxSymbol + 1) break;
    }
    if (left < 0 || counts.length > maxSymbol + 1) throw broken('a table that does not hold together');
  }
  const used = (at + 7) >> 3;
  if (used > bytes.length) throw broken('a table that is cut short');
  return { table: fseTable(counts, log), used };
}

/** A walk through the states of a table. */
export class FseState {
  readonly #table: FseTable;
  readonly #bits: BackwardBits;
  #state: number;

  constructor(table: FseTable, bits: BackwardBits) {
    this.#table = table;
    this.#bits = bits;
    this.#state = bits.read(table.log);
  }

  get symbol(): number {
    return this.#table.symbols[this.#state]!;
  }

  advance(): void {
    const { next, bits } = this.#table;
    this.#state = next[this.#state]! + this.#bits.read(bits[this.#state]!);
  }
}
