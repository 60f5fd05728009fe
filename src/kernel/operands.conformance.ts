/** Conformance of plaintext operands, constants of two halves and encryption, against the BigInt reference. */
import { describe, expect, it } from 'vitest';
import type { Kernel } from './kernel.ts';
import { type Case, counted, firstDifference, Lab, N, oracle, PRIMES, run } from './lab.conformance.ts';
import { balancedNumber, power, rootOf } from './tools.conformance.ts';

const cases: Record<string, Case> = {};

const seeds = (count: number): Uint8Array => Uint8Array.from({ length: 32 * count }, (_, i) => (29 * i + 5) % 251);

cases['scalars of two halves'] = (lab) => {
  const basis = lab.basis(0, 2, 3);
  const [a, out] = [lab.list(2, basis, 3), lab.empty(2, 9)];
  const extreme = Float64Array.from({ length: 12 }, (_, i) => {
    const half = (PRIMES[basis[(i >> 1) % 3]!]! - 1) / 2;
    return i % 2 ? half : -half;
  });
  lab.kernel.multiplyScalars(lab.id, out, a, lab.scalars(2, basis, 2), basis, 3);
  lab.kernel.multiplyScalars(lab.id, out, out, extreme, basis, 3);
  lab.kernel.addScalars(lab.id, a, out, lab.scalars(2, basis, 2), basis, 3);
  lab.kernel.addScalars(lab.id, a, a, extreme, basis, 3);
  return lab.read(a, 9);
};

/** Rows with these numbers of terms; every third weight is a constant. */
function linearPlain(lab: Lab, terms: readonly number[], parts: number, filling: 'random' | 'largest'): Float64Array {
  const basis = lab.basis(1, 0, 3);
  const rowStart = Int32Array.from([0, ...terms]);
  for (let r = 1; r < rowStart.length; r++) rowStart[r]! += rowStart[r - 1]!;
  const count = rowStart.at(-1)!;
  const a = lab.list(5, basis, parts, filling);
  const weights = lab.list(3, basis, 1, filling);
  const columns = Int32Array.from({ length: count }, (_, t) => (7 * t) % 5);
  const plaintexts = Int32Array.from({ length: count }, (_, t) => (t % 3 === 2 ? -1 : weights[(2 * t) % 3]!));
  const constants = plaintexts.filter((handle) => handle === -1).length;
  const out = lab.empty(terms.length, 3 * parts);
  const scalars = lab.scalars(constants, basis, 2);
  lab.kernel.linearPlain(lab.id, out, a, rowStart, columns, plaintexts, scalars, basis, parts);
  return lab.read(out, 3 * parts);
}
for (const parts of [1, 2, 3]) {
  for (const filling of ['random', 'largest'] as const) {
    cases[`linearPlain of ${parts} parts, ${filling}`] = (lab) => linearPlain(lab, [1, 3, 16, 2, 17], parts, filling);
  }
}
/** Equal products, all at their largest: where lazy sums would overflow. */
for (const count of [8, 12, 13, 33, 500]) {
  cases[`linearPlain, ${count} equal products`] = (lab) => {
    const basis = count > 100 ? lab.basis(0, 1) : lab.basis(0, 1, 2, 4);
    const limbs = basis.length;
    const filling = count > 100 ? 'random' : 'largest'; // equal products: their remainders add up, too
    const [a, weight] = [lab.list(1, basis, 2, filling), lab.list(1, basis, 1, filling)[0]!];
    const out = lab.empty(1, 2 * limbs);
    const columns = new Int32Array(count);
    const plaintexts = new Int32Array(count).fill(weight);
    const none = new Float64Array(0);
    lab.kernel.linearPlain(lab.id, out, a, Int32Array.of(0, count), columns, plaintexts, none, basis, 2);
    return lab.read(out, 2 * limbs);
  };
}

cases['maskSymmetric with messages and without'] = (lab) => {
  const basis = lab.basis(3, 0, 2);
  const secret = lab.transformed(1, lab.basis(0, 1, 2, 3), 1, 'random signs')[0]!;
  const messages = lab.transformed(3, basis, 1, 'largest');
  const [out, zeros] = [lab.empty(3, 6), lab.empty(2, 6)];
  lab.kernel.maskSymmetric(lab.id, out, messages, secret, seeds(3), seeds(4).subarray(32), basis);
  lab.kernel.maskSymmetric(lab.id, zeros, Int32Array.of(), secret, seeds(2), seeds(2), basis);
  return Float64Array.from([...lab.readTransformed(out, basis, 2), ...lab.readTransformed(zeros, basis, 2)]);
};
cases['maskPublic with messages and without'] = (lab) => {
  const basis = lab.basis(2, 3, 0);
  const key = lab.transformed(1, lab.basis(0, 1, 2, 3), 2, 'random signs')[0]!;
  const messages = lab.transformed(2, basis, 1, 'largest');
  const [out, zeros] = [lab.empty(2, 6), lab.empty(1, 6)];
  lab.kernel.maskPublic(lab.id, out, messages, key, seeds(2), seeds(4), basis);
  lab.kernel.maskPublic(lab.id, zeros, Int32Array.of(), key, seeds(1), seeds(2), basis);
  return Float64Array.from([...lab.readTransformed(out, basis, 2), ...lab.readTransformed(zeros, basis, 2)]);
};
cases['maskSymmetric of more elements than a group'] = (lab) => {
  const basis = lab.basis(1);
  const secret = lab.transformed(1, lab.basis(0, 1), 1)[0]!;
  const out = lab.empty(11, 2);
  lab.kernel.maskSymmetric(lab.id, out, Int32Array.of(), secret, seeds(11), seeds(12).subarray(32), basis);
  return lab.readTransformed(out, basis, 2);
};

/** Registers the tests; `kernel` is called inside them. */
export function describeOperands(kernel: () => Kernel): void {
  describe('operands', () => {
    for (const [name, f] of Object.entries(cases)) {
      it(name, () => {
        const g = counted(f);
        expect(firstDifference(run(kernel(), g), oracle(name, g))).toBe(-1);
      });
    }

    it('the pair (r, -r) is X^(n/2)', () => {
      const lab = new Lab(kernel());
      const basis = lab.basis(0, 3);
      const pairs = Array.from(basis, (i) => {
        const p = BigInt(PRIMES[i]!);
        const r = balancedNumber(power(BigInt(rootOf(PRIMES[i]!, N)), BigInt(N / 2), p), p);
        return [r, -r];
      }).flat();
      const list = lab.list(1, basis, 1);
      const before = lab.read(list, 2);
      lab.kernel.nttForward(lab.id, list, basis, 1);
      lab.kernel.multiplyScalars(lab.id, list, list, Float64Array.from(pairs), basis, 1);
      const after = lab.readTransformed(list, basis, 1);
      const shifted = before.map((_, k) => (k % N < N / 2 ? 0 - before[k + N / 2]! : before[k - N / 2]!));
      expect(firstDifference(after, shifted)).toBe(-1);
      lab.end();
    });
  });
}
