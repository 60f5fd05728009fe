/** Conformance of all other verbs: the same inputs through the kernel and through the BigInt reference. */
import { describe, expect, it } from 'vitest';
import { type Kernel, PRIME_LIMIT } from './kernel.ts';
import { type Case, firstDifference, Lab, N, oracle, PRIMES, run, SEEDS } from './lab.conformance.ts';
import { balanced, EXTREMES, firstNotCanonical, makeRing, primesBelow, Words } from './tools.conformance.ts';

const BINARY = ['add', 'subtract', 'multiply', 'multiplyAdd'] as const;

/** Name of a case and what it does; the result must be equal, bit by bit. */
const cases: Record<string, Case> = {};

for (const verb of BINARY) {
  for (const filling of EXTREMES) {
    cases[`${verb}, ${filling}`] = (lab) => {
      const basis = lab.basis(0, 1, 2, 3);
      const [out, a] = [lab.list(2, basis, 2, filling), lab.list(2, basis, 2, filling)];
      lab.kernel[verb](lab.id, out, a, lab.list(2, basis, 2, 'largest'), basis, 2, 2);
      lab.kernel[verb](lab.id, out, out, lab.list(2, basis, 1, filling), basis, 2, 1);
      lab.kernel[verb](lab.id, a, out, lab.list(1, basis, 2, 'smallest'), basis, 2, 2);
      lab.kernel[verb](lab.id, a, a, lab.list(1, basis, 1), basis, 2, 1);
      return lab.read(a, 8);
    };
  }
}
cases['negate, zeros too'] = (lab) => {
  const basis = lab.basis(2, 0);
  const data = lab.rows(basis, 3);
  data.fill(0, 5, 50);
  const list = Int32Array.of(lab.upload(data));
  lab.kernel.negate(lab.id, list, list, basis, 3);
  return lab.read(list, 6);
};
cases['products with zeros, of either sign'] = (lab) => {
  const basis = lab.basis(0, 1, 3);
  const zeros = lab.rows(basis, 1);
  zeros.forEach((_, i) => {
    if (i % 3 !== 0) zeros[i] = 0;
  });
  const [a, b, out] = [lab.upload(zeros), lab.list(1, basis, 1, 'random signs'), lab.empty(4, 3)];
  const one = (i: number): Int32Array => out.subarray(i, i + 1);
  const list = Int32Array.of(a);
  lab.kernel.multiply(lab.id, one(0), list, b, basis, 1, 1);
  lab.kernel.multiply(lab.id, one(1), b, list, basis, 1, 1);
  lab.kernel.multiplyScalars(lab.id, one(2), list, Float64Array.of(-1, -2, 0), basis, 1);
  lab.kernel.nttForward(lab.id, list, basis, 1);
  lab.kernel.dotParts(lab.id, one(3), list, b[0]!, basis, 1);
  lab.kernel.nttInverse(lab.id, list, basis, 1);
  return lab.read(Int32Array.of(...out.subarray(0, 3), a), 3);
};
for (const [a, b] of [
  [1, 1],
  [2, 2],
  [3, 2],
  [9, 8],
] as const) {
  cases[`multiplyParts of ${a} and ${b}`] = (lab) => {
    const basis = lab.basis(1, 3);
    const out = lab.empty(2, 2 * (a + b - 1));
    const [x, y] = [lab.list(2, basis, a, 'largest'), lab.list(2, basis, b, 'random signs')];
    lab.kernel.multiplyParts(lab.id, out, x, y, basis, a, b);
    return lab.read(out, 2 * (a + b - 1));
  };
}
for (const parts of [1, 2, 5, 16]) {
  cases[`dotParts of ${parts}`] = (lab) => {
    const basis = lab.basis(0, 3, 1);
    const out = lab.empty(2, 3);
    const b = lab.list(1, basis, parts, 'largest')[0]!;
    lab.kernel.dotParts(lab.id, out, lab.list(2, basis, parts, 'largest'), b, basis, parts);
    const again = lab.list(2, basis, parts);
    lab.kernel.dotParts(lab.id, again, again, b, basis, parts);
    return Float64Array.from([...lab.read(out, 3), ...lab.read(again, 3)]);
  };
}
cases['scalars'] = (lab) => {
  const basis = lab.basis(0, 2, 3);
  const [a, out] = [lab.list(2, basis, 3), lab.empty(2, 9)];
  const extreme = Float64Array.from({ length: 6 }, (_, i) => ((i % 2 ? 1 : -1) * (PRIMES[basis[i % 3]!]! - 1)) / 2);
  lab.kernel.multiplyScalars(lab.id, out, a, lab.scalars(2, basis), basis, 3);
  lab.kernel.multiplyScalars(lab.id, out, out, extreme, basis, 3);
  lab.kernel.addScalars(lab.id, a, out, lab.scalars(2, basis), basis, 3);
  lab.kernel.addScalars(lab.id, a, a, extreme, basis, 3);
  return lab.read(a, 9);
};
cases['extractPart and insertPart'] = (lab) => {
  const basis = lab.basis(0, 1, 2);
  const [a, row] = [lab.list(2, basis, 3), lab.empty(2, 3)];
  lab.kernel.extractPart(lab.id, row, a, basis, 3, 2);
  lab.kernel.insertPart(lab.id, a, row, basis, 3, 0);
  const before = lab.read(a, 9);
  lab.kernel.extractPart(lab.id, a, a, basis, 3, 1);
  return Float64Array.from([...before, ...lab.read(a, 3)]);
};
for (const basisOf of [
  [0, 1, 4],
  [0, 3],
  [3, 2, 0],
]) {
  for (const filling of ['largest', 'random'] as const) {
    cases[`divideByLast over ${basisOf}, ${filling}`] = (lab) => {
      const basis = lab.basis(...basisOf);
      const out = lab.empty(2, 2 * (basis.length - 1));
      lab.kernel.divideByLast(lab.id, out, lab.transformed(2, basis, 2, filling), basis, 2);
      return lab.readTransformed(out, basis.subarray(0, -1), 2);
    };
  }
}
/** Residues of given integers over a basis, repeated to fill a row. */
function residuesOf(integers: readonly bigint[], basis: Int32Array): Float64Array {
  const data = new Float64Array(basis.length * N);
  basis.forEach((prime, limb) => {
    const residues = integers.map((x) => Number(balanced(x, BigInt(PRIMES[prime]!))));
    for (let k = 0; k < N; k++) data[limb * N + k] = residues[k % residues.length]!;
  });
  return data;
}
const productOf = (basis: Int32Array): bigint => basis.reduce((q, i) => q * BigInt(PRIMES[i]!), 1n);

for (const [from, to] of [
  [[0], [1, 2, 3, 4]],
  [[3], [0, 2]],
  [
    [0, 1, 2],
    [3, 4],
  ],
  [
    [3, 2, 1, 0],
    [4, 3, 0],
  ],
] as const) {
  cases[`convertBasis from ${from} to ${to}`] = (lab) => {
    const [source, target] = [lab.basis(...from), lab.basis(...to)];
    const out = lab.empty(1, target.length);
    const edge = (productOf(source) / 2n) * ((1n << 40n) - 1n);
    const integers = [0n, 1n, -1n, 12345678901234567n % productOf(source), edge >> 40n, -edge >> 40n, edge >> 41n];
    const a = Int32Array.of(lab.upload(residuesOf(integers, source)));
    lab.kernel.convertBasis(lab.id, out, a, source, target, 1);
    return lab.read(out, target.length);
  };
}
for (const exponent of [1, 3, 5, 1023, 1025, 1999, 2047]) {
  cases[`automorphism ${exponent}`] = (lab) => {
    const basis = lab.basis(0, 3);
    const data = lab.rows(basis, 2);
    data.fill(0, 0, 9);
    const out = lab.empty(1, 4);
    lab.kernel.automorphism(lab.id, out, Int32Array.of(lab.upload(data)), basis, 2, exponent);
    return lab.read(out, 4);
  };
}
cases['samplers'] = (lab) => {
  const basis = lab.basis(1, 3, 2);
  const uniform = lab.empty(3, 6);
  const [ternary, error] = [lab.empty(3, 1), lab.empty(3, 1)];
  lab.kernel.sampleUniform(lab.id, uniform, SEEDS, basis, 2, 1);
  lab.kernel.nttInverse(lab.id, uniform, basis, 2);
  lab.kernel.sampleTernary(lab.id, ternary, SEEDS);
  lab.kernel.sampleError(lab.id, error, SEEDS);
  return Float64Array.from([...lab.read(uniform, 6), ...lab.read(ternary, 1), ...lab.read(error, 1)]);
};
/** Integers in f64 of all sizes below 2^90, with both signs. */
const integers = Float64Array.from({ length: N }, (_, k) => {
  const size = 2 ** (k % 90);
  const x = Math.round(size * (1 + ((k * 0.6180339887) % 1))) - (k % 3 === 0 && size < 2 ** 53 ? 1 : 0);
  return (k % 2 ? -1 : 1) * (x < 2 ** 90 ? x : size) + 0;
});
cases['spread'] = (lab) => {
  const basis = lab.basis(0, 1, 2, 3);
  const [out, wide] = [lab.empty(1, 4), lab.upload(new Float64Array(4 * N))];
  lab.kernel.spread(lab.id, out, Int32Array.of(lab.upload(integers)), basis);
  lab.kernel.write(wide, 0, integers);
  lab.kernel.spread(lab.id, Int32Array.of(wide), Int32Array.of(wide), basis);
  return Float64Array.from([...lab.read(out, 4), ...lab.read(Int32Array.of(wide), 4)]);
};
cases['compose, below 2^53'] = (lab) => {
  const basis = lab.basis(3, 2, 0, 1);
  const edge = 2n ** 53n;
  const values = [0n, 1n, -1n, edge - 1n, 1n - edge, edge - 2n ** 46n - 1n, 4503599627370497n, -9007199254740881n];
  const out = lab.empty(1, 1);
  lab.kernel.compose(lab.id, out, Int32Array.of(lab.upload(residuesOf(values, basis))), basis);
  return lab.read(out, 1);
};
cases['compose, one limb'] = (lab) => {
  const list = lab.list(2, lab.basis(1), 1, 'random signs');
  lab.kernel.compose(lab.id, list, list, lab.basis(1));
  return lab.read(list, 1);
};
const bitsOf = (p: number): number => p.toString(2).length;
cases['pack and unpack'] = (lab) => {
  const basis = lab.basis(0, 2, 3);
  const a = lab.list(2, basis, 2, 'random');
  const bytes = new Uint8Array(2 * basis.reduce((sum, i) => sum + (N / 8) * bitsOf(PRIMES[i]!), 0));
  lab.kernel.pack(lab.id, bytes, a, basis, 2, 1);
  lab.kernel.unpack(lab.id, a, bytes, basis, 2, 0);
  return Float64Array.from([...bytes, ...lab.read(a, 6)]);
};
cases['long lists'] = (lab) => {
  const basis = lab.basis(0, 1);
  const [a, b] = [lab.list(40, basis, 2), lab.list(40, basis, 2)];
  const out = lab.empty(40, 4);
  lab.kernel.multiply(lab.id, out, a, b, basis, 2, 2);
  return lab.read(out, 4);
};

const slots = (count: number, seed: number): Float64Array => {
  const words = new Words(seed);
  return Float64Array.from({ length: count }, () => (words.below(2 ** 40) / 2 ** 40 - 0.5) * 16);
};

/** Registers the tests; `kernel` is called inside them. */
export function describeVerbs(kernel: () => Kernel): void {
  describe('verbs', () => {
    for (const [name, f] of Object.entries(cases)) {
      it(name, () => {
        expect(firstDifference(run(kernel(), f), oracle(name, f))).toBe(-1);
      });
    }

    it('encode and decode within the stated error', () => {
      const scale = 2 ** 40;
      const encode: Case = (lab) => {
        const out = lab.empty(2, 1);
        lab.kernel.encode(lab.id, out.subarray(0, 1), slots(N / 2, 1), slots(N / 2, 2), scale);
        lab.kernel.encode(lab.id, out.subarray(1), slots(N / 2, 3), new Float64Array(0), 3.7e8);
        return lab.read(out, 1);
      };
      const [got, want] = [run(kernel(), encode), oracle('encode', encode)];
      const bound = 1 + 2 ** -52 * 10 * 8 * scale * 12;
      expect(Math.max(...got.map((x, i) => Math.abs(x - want[i]!)))).toBeLessThanOrEqual(bound);
      expect(got.every((x) => Number.isInteger(x) && !Object.is(x, -0))).toBe(true);
      const decode: Case = (lab) => {
        const [real, imaginary] = [new Float64Array(N), new Float64Array(N)];
        const list = Int32Array.of(lab.upload(want.slice(0, N)), lab.upload(want.slice(N)));
        lab.kernel.decode(lab.id, real, imaginary, list, scale);
        return Float64Array.from([...real, ...imaginary]);
      };
      const [slotsGot, slotsWant] = [run(kernel(), decode), oracle('decode', decode)];
      expect(Math.max(...slotsGot.map((x, i) => Math.abs(x - slotsWant[i]!)))).toBeLessThan(2 ** -40);
      expect(Math.max(...slotsGot.subarray(0, N / 2).map((x, i) => Math.abs(x - slots(N / 2, 1)[i]!)))).toBeLessThan(
        2 ** -30,
      );
    });

    it('composes large integers with small relative error', () => {
      const basis = Int32Array.of(0, 1, 2);
      const half = productOf(basis) / 2n;
      const values = [half, -half, half - 1n, half >> 20n, -(half >> 40n), (half >> 60n) + 1n, 2n ** 54n + 3n];
      const compose: Case = (lab) => {
        const out = lab.empty(1, 1);
        lab.kernel.compose(lab.id, out, Int32Array.of(lab.upload(residuesOf(values, basis))), basis);
        return lab.read(out, 1);
      };
      const got = run(kernel(), compose);
      values.forEach((x, k) => {
        expect(Math.abs(got[k]! - Number(x))).toBeLessThanOrEqual(Math.abs(Number(x)) * 3 * 2 ** -52);
      });
    });

    it('unpack refuses a residue that is not below its prime', () => {
      const lab = new Lab(kernel());
      const basis = lab.basis(3);
      const out = lab.empty(1, 1);
      const bytes = new Uint8Array((N / 8) * bitsOf(PRIMES[3]!));
      lab.kernel.unpack(lab.id, out, bytes, basis, 1, 0);
      const refused = expect.objectContaining({ code: 'residue-out-of-range' });
      const first = (value: number): Uint8Array => bytes.map((b, i) => (i < 3 ? (value >>> (8 * i)) & 255 : b));
      lab.kernel.unpack(lab.id, out, first(PRIMES[3]! - 1), basis, 1, 0);
      expect(lab.read(out, 1)[0]).toBe(-1);
      expect(() => lab.kernel.unpack(lab.id, out, first(PRIMES[3]!), basis, 1, 0)).toThrow(refused);
      bytes.fill(255, bytes.length - 3);
      expect(() => lab.kernel.unpack(lab.id, out, bytes, basis, 1, 0)).toThrow(refused);
      lab.end();
    });

    it('uniform rows are canonical at every degree', () => {
      for (const n of [1024, 4096]) {
        const ring = makeRing(kernel(), n, primesBelow(PRIME_LIMIT, n, 1));
        const handle = kernel().allocate(n);
        kernel().sampleUniform(ring.id, Int32Array.of(handle), SEEDS.subarray(0, 32), ring.basis, 1, 0);
        const row = new Float64Array(n);
        kernel().read(handle, 0, row);
        expect(firstNotCanonical(row, ring.primes[0]!)).toBe(-1);
        kernel().release(handle);
        kernel().destroyRing(ring.id);
      }
    });
  });
}
