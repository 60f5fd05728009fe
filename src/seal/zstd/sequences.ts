import { BackwardBits, broken } from './bits.ts';
import { constantTable, FseState, type FseTable, fseTable, readFseTable } from './fse.ts';

/** Lengths of literals, offsets and lengths of matches: the tables that the next block may use again. */
export type Tables = readonly [FseTable | undefined, FseTable | undefined, FseTable | undefined];

interface Code {
  readonly maxLog: number;
  readonly maxSymbol: number;
  readonly predefined: FseTable;
}

const repeated = (value: number, count: number): number[] => new Array<number>(count).fill(value);

// prettier-ignore
const LITERALS: Code = {
  maxLog: 9,
  maxSymbol: 35,
  predefined: fseTable(
    [4, 3, ...repeated(2, 11), 1, 1, 1, ...repeated(2, 9), 3, 2, ...repeated(1, 5), ...repeated(-1, 4)],
    6,
  ),
};
const OFFSETS: Code = {
  maxLog: 8,
  maxSymbol: 31,
  predefined: fseTable([...repeated(1, 6), 2, 2, 2, ...repeated(1, 15), ...repeated(-1, 5)], 5),
};
const MATCHES: Code = {
  maxLog: 9,
  maxSymbol: 52,
  predefined: fseTable([1, 4, 3, ...repeated(2, 6), ...repeated(1, 37), ...repeated(-1, 7)], 6),
};
const CODES = [LITERALS, OFFSETS, MATCHES] as const;

/** Extra bits of each code; the bases follow, each behind the numbers of the one before. */
const LITERAL_BITS = [...repeated(0, 16), 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
const MATCH_BITS = [...repeated(0, 32), 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];

function basesOf(bits: readonly number[], first: number): number[] {
  let base = first;
  return bits.map((b) => {
    const here = base;
    base += 2 ** b;
    return here;
  });
}

const LITERAL_BASES = basesOf(LITERAL_BITS, 0);
const MATCH_BASES = basesOf(MATCH_BITS, 3);

/** One step: copy `literals` of them, then `match` bytes from `offsetValue` back (1 .. 3 name offsets used before). */
export type Step = (literals: number, offsetValue: number, match: number) => void;

/** Runs the sequences of one block; the tables for the next. @throws 'malformed-bytes', and what `step` throws */
export function runSequences(section: Uint8Array, known: Tables, step: Step): Tables {
  const { count, used } = readCount(section);
  if (count === 0) {
    if (section.length > used) throw broken('bytes behind the sequences');
    return known;
  }
  const modes = section[used] ?? 3;
  if ((modes & 3) !== 0) throw broken('reserved bits of sequences');
  let rest = section.subarray(used + 1);
  const tables = CODES.map((code, i) => {
    const read = readTable(rest, (modes >> (6 - 2 * i)) & 3, code, known[i]);
    rest = rest.subarray(read.used);
    return read.table;
  }) as [FseTable, FseTable, FseTable];
  run(new BackwardBits(rest), tables, count, step);
  return tables;
}

function readCount(section: Uint8Array): { count: number; used: number } {
  const [a = 0, b = 0, c = 0] = section;
  const used = a < 128 ? 1 : a < 255 ? 2 : 3;
  if (section.length < used) throw broken('sequences that are cut short');
  if (used === 1) return { count: a, used };
  return { count: used === 2 ? (a - 128) * 256 + b : b + c * 256 + 0x7f00, used };
}

function readTable(
  bytes: Uint8Array,
  mode: number,
  { maxLog, maxSymbol, predefined }: Code,
  known: FseTable | undefined,
): { table: FseTable; used: number } {
  if (mode === 0) return { table: predefined, used: 0 };
  if (mode === 2) return readFseTable(bytes, { maxLog, maxSymbol });
  if (mode === 1) {
    if (bytes.length === 0 || bytes[0]! > maxSymbol) throw broken('no such code');
    return { table: constantTable(bytes[0]!), used: 1 };
  }
  if (known === undefined) throw broken('a table that was never given');
  return { table: known, used: 0 };
}

function run(bits: BackwardBits, tables: readonly [FseTable, FseTable, FseTable], count: number, step: Step): void {
  const [literals, offsets, matches] = tables.map((table) => new FseState(table, bits)) as [
    FseState,
    FseState,
    FseState,
  ];
  for (let i = 0; i < count; i++) {
    const offset = 2 ** offsets.symbol + bits.read(offsets.symbol);
    const match = MATCH_BASES[matches.symbol]! + bits.read(MATCH_BITS[matches.symbol]!);
    const length = LITERAL_BASES[literals.symbol]! + bits.read(LITERAL_BITS[literals.symbol]!);
    if (bits.left < 0) throw broken('sequences that are cut short');
    step(length, offset, match);
    if (i === count - 1) break;
    literals.advance();
    matches.advance();
    offsets.advance();
  }
  bits.requireEnd();
}
