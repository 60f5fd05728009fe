import { BackwardBits, broken } from './bits.ts';
import { FseState, readFseTable } from './fse.ts';

/** A prefix code by its next `log` bits: the symbol, and how many of the bits are its own. */
export interface HuffmanTable {
  readonly log: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
}

const MAX_LOG = 11;
const MAX_WEIGHTS = 255;

/** @throws 'malformed-bytes' */
export function readHuffmanTable(bytes: Uint8Array): { table: HuffmanTable; used: number } {
  const head = bytes[0] ?? 0;
  const length = head < 128 ? head : (head - 126) >> 1;
  if (1 + length > bytes.length) throw broken('a prefix code that is cut short');
  const body = bytes.subarray(1, 1 + length);
  const weights = head < 128 ? compressedWeights(body) : plainWeights(body, head - 127);
  return { table: tableOf(weights), used: 1 + length };
}

const plainWeights = (bytes: Uint8Array, count: number): number[] =>
  Array.from({ length: count }, (_, i) => (i % 2 === 0 ? bytes[i >> 1]! >> 4 : bytes[i >> 1]! & 15));

/** Two states in turns, until the bits are used up; then the symbol that the other one stands at. */
function compressedWeights(bytes: Uint8Array): number[] {
  const { table, used } = readFseTable(bytes, { maxLog: 6, maxSymbol: 15 });
  const bits = new BackwardBits(bytes.subarray(used));
  let [state, other] = [new FseState(table, bits), new FseState(table, bits)];
  if (bits.left < 0) throw broken('weights that are cut short');
  const weights: number[] = [];
  for (;;) {
    weights.push(state.symbol);
    state.advance();
    [state, other] = [other, state];
    if (weights.length >= MAX_WEIGHTS) throw broken('too many weights');
    if (bits.left < 0) break;
  }
  return [...weights, state.symbol];
}

/** The last weight is the one that makes the code complete. */
function tableOf(given: readonly number[]): HuffmanTable {
  const sum = given.reduce((total, w) => total + (w > 0 ? 2 ** (w - 1) : 0), 0);
  if (sum === 0 || sum >= 2 ** MAX_LOG) throw broken('weights that do not make a code');
  const log = 32 - Math.clz32(sum);
  const rest = 2 ** log - sum;
  if ((rest & (rest - 1)) !== 0) throw broken('weights that do not make a code');
  const weights = [...given, 32 - Math.clz32(rest)];
  if (weights.length > MAX_WEIGHTS + 1) throw broken('too many weights');
  const symbols = new Uint8Array(2 ** log);
  const bits = new Uint8Array(2 ** log);
  let at = 0;
  for (let w = 1; w <= log; w++)
    weights.forEach((weight, symbol) => {
      if (weight !== w) return;
      const end = at + 2 ** (w - 1);
      symbols.fill(symbol, at, end);
      bits.fill(log + 1 - w, at, end);
      at = end;
    });
  return { log, symbols, bits };
}

/** Fills `out`. @throws 'malformed-bytes' unless that takes exactly the stream */
export function decodeHuffman({ log, symbols, bits }: HuffmanTable, stream: Uint8Array, out: Uint8Array): void {
  const reader = new BackwardBits(stream);
  for (let i = 0; i < out.length; i++) {
    const code = reader.peek(log);
    out[i] = symbols[code]!;
    reader.left -= bits[code]!;
  }
  reader.requireEnd();
}
