/** What the oracle kernel does to rows of residues: one row per limb and part, plain loops over BigInt. */
import { HesperError } from '../errors.ts';
import * as math from './reference-math.ts';

export interface Ring {
  readonly n: number;
  readonly primes: readonly bigint[];
  readonly roots: readonly bigint[];
}

export interface Weights {
  readonly outputs: number;
  readonly inputs: number;
  readonly rowStart: Int32Array;
  readonly columns: Int32Array;
  readonly values: Int32Array;
}

/** One element in the middle of a pointwise program: rows[limb][part]. */
export type Rows = Float64Array[][];

export function require(ok: boolean, what: string, met: unknown, wanted: unknown): void {
  if (!ok)
    throw new HesperError('invalid-argument', `the kernel cannot take this ${what}`, {
      met,
      wanted,
      remedy: 'Correct the call',
    });
}

export const addRows = (a: Float64Array, b: Float64Array, p: bigint): Float64Array =>
  a.map((x, k) => math.balancedNumber(BigInt(x) + BigInt(b[k]!), p));

export const subtractRows = (a: Float64Array, b: Float64Array, p: bigint): Float64Array =>
  a.map((x, k) => math.balancedNumber(BigInt(x) - BigInt(b[k]!), p));

export const addConstant = (row: Float64Array, constant: number, p: bigint): Float64Array =>
  row.map((x) => math.balancedNumber(BigInt(x) + BigInt(constant), p));

export const multiplyRows = (a: Float64Array, b: Float64Array, p: bigint): Float64Array =>
  a.map((x, k) => math.balancedNumber(BigInt(x) * BigInt(b[k]!), p));

export const reduceRow = (values: readonly bigint[], p: bigint): Float64Array =>
  Float64Array.from(values, (v) => math.balancedNumber(v, p));

export const dot = (a: readonly Float64Array[], b: readonly Float64Array[], p: bigint): Float64Array =>
  a.map((row, part) => multiplyRows(row, b[part]!, p)).reduce((x, y) => addRows(x, y, p));

export function productOfParts(a: readonly Float64Array[], b: readonly Float64Array[], p: bigint): Float64Array[] {
  const out: Float64Array[] = Array.from({ length: a.length + b.length - 1 }, () => new Float64Array(a[0]!.length));
  a.forEach((x, i) => {
    b.forEach((y, j) => {
      out[i + j] = addRows(out[i + j]!, multiplyRows(x, y, p), p);
    });
  });
  return out;
}

/** The integers of (-Q/2, Q/2) whose residues stand in the rows, one row per prime. */
export const integersOf = (rows: readonly Float64Array[], primes: readonly bigint[]): bigint[] =>
  Array.from(rows[0]!, (_, k) =>
    math.chineseRemainder(
      rows.map((row) => row[k]!),
      primes,
    ),
  );

export function divideByLast(ring: Ring, basis: Int32Array, rows: Rows): Rows {
  const last = basis.at(-1)!;
  const q = ring.primes[last]!;
  const lastRows = rows.at(-1)!.map((row) => math.nttInverse(row, ring.roots[last]!, q));
  return rows.slice(0, -1).map((limb, l) => {
    const [p, root] = [ring.primes[basis[l]!]!, ring.roots[basis[l]!]!];
    return limb.map((row, part) =>
      math.nttForward(math.divideRow(math.nttInverse(row, root, p), p, lastRows[part]!, q), root, p),
    );
  });
}

export function linear(list: readonly Rows[], weights: Weights, primes: readonly bigint[]): Rows[] {
  require(list.length === weights.inputs, 'number of inputs', list.length, weights.inputs);
  const combine = (output: number, l: number, part: number): Float64Array => {
    const sums = new Array<bigint>(list[0]![l]![part]!.length).fill(0n);
    for (let k = weights.rowStart[output]!; k < weights.rowStart[output + 1]!; k++) {
      const weight = BigInt(weights.values[k]!);
      list[weights.columns[k]!]![l]![part]!.forEach((x, i) => {
        sums[i] = sums[i]! + weight * BigInt(x);
      });
    }
    return reduceRow(sums, primes[l]!);
  };
  return Array.from({ length: weights.outputs }, (_, output) =>
    list[0]!.map((limb, l) => limb.map((_, part) => combine(output, l, part))),
  );
}

export const addConstants = (list: readonly Rows[], constants: Float64Array, primes: readonly bigint[]): Rows[] =>
  list.map((rows, e) =>
    rows.map((limb, l) => [addConstant(limb[0]!, constants[l * list.length + e]!, primes[l]!), ...limb.slice(1)]),
  );

/** coefficient k = round(scale * 2/n * sum over slots of Re(z_j * zeta^(-k 5^j))). */
export function encodeRow(real: Float64Array, imaginary: Float64Array, scale: number, n: number): Float64Array {
  const { cos, sin } = math.unitCircle(n);
  const exponents = math.slotExponents(n);
  return new Float64Array(n).map((_, k) => {
    const sum = math.compensatedSum(n / 2, (j) => {
      const e = (exponents[j]! * k) % (2 * n);
      return real[j]! * cos[e]! + (imaginary[j] ?? 0) * sin[e]!;
    });
    return math.roundHalfEven((scale * sum * 2) / n) + 0;
  });
}

/** slot j = sum over k of coefficient k * zeta^(k 5^j), divided by scale. */
export function decodeRow(row: Float64Array, scale: number): { real: Float64Array; imaginary: Float64Array } {
  const n = row.length;
  const { cos, sin } = math.unitCircle(n);
  const exponents = math.slotExponents(n);
  const sum = (table: Float64Array, j: number): number =>
    math.compensatedSum(n, (k) => row[k]! * table[(exponents[j]! * k) % (2 * n)]!) / scale;
  return {
    real: new Float64Array(n / 2).map((_, j) => sum(cos, j)),
    imaginary: new Float64Array(n / 2).map((_, j) => sum(sin, j)),
  };
}

/** ceil(log2 p) for an odd prime. */
export const bitsOf = (p: bigint): number => p.toString(2).length;

export function packRow(row: Float64Array, p: bigint): Uint8Array {
  const bits = BigInt(bitsOf(p));
  const out = new Uint8Array((row.length / 8) * Number(bits));
  let [held, count, at] = [0n, 0n, 0];
  for (const x of row) {
    held |= math.residue(BigInt(x), p) << count;
    for (count += bits; count >= 8n; count -= 8n, held >>= 8n) out[at++] = Number(held & 255n);
  }
  return out;
}

export function unpackRow(bytes: Uint8Array, p: bigint, n: number): Float64Array {
  const bits = BigInt(bitsOf(p));
  let [held, count, at] = [0n, 0n, 0];
  return new Float64Array(n).map(() => {
    for (; count < bits; count += 8n) held |= BigInt(bytes[at++]!) << count;
    const value = held & ((1n << bits) - 1n);
    held >>= bits;
    count -= bits;
    if (value >= p)
      throw new HesperError('residue-out-of-range', 'a residue is not below its prime', {
        wanted: `below ${p}`,
        remedy: 'The bytes are damaged: send them again',
      });
    return math.balancedNumber(value, p);
  });
}
