/** Conformance of products of BFV ciphertexts and of relinearisation in coefficient form, against the BigInt reference. */
import { describe, expect, it } from 'vitest';
import { type Kernel, MODULUS_LIMIT, PRIME_LIMIT } from './kernel.ts';
import { type Bench, type Case, counted, firstDifference, type Lab, N, oracle, run } from './lab.conformance.ts';
import { balancedNumber, type Filling, primesBelow, Words, worstPrime } from './tools.conformance.ts';

/** Data primes of mixed sizes, then auxiliary and special ones: the topmost, and some small. */
function mixedPrimes(n: number): number[] {
  const [ordinary, widest] = [primesBelow(PRIME_LIMIT, n, 5), primesBelow(MODULUS_LIMIT, n, 4)];
  const large = [...ordinary.slice(0, 3), ...widest, ...ordinary.slice(3)];
  const small = [20, 30, 36, 40, 45].map((bits) => primesBelow(2 ** bits, n, 1)[0]!);
  return [
    large[0]!,
    small[1]!,
    worstPrime(n, MODULUS_LIMIT),
    small[2]!,
    small[0]!,
    small[4]!,
    ...large.slice(1),
    small[3]!,
  ];
}
const WIDE: Bench = { primes: mixedPrimes(N) };

interface Setting {
  readonly basis: readonly number[];
  readonly auxiliary: readonly number[];
  readonly t: number;
  readonly bench?: Bench;
}

const EVEN: Bench = { primes: primesBelow(2 ** 40, N, 17) };
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
/** The largest odd t for auxiliary primes so small that the product nearly fills them. */
const TIGHT = 2 ** 28 - 1;

const SETTINGS: Record<string, Setting> = {
  'one limb': { basis: [0], auxiliary: [6, 7], t: 65537 },
  'one small limb, one small auxiliary prime besides a large one': { basis: [1], auxiliary: [6, 4], t: 257 },
  'two limbs': { basis: [0, 2], auxiliary: [6, 7, 8], t: 3 },
  'three limbs': { basis: [0, 2, 5], auxiliary: [6, 7, 8, 9], t: 786433 },
  'limbs out of order, of all sizes': { basis: [5, 0, 4, 3, 1], auxiliary: [8, 6, 11, 9, 7], t: 1032193 },
  'four limbs, t larger than a limb': { basis: [0, 1, 3, 4], auxiliary: [6, 14, 8, 9, 10], t: 2 ** 40 + 15 },
  'six limbs': { basis: [0, 1, 2, 3, 4, 5], auxiliary: [6, 7, 8, 9, 10, 11, 12], t: 40961 },
  'as many bits as there are': { basis: [0, 2], auxiliary: [6, 7, 14], t: TIGHT },
  'seven and nine': { basis: range(0, 7), auxiliary: range(7, 16), t: 114689, bench: EVEN },
  'eight and nine': { basis: range(0, 8), auxiliary: range(8, 17), t: 4097, bench: EVEN },
  'fifteen auxiliary': { basis: [0], auxiliary: range(2, 17), t: 4097, bench: EVEN },
  'nine and eleven of 49 bits': {
    basis: range(0, 9),
    auxiliary: range(9, 20),
    t: 114689,
    bench: { primes: primesBelow(MODULUS_LIMIT, N, 20) },
  },
  'thirteen limbs': {
    basis: range(0, 13),
    auxiliary: range(13, 25),
    t: 114689,
    bench: { primes: [...primesBelow(2 ** 36, N, 13), ...primesBelow(2 ** 44, N, 12)] },
  },
};

interface Call {
  readonly partsA?: number;
  readonly partsB?: number;
  readonly elements?: number;
  readonly filling?: Filling | 'weighted';
  readonly square?: boolean;
}

/** Residues x_i with x_i (Q / q_i)^-1 = +-(q_i - 1) / 2: what passages to other primes start from. */
function extremeWeighted(lab: Lab, basis: Int32Array, parts: number): Float64Array {
  const words = new Words(parts);
  const primes = Array.from(basis, (i) => BigInt(lab.primes[i]!));
  const product = primes.reduce((x, p) => x * p, 1n);
  const extremes = primes.map((p) => balancedNumber(((p - 1n) / 2n) * (product / p), p));
  const row = (x: number): number[] => Array.from({ length: lab.n * parts }, () => (words.next() & 1 ? x : -x));
  return Float64Array.from(extremes.flatMap(row));
}

const listOf = (lab: Lab, count: number, basis: Int32Array, parts: number, filling: Call['filling']): Int32Array =>
  filling === 'weighted'
    ? Int32Array.from({ length: count }, () => lab.upload(extremeWeighted(lab, basis, parts)))
    : lab.list(count, basis, parts, filling);

function multiply(lab: Lab, setting: Setting, call: Call = {}): Float64Array {
  const { partsA = 2, partsB = partsA, elements = 1, filling, square = false } = call;
  const [basis, auxiliary] = [lab.basis(...setting.basis), lab.basis(...setting.auxiliary)];
  const a = listOf(lab, elements, basis, partsA, filling);
  const b = square ? a : listOf(lab, elements, basis, partsB, filling);
  const rows = basis.length * (partsA + partsB - 1);
  const out = lab.empty(elements, rows);
  lab.kernel.multiplyScaled(lab.id, out, a, b, basis, auxiliary, setting.t, partsA, partsB);
  return lab.read(out, rows);
}

/** Coefficients next to Q/2 * (1 - 2^-40), of either sign. */
function multiplyEdges(lab: Lab, setting: Setting): Float64Array {
  const [basis, auxiliary] = [lab.basis(...setting.basis), lab.basis(...setting.auxiliary)];
  const primes = setting.basis.map((i) => BigInt(lab.primes[i]!));
  const modulus = primes.reduce((x, p) => x * p, 1n);
  const edge = (modulus - (modulus >> 40n)) / 2n;
  const value = (i: number): bigint => (i % 3 === 0 ? -1n : 1n) * (edge - BigInt(i % 7));
  const rows = primes.flatMap((p) => Array.from({ length: 2 * lab.n }, (_, i) => balancedNumber(value(i), p)));
  const a = Int32Array.of(lab.upload(Float64Array.from(rows)));
  const out = lab.empty(1, 3 * basis.length);
  lab.kernel.multiplyScaled(lab.id, out, a, a, basis, auxiliary, setting.t, 2, 2);
  return lab.read(out, 3 * basis.length);
}

function relinearize(lab: Lab, primes: readonly number[], specials: readonly number[], parts: number, call: Call = {}) {
  const { elements = 1, filling, square: inPlace = false } = call;
  const [basis, special] = [lab.basis(...primes), lab.basis(...specials)];
  const digits = Math.ceil(basis.length / special.length);
  const keyRows = lab.basis(...special, ...range(0, Math.max(...basis) + 1));
  const keys = lab.transformed((parts - 2) * digits, keyRows, 2, filling === 'weighted' ? 'random signs' : filling);
  const a = listOf(lab, elements, basis, parts, filling);
  const out = inPlace ? a : lab.empty(elements, 2 * basis.length);
  lab.kernel.relinearizeCoefficient(lab.id, out, a, basis, parts, keys, special);
  return lab.read(out, 2 * basis.length);
}

/** Name, case and ring; results must be equal, bit by bit, and so must the counts of work. */
const cases: Record<string, { readonly f: Case; readonly bench: Bench }> = {};
const add = (name: string, f: Case, bench: Bench = WIDE): void => void (cases[name] = { f, bench });

for (const [name, setting] of Object.entries(SETTINGS)) {
  add(`multiplyScaled: ${name}`, (lab) => multiply(lab, setting), setting.bench);
  add(`multiplyScaled, squares: ${name}`, (lab) => multiply(lab, setting, { square: true }), setting.bench);
}
const two = SETTINGS['two limbs']!;
const three = SETTINGS['three limbs']!;
for (const filling of ['largest', 'smallest', 'alternating', 'random signs'] as const) {
  // One prime: the residues are the integers, so these are the largest there are.
  add(`multiplyScaled: ${filling}`, (lab) => multiply(lab, SETTINGS['one limb']!, { filling, partsA: 3 }));
  add(`multiplyScaled, squares: ${filling}`, (lab) => multiply(lab, SETTINGS['one limb']!, { filling, square: true }));
}
add('multiplyScaled: signs of the largest residues', (lab) => multiply(lab, two, { filling: 'weighted' }));
add('multiplyScaled: as far as values are exact', (lab) => multiplyEdges(lab, three));
for (const [partsA, partsB] of [
  [1, 1],
  [1, 2],
  [3, 2],
  [3, 3],
  [5, 5],
  [2, 9],
  [8, 8],
] as const)
  add(`multiplyScaled: ${partsA} by ${partsB} parts`, (lab) => multiply(lab, two, { partsA, partsB }));
for (const partsA of [1, 3, 4, 5])
  add(`multiplyScaled, squares of ${partsA} parts`, (lab) => multiply(lab, two, { partsA, square: true }));
add('multiplyScaled of a list', (lab) => multiply(lab, SETTINGS['one limb']!, { elements: 9 }));
add('multiplyScaled of a list, squares and others', (lab) => {
  const [basis, auxiliary] = [lab.basis(...two.basis), lab.basis(...two.auxiliary)];
  const [a, other] = [lab.list(5, basis, 2), lab.list(1, basis, 2)];
  const [out, b] = [lab.empty(5, 6), Int32Array.of(a[0]!, other[0]!, a[2]!, a[0]!, other[0]!)];
  lab.kernel.multiplyScaled(lab.id, out, a, b, basis, auxiliary, two.t, 2, 2);
  return lab.read(out, 6);
});
for (const n of [2048, 4096]) {
  const bench = { n, primes: primesBelow(2 ** 47, n, 5) };
  const setting = { basis: [0, 1], auxiliary: [2, 3, 4], t: 114689 };
  add(`multiplyScaled at ${n}`, (lab) => multiply(lab, setting, { square: n === 4096 }), bench);
}

/** 49 bits each. An even number of limbs: then the extreme weighted residues belong to small integers. */
const largest: Bench = { primes: primesBelow(MODULUS_LIMIT, N, 18) };
const eight = { basis: range(0, 8), auxiliary: range(8, 17), t: 65537 };
add('multiplyScaled: extreme weighted residues', (lab) => multiply(lab, eight, { filling: 'weighted' }), largest);
add(
  'relinearizeCoefficient: extreme weighted residues',
  (lab) => relinearize(lab, range(0, 8), range(8, 16), 3, { filling: 'weighted' }),
  largest,
);
add('relinearizeCoefficient: one limb', (lab) => relinearize(lab, [0], [6], 3));
add('relinearizeCoefficient: three limbs', (lab) => relinearize(lab, [2, 0, 5], [7], 3));
add('relinearizeCoefficient: two special', (lab) => relinearize(lab, [0, 1, 2, 3, 4], [6, 8], 3));
add('relinearizeCoefficient: six special', (lab) => relinearize(lab, range(0, 6), range(6, 12), 3));
add('relinearizeCoefficient: five parts', (lab) => relinearize(lab, [0, 1, 2], [7], 5));
add('relinearizeCoefficient: seven parts', (lab) => relinearize(lab, [0, 1, 2], [7], 7));
add('relinearizeCoefficient in place', (lab) => relinearize(lab, [0, 1, 2], [7], 5, { square: true }));
add('relinearizeCoefficient of a list', (lab) => relinearize(lab, [0, 4], [6], 3, { square: true, elements: 9 }));
add('relinearizeCoefficient of the largest', (lab) => relinearize(lab, [0, 1, 2], [7], 3, { filling: 'largest' }));

/** Registers the tests; `kernel` is called inside them. */
export function describeScaled(kernel: () => Kernel): void {
  describe('products of BFV', () => {
    for (const [name, { f, bench }] of Object.entries(cases)) {
      it(name, () => {
        const g = counted(f);
        expect(firstDifference(run(kernel(), g, bench), oracle(name, g, bench))).toBe(-1);
      });
    }

    const refused: Record<string, (lab: Lab) => unknown> = {
      'auxiliary primes that are too small': (lab) => multiply(lab, { ...two, auxiliary: [6, 7] }),
      'an auxiliary prime of the basis': (lab) => multiply(lab, { ...two, auxiliary: [6, 7, 2] }),
      'an even plaintext modulus': (lab) => multiply(lab, { ...two, t: 4 }),
      'a plaintext modulus of 1': (lab) => multiply(lab, { ...two, t: 1 }),
      'a broken plaintext modulus': (lab) => multiply(lab, { ...two, t: 3.5 }),
      'a plaintext modulus that is no number': (lab) => multiply(lab, { ...two, t: Number.NaN }),
      'a plaintext modulus that is a prime of the basis': (lab) =>
        multiply(lab, { ...two, basis: [1, 4], t: lab.primes[4]! }),
      'too many parts': (lab) => multiply(lab, two, { partsA: 9, partsB: 9 }),
      'two parts to relinearise': (lab) => relinearize(lab, [0], [6], 2),
    };
    for (const [name, f] of Object.entries(refused))
      it(`refuses ${name}`, () => {
        const act = (): unknown => run(kernel(), f as Case, WIDE);
        expect(act).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
      });

    it('refuses an output that is an input', () => {
      const act: Case = (lab) => {
        const [basis, auxiliary] = [lab.basis(...two.basis), lab.basis(...two.auxiliary)];
        const a = lab.list(1, basis, 3);
        lab.kernel.multiplyScaled(lab.id, a, a, a, basis, auxiliary, two.t, 2, 2);
        return new Float64Array(0);
      };
      expect(() => run(kernel(), act, WIDE)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
    });
  });
}
