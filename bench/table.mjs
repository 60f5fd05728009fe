/**
 * Turns the measurements of `hesper bench engine`, `bench circuits` and `hesper reproduce` in bench/results/ into the
 * tables of README.md.
 *   node bench/table.mjs            prints them
 *   node bench/table.mjs --write    puts them between the markers in README.md
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { reproducedMarkers, reproducedTables, systems } from './reproduced.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const BEGIN = '<!-- bench engine: written by bench/table.mjs -->';
const END = '<!-- end of bench engine -->';

/** What each operation has to reach at n = 8192, 16384, 32768: times node-seal's speed. */
export const floors = {
  'multiply-relinearize': [8, 6, 6],
  rotate: [8, 6, 6],
  'rotate-hoisted': [14, 10, 10],
  'multiply-plain': [20, 12, 8],
  rescale: [6, 6, 6],
  'encrypt-symmetric': [5, 5, 5],
  'encrypt-public': [10, 10, 10],
  encode: [5, 5, 5],
  decode: [5, 5, 5],
  decrypt: [10, 8, 6],
};
/** The same of exact integers. */
export const bfvFloors = { 'multiply-relinearize': [14] };
/** Of two threads over one, and of the WebAssembly kernel over node-seal in every row of CKKS. */
export const threadsFloor = 1.7;
export const wasmFloor = 1.5;
/** Lists on two threads that have a floor. */
export const threadedOps = ['relinearize', 'rotate', 'ntt-forward', 'ntt-inverse'];

const names = {
  encode: 'encode',
  decode: 'decode',
  'encrypt-symmetric': 'encrypt, secret key',
  'encrypt-public': 'encrypt, public key',
  decrypt: 'decrypt',
  add: 'add',
  'multiply-plain': 'multiply by a vector',
  'multiply-scalar': 'multiply by a number',
  'multiply-relinearize': 'multiply and relinearise',
  square: 'square',
  relinearize: 'relinearise',
  rescale: 'rescale',
  'switch-modulus': 'switch the modulus',
  rotate: 'rotate',
  'rotate-hoisted': 'further rotation of the same ciphertext',
  'keygen-relinearization': 'make a relinearisation key',
  'keygen-galois': 'make the key of a rotation',
  'ntt-forward': 'NTT forward',
  'ntt-inverse': 'NTT inverse',
  'matvec-1024': '1,024 x 1,024 matrix times an encrypted vector',
  'chebyshev-31': 'Chebyshev series of degree 31',
};

const headings = { ckks: 'CKKS', bfv: 'BFV, t of 20 bits' };
/** Encryption of integers encodes them, decryption decodes. */
const bfvNames = {
  'encrypt-symmetric': 'encode and encrypt, secret key',
  'encrypt-public': 'encode and encrypt, public key',
  decrypt: 'decrypt and decode',
};
const nameOf = (op, scheme) => (scheme === 'bfv' && bfvNames[op]) || names[op] || op;

/** Milliseconds on two threads that whole circuits may take. */
export const circuitFloors = { 'matvec-1024': 60, 'chebyshev-31': 150 };

/**
 * The lines of the tables for one run of `bench engine` with the native kernel and, where they exist, another with
 * WebAssembly and one of `bench circuits`.
 */
export function tables(native, wasm, circuits) {
  const degrees = unique(native.rows.map((row) => row.n));
  return [
    ...speedTable(native, wasm, 'ckks'),
    '',
    ...withBlank(speedTable(native, wasm, 'bfv')),
    ...termsTable(native, degrees),
    '',
    ...threadsTable(native, degrees),
    ...(circuits ? ['', ...circuitsTable(circuits)] : []),
  ].join('\n');
}

/** Rows of results that miss their floor, in words. */
export function belowFloor(native, wasm, circuits) {
  const at = { 8192: 0, 16384: 1, 32768: 2 };
  const missed = [];
  const check = (row, ratio, floor, what) => {
    if (floor !== undefined && ratio < floor) missed.push(`${row.op} n = ${row.n} ${what}: ${ratio} x of ${floor} x`);
  };
  for (const row of native.rows) {
    const limits = row.scheme === 'bfv' ? bfvFloors : floors;
    if (row.threads === 1) check(row, row.ratio, limits[row.op]?.[at[row.n]], row.kernel);
    else if (row.scheme !== 'bfv' && threadedOps.includes(row.op))
      check(row, row.ratioToOneThread, threadsFloor, `${row.threads} threads`);
  }
  for (const row of wasm?.rows ?? [])
    if (row.threads === 1 && row.scheme !== 'bfv') check(row, row.ratio, wasmFloor, 'wasm');
  for (const row of circuits?.rows ?? []) {
    const limit = circuitFloors[row.op] * 1000;
    if (row.threads === 2 && row.microseconds > limit)
      missed.push(`${row.op}: ${duration(row.microseconds)} of ${duration(limit)}`);
  }
  return missed;
}

function speedTable(native, wasm, scheme) {
  const rows = native.rows.filter((row) => onOneThread(row) && row.scheme === scheme);
  if (rows.length === 0) return [];
  const degrees = unique(rows.map((row) => row.n));
  const cell = (op, n) => {
    const row = single(native, scheme, op, n);
    const other = wasm && single(wasm, scheme, op, n);
    if (!row) return '';
    return `${duration(row.microseconds)}, **${times(row.ratio)}**${other ? ` (${times(other.ratio)})` : ''}`;
  };
  return grid(
    [`${headings[scheme]}: one ciphertext, one thread`, ...degrees.map((n) => `n = ${number(n)}`)],
    unique(rows.map((row) => row.op)).map((op) => [nameOf(op, scheme), ...degrees.map((n) => cell(op, n))]),
  );
}

function termsTable({ rows }, degrees) {
  return grid(
    ['ring degree', 'our primes, bits', 'log Q', 'log QP', "node-seal's", 'log Q', 'log QP', 'limit'],
    degrees.map((n) => {
      const row = rows.find((r) => r.n === n && onOneThread(r));
      const ours = `${chain(row.chain)} + ${chain(row.specialChain)}`;
      const theirs = `${chain(row.peerChain)} + ${chain(row.peerSpecialChain)}`;
      return [number(n), ours, row.logQ, row.logQP, theirs, row.peerLogQ, row.peerLogQP, row.logQPLimit];
    }),
  );
}

function threadsTable({ rows }, degrees) {
  const threaded = rows.filter((row) => !onOneThread(row));
  const ops = unique(threaded.map((row) => `${row.scheme} ${row.op}`)).map((key) => key.split(' '));
  if (ops.length === 0) return [];
  return grid(
    [
      `${threaded[0].threads} threads over one, lists of ${threaded[0].list}`,
      ...degrees.map((n) => `n = ${number(n)}`),
    ],
    ops.map(([scheme, op]) => [
      `${nameOf(op, scheme)}${scheme === 'bfv' ? ' (BFV)' : ''}`,
      ...degrees.map((n) => {
        const row = threaded.find((r) => r.scheme === scheme && r.op === op && r.n === n);
        return row ? `${row.ratioToOneThread.toFixed(2)} x` : '';
      }),
    ]),
  );
}

function circuitsTable({ rows }) {
  const counts = unique(rows.map((row) => row.threads));
  return grid(
    ['whole circuits', 'n', ...counts.map((c) => `${c} thread${c === 1 ? '' : 's'}`), 'correct bits', 'keys'],
    unique(rows.map((row) => row.op)).map((op) => {
      const [first, ...more] = rows.filter((row) => row.op === op);
      return [
        names[op] ?? op,
        number(first.n),
        ...[first, ...more].map((row) => duration(row.microseconds)),
        first.bits.toFixed(1),
        `${(first.keyBytes / 1e6).toFixed(1)} MB`,
      ];
    }),
  );
}

const withBlank = (lines) => (lines.length > 0 ? [...lines, ''] : []);
const onOneThread = (row) => row.threads === 1;
const single = ({ rows }, scheme, op, n) =>
  rows.find((row) => row.scheme === scheme && row.op === op && row.n === n && onOneThread(row));
const unique = (list) => [...new Set(list)];
const grid = (head, body) => [head, head.map(() => '---'), ...body].map((cells) => `| ${cells.join(' | ')} |`);

const number = (x) => x.toLocaleString('en');
/** Rounded down: a ratio that is printed was reached. */
const times = (ratio) => (ratio === null ? '-' : `${(Math.floor(ratio * 10) / 10).toFixed(1)} x`);
const duration = (us) => (us < 999.5 ? `${Number(us.toPrecision(3))} µs` : `${Number((us / 1000).toPrecision(3))} ms`);

/** 47, 47, 47 as 3 x 47. */
const chain = (bits) =>
  unique(bits.map(Math.round))
    .map((size) => {
      const count = bits.filter((b) => Math.round(b) === size).length;
      return count === 1 ? `${size}` : `${count} x ${size}`;
    })
    .join(', ');

const load = (name) => {
  const file = `${root}bench/results/${name}.json`;
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
};

/** The README's tables as they should be, and as they are; undefined where there are no results yet. */
export function readmeTables() {
  const native = load('engine');
  return between(BEGIN, END, native && tables(native, load('engine-wasm'), load('circuits')));
}

/** The same for the tables of `hesper reproduce`. */
export function readmeReproduced() {
  const runs = Object.keys(systems).flatMap((system) => load(`reproduce-${system}`) ?? []);
  return between(reproducedMarkers.BEGIN, reproducedMarkers.END, runs.length > 0 ? reproducedTables(runs) : undefined);
}

/** What stands between two lines of the README, and what should. Both lines have to be there. */
function between(begin, end, wanted) {
  const text = readFileSync(`${root}README.md`, 'utf8');
  const start = text.indexOf(begin);
  const stop = text.indexOf(end, start);
  if (start < 0 || stop < 0) throw new Error(`README.md has no lines "${begin}" and "${end}"`);
  const present = text.slice(start + begin.length, stop).trim();
  return { wanted, present, before: `${text.slice(0, start)}${begin}\n`, after: `\n${text.slice(stop)}` };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const read of [readmeTables, readmeReproduced]) {
    const { wanted, before, after } = read();
    if (wanted === undefined) continue;
    if (process.argv.includes('--write')) writeFileSync(`${root}README.md`, `${before}${wanted}${after}`);
    else console.log(wanted);
  }
  const missed = belowFloor(load('engine'), load('engine-wasm'), load('circuits'));
  if (missed.length > 0) console.error(`below the floor:\n${missed.join('\n')}`);
}
