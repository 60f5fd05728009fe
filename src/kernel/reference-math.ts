/**
 * Arithmetic of the oracle kernel: BigInt, definitions written out, no shortcut shared with the C++.
 * All functions take and return balanced residues |x| <= (p-1)/2 held in f64 unless the name says otherwise.
 */

/** The residue of x in [0, p). */
export function residue(x: bigint, p: bigint): bigint {
  const r = x % p;
  return r < 0n ? r + p : r;
}

/** The representative of x mod m in (-m/2, m/2), m odd. */
export function balanced(x: bigint, m: bigint): bigint {
  const r = residue(x, m);
  return 2n * r > m ? r - m : r;
}

export const balancedNumber = (x: bigint, p: bigint): number => Number(balanced(x, p));

export function power(base: bigint, exponent: bigint, p: bigint): bigint {
  let result = 1n;
  let square = residue(base, p);
  for (let e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * square) % p;
    square = (square * square) % p;
  }
  return result;
}

/** 1 / x mod a prime p, by Fermat. */
export const inverse = (x: bigint, p: bigint): bigint => power(residue(x, p), p - 2n, p);

/** sum of a[k] w^(jk) for j = 0 .. length-1, w of order `length` (a power of two); values in [0, p). */
function dft(a: readonly bigint[], w: bigint, p: bigint): bigint[] {
  if (a.length === 1) return [a[0]!];
  const half = a.length / 2;
  const square = (w * w) % p;
  const even = dft(
    a.filter((_, k) => k % 2 === 0),
    square,
    p,
  );
  const odd = dft(
    a.filter((_, k) => k % 2 === 1),
    square,
    p,
  );
  const out = new Array<bigint>(a.length);
  for (let j = 0, twiddle = 1n; j < half; j++, twiddle = (twiddle * w) % p) {
    const t = (twiddle * odd[j]!) % p;
    out[j] = (even[j]! + t) % p;
    out[j + half] = (even[j]! - t + p) % p;
  }
  return out;
}

function twist(a: readonly bigint[], factor: bigint, start: bigint, p: bigint): bigint[] {
  let f = start;
  return a.map((x) => {
    const y = residue(x * f, p);
    f = (f * factor) % p;
    return y;
  });
}

const toBigInts = (row: Float64Array): bigint[] => Array.from(row, BigInt);

const toRow = (values: readonly bigint[], p: bigint): Float64Array =>
  Float64Array.from(values, (v) => balancedNumber(v, p));

/**
 * Values of the polynomial at root^(2j+1), `root` of order 2n: first those of even j, where X^(n/2) = root^(n/2), then
 * those of odd j, where it is the negative.
 */
export function nttForward(row: Float64Array, root: bigint, p: bigint): Float64Array {
  return toRow(halved(dft(twist(toBigInts(row), root, 1n, p), (root * root) % p, p)), p);
}

const halved = (a: readonly bigint[]): bigint[] => [0, 1].flatMap((odd) => a.filter((_, j) => j % 2 === odd));
const interleaved = (a: readonly bigint[]): bigint[] =>
  a.map((_, j) => a[(j % 2) * (a.length / 2) + Math.floor(j / 2)]!);

/** Values at root^(2j+1) with j in bit-reversed order, brought into the order of `nttForward`. */
export function fromBitReversed(row: Float64Array): Float64Array {
  const [n, bits] = [row.length, Math.log2(row.length)];
  const out = new Float64Array(n);
  row.forEach((value, i) => {
    const j = Number.parseInt(i.toString(2).padStart(bits, '0').split('').reverse().join(''), 2);
    out[(j % 2) * (n / 2) + Math.floor(j / 2)] = value;
  });
  return out;
}

/** The reverse of `nttForward`. */
export function nttInverse(row: Float64Array, root: bigint, p: bigint): Float64Array {
  const back = inverse(root, p);
  const values = dft(
    interleaved(toBigInts(row)).map((x) => residue(x, p)),
    (back * back) % p,
    p,
  );
  return toRow(twist(values, back, inverse(BigInt(row.length), p), p), p);
}

/** The integer of (-Q/2, Q/2) with the given residues, Q the product of the primes. */
export function chineseRemainder(residues: readonly number[], primes: readonly bigint[]): bigint {
  const product = primes.reduce((q, p) => q * p, 1n);
  const sum = primes.reduce((acc, p, i) => {
    const rest = product / p;
    return acc + rest * residue(BigInt(residues[i]!) * inverse(rest, p), p);
  }, 0n);
  return balanced(sum, product);
}

/** X -> X^exponent of a row of n coefficients, X^n = -1. */
export function automorphism(row: Float64Array, exponent: number): Float64Array {
  const n = row.length;
  const out = new Float64Array(n);
  row.forEach((x, k) => {
    const e = Number((BigInt(k) * BigInt(exponent)) % BigInt(2 * n));
    out[e % n] = e < n || x === 0 ? x : -x;
  });
  return out;
}

/** (a - [a]_q) / q for rows in coefficient form; `last` is the row mod q. */
export function divideRow(row: Float64Array, p: bigint, last: Float64Array, q: bigint): Float64Array {
  const factor = inverse(q, p);
  return row.map((x, k) => balancedNumber((BigInt(x) - BigInt(last[k]!)) * factor, p));
}

/** cos and sin of pi k / n for k = 0 .. 2n-1. */
export function unitCircle(n: number): { cos: Float64Array; sin: Float64Array } {
  const angle = (_: unknown, k: number) => (Math.PI * k) / n;
  return {
    cos: Float64Array.from({ length: 2 * n }, (_, k) => Math.cos(angle(_, k))),
    sin: Float64Array.from({ length: 2 * n }, (_, k) => Math.sin(angle(_, k))),
  };
}

/** The exponents 5^j mod 2n, j = 0 .. n/2-1: slot j is the value at zeta^(5^j). */
export function slotExponents(n: number): Int32Array {
  let e = 1;
  return Int32Array.from({ length: n / 2 }, () => {
    const now = e;
    e = (e * 5) % (2 * n);
    return now;
  });
}

/** Compensated sum (Neumaier), so that a definition by a long sum keeps its last bits. */
export function compensatedSum(count: number, term: (i: number) => number): number {
  let sum = 0;
  let lost = 0;
  for (let i = 0; i < count; i++) {
    const x = term(i);
    const next = sum + x;
    lost += Math.abs(sum) >= Math.abs(x) ? sum - next + x : x - next + sum;
    sum = next;
  }
  return sum + lost;
}

/** To the nearest integer, ties to even, exact for every f64. */
export function roundHalfEven(x: number): number {
  const low = Math.floor(x);
  const rest = x - low;
  if (rest !== 0.5) return rest < 0.5 ? low : low + 1;
  return low % 2 === 0 ? low : low + 1;
}
