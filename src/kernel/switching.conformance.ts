/** Conformance of key switching, rotations and their sums, and of the counts of work, against the BigInt reference. */
import { describe, expect, it } from 'vitest';
import { type Kernel, MODULUS_LIMIT, PRIME_LIMIT } from './kernel.ts';
import {
  type Bench,
  type Case,
  counted,
  difference,
  firstDifference,
  type Lab,
  N,
  oracle,
  run,
} from './lab.conformance.ts';
import { primesBelow, worstPrime } from './tools.conformance.ts';

/** Six for data, six special; neighbours of very different sizes. */
function mixedPrimes(n: number): number[] {
  const large = [...primesBelow(PRIME_LIMIT, n, 3), ...primesBelow(MODULUS_LIMIT, n, 3)];
  const [p22, p30, p36, p40, p45] = [22, 30, 36, 40, 45].map((bits) => primesBelow(2 ** bits, n, 1)[0]!);
  return [large[0]!, p30!, worstPrime(n, MODULUS_LIMIT), p36!, p22!, p45!, ...large.slice(1), p40!];
}
const WIDE: Bench = { primes: mixedPrimes(N) };

interface Setting {
  readonly basis: readonly number[];
  /** Ring indices of the special primes. */
  readonly special: readonly number[];
}

const CHAINS: Record<string, Setting> = {
  'one limb, one special': { basis: [0], special: [6] },
  'three limbs, one special': { basis: [0, 1, 2], special: [7] },
  'a basis out of order': { basis: [2, 0, 3], special: [6] },
  'two special, a last digit of one': { basis: [0, 1, 2, 3, 5], special: [6, 7] },
  'two special, limbs left out': { basis: [1, 3, 4], special: [8, 11] },
  'fewer limbs than special primes': { basis: [5, 2], special: [6, 7, 8] },
  'three special': { basis: [0, 1, 2, 3, 4], special: [6, 9, 11] },
  'four special': { basis: [0, 1, 2, 3, 4, 5], special: [6, 7, 8, 9] },
  'six special, one digit': { basis: [0, 1, 2, 3, 4, 5], special: [6, 7, 8, 9, 10, 11] },
};

const digitsOf = ({ basis, special }: Setting): number => Math.ceil(basis.length / special.length);

/** Random keys; rows of primes that are not asked for hold other numbers. */
function keysFor(lab: Lab, setting: Setting, switches: number, extreme = false): Int32Array {
  const rows = lab.basis(...setting.special, ...Array.from({ length: Math.max(...setting.basis) + 1 }, (_, i) => i));
  const count = switches * digitsOf(setting);
  // The same number everywhere is its own transform, up to order: the largest sums.
  return extreme ? lab.list(count, rows, 2, 'largest') : lab.transformed(count, rows, 2);
}

function relinearize(lab: Lab, setting: Setting, parts: number, inPlace: boolean, elements = 2): Float64Array {
  const [basis, special] = [lab.basis(...setting.basis), lab.basis(...setting.special)];
  const keys = keysFor(lab, setting, parts - 2);
  const a = lab.transformed(elements, basis, parts);
  const out = inPlace ? a : lab.empty(elements, 2 * basis.length);
  lab.kernel.relinearize(lab.id, out, a, basis, parts, keys, special);
  return lab.readTransformed(out, basis, 2);
}

function rotateMany(lab: Lab, setting: Setting, exponents: readonly number[], elements: number): Float64Array {
  const [basis, special] = [lab.basis(...setting.basis), lab.basis(...setting.special)];
  const keys = keysFor(lab, setting, exponents.length);
  const out = lab.empty(elements * exponents.length, 2 * basis.length);
  const a = lab.transformed(elements, basis, 2);
  lab.kernel.rotateMany(lab.id, out, a, basis, Int32Array.from(exponents), keys, special);
  return lab.readTransformed(out, basis, 2);
}

function rotateSum(lab: Lab, setting: Setting, exponents: readonly number[]): Float64Array {
  const [basis, special] = [lab.basis(...setting.basis), lab.basis(...setting.special)];
  const keys = keysFor(lab, setting, exponents.filter((e) => e !== 1).length);
  const out = lab.empty(1, 2 * basis.length);
  const a = lab.transformed(exponents.length, basis, 2);
  lab.kernel.rotateSum(lab.id, out, a, basis, Int32Array.from(exponents), keys, special);
  return lab.readTransformed(out, basis, 2);
}

/** Name, case and ring; results must be equal, bit by bit, and so must the counts of work. */
const cases: Record<string, { readonly f: Case; readonly bench: Bench }> = {};
const add = (name: string, f: Case, bench: Bench = WIDE): void => void (cases[name] = { f, bench });

for (const [name, setting] of Object.entries(CHAINS)) {
  add(`relinearize: ${name}`, (lab) => relinearize(lab, setting, 3, false, 1));
  add(`rotateMany: ${name}`, (lab) => rotateMany(lab, setting, [2 * N - 1], 1));
}
const two = CHAINS['two special, a last digit of one']!;
const one = CHAINS['three limbs, one special']!;
add('relinearize in place', (lab) => relinearize(lab, two, 3, true));
add('relinearize five parts', (lab) => relinearize(lab, one, 5, false, 1));
add('relinearize five parts in place', (lab) => relinearize(lab, one, 5, true, 1));
add('relinearize more products than one sum holds', (lab) => relinearize(lab, one, 7, false, 1));
add('relinearize a list', (lab) => relinearize(lab, CHAINS['one limb, one special']!, 3, true, 19));
add('relinearize the largest residues', (lab) => {
  const [basis, special] = [lab.basis(...one.basis), lab.basis(...one.special)];
  const [keys, a, out] = [keysFor(lab, one, 1, true), lab.list(1, basis, 3, 'largest'), lab.empty(1, 6)];
  lab.kernel.relinearize(lab.id, out, a, basis, 3, keys, special);
  return lab.readTransformed(out, basis, 2);
});
add('rotateMany of a list', (lab) => rotateMany(lab, one, [5, 1023, 2 * N - 3], 2));
add('rotateSum', (lab) => rotateSum(lab, one, [1, 5, 2 * N - 1, 1, 1999]));
add('rotateSum, two special', (lab) => rotateSum(lab, two, [125, 1, 2 * N - 1]));
add('rotateSum without a rotation', (lab) => rotateSum(lab, two, [1, 1]));
add('rotateSum of many', (lab) =>
  rotateSum(
    lab,
    CHAINS['one limb, one special']!,
    Array.from({ length: 21 }, (_, i) => 8 * i + 1),
  ),
);
for (const n of [2048, 4096]) {
  const bench = { n, primes: primesBelow(2 ** 47, n, 4) };
  add(`rotateMany at ${n}`, (lab) => rotateMany(lab, { basis: [0, 1], special: [2, 3] }, [2 * n - 7], 1), bench);
}

/** Registers the tests; `kernel` is called inside them. */
export function describeSwitching(kernel: () => Kernel): void {
  describe('key switching', () => {
    for (const [name, { f, bench }] of Object.entries(cases)) {
      it(name, () => {
        const g = counted(f);
        expect(firstDifference(run(kernel(), g, bench), oracle(name, g, bench))).toBe(-1);
      });
    }

    it('counts the transforms of other verbs', () => {
      const work: Case = (lab) => {
        const basis = lab.basis(0, 1, 2);
        const before = lab.kernel.workStats();
        const a = lab.transformed(2, basis, 2);
        lab.kernel.divideByLast(lab.id, lab.empty(2, 4), a, basis, 2);
        return Float64Array.from(difference(before, lab.kernel.workStats()));
      };
      expect(run(kernel(), work)).toEqual(Float64Array.of(24, 0, 0));
    });
  });
}
