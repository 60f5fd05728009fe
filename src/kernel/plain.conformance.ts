/** Conformance of exact work in coefficient form: plaintexts modulo t, shifts, constants, division, encryption. */
import { describe, expect, it } from 'vitest';
import { type Kernel, POINTWISE, PRIME_LIMIT } from './kernel.ts';
import { type Case, counted, firstDifference, Lab, N, oracle, PRIMES, run, SEEDS } from './lab.conformance.ts';
import { balanced, EXTREMES, type Filling, firstNotCanonical, Words } from './tools.conformance.ts';

const cases: Record<string, Case> = {};

// ---- sums of shifts

/** Around the ends of vectors, of groups of columns, of copied windows and of the wrap. */
const PLACES = [0, 1, 7, 8, 9, 31, 63, 64, 65, 96, 127, 128, 129, 500, N / 2, N - 129, N - 128, N - 64, N - 1];
const SHIFTS = [...PLACES, ...PLACES.map((s) => s + N)];

interface Sums {
  readonly limbs: readonly number[];
  readonly parts: number;
  readonly filling: Filling;
  /** Per row, terms as [column, shift]. */
  readonly rows: readonly (readonly (readonly [number, number])[])[];
}

function linearMonomial(lab: Lab, { limbs, parts, filling, rows }: Sums): Float64Array {
  const basis = lab.basis(...limbs);
  const terms = rows.flat();
  const inputs = 1 + Math.max(0, ...terms.map(([column]) => column));
  const rowStart = Int32Array.from([0, ...rows.map((_, r) => rows.slice(0, r + 1).flat().length)]);
  const [columns, shifts] = [0, 1].map((k) => Int32Array.from(terms, (term) => term[k]!));
  const a = lab.list(inputs, basis, parts, filling);
  const out = lab.empty(rows.length, basis.length * parts);
  lab.kernel.linearMonomial(lab.id, out, a, rowStart, columns!, shifts!, basis, parts);
  return lab.read(out, basis.length * parts);
}
for (const parts of [1, 2, 3]) {
  cases[`linearMonomial, ${parts} parts, all kinds of shifts`] = (lab) => {
    const each = SHIFTS.map((shift, t) => [[t % 4, shift]] as const);
    const rows = [...each, [], SHIFTS.map((shift, t) => [t % 5, shift] as const), []];
    return linearMonomial(lab, { limbs: parts === 1 ? [0, 1, 2, 3] : [1, 3], parts, filling: 'random', rows });
  };
}
cases['linearMonomial of small shifts'] = (lab) => {
  const words = new Words(11);
  const term = (): readonly [number, number] => [words.below(30), words.below(9) + (words.below(2) ? N : 0)];
  const rows = [5, 70, 17, 1, 40].map((count) => Array.from({ length: count }, term));
  return linearMonomial(lab, { limbs: [0, 2], parts: 2, filling: 'random', rows });
};
/** Equal terms, all at their largest: where sums of residues would pass what is exact. */
for (const filling of EXTREMES) {
  cases[`linearMonomial, many equal terms, ${filling}`] = (lab) => {
    const equal = (count: number, shift: number) => Array.from({ length: count }, () => [0, shift] as const);
    const rows = [equal(15, 0), equal(16, 2), equal(17, N + 3), equal(33, 0), equal(500, 1), equal(90, N / 2)];
    return linearMonomial(lab, { limbs: [0, 1, 3], parts: 1, filling, rows: [...rows, rows.flat()] });
  };
}
cases['addSparse'] = (lab) => {
  const basis = lab.basis(0, 2, 3);
  const [a, out] = [lab.list(3, basis, 2, 'random signs'), lab.empty(3, 6)];
  const start = Int32Array.of(0, 4, 4, 7);
  const positions = Int32Array.of(0, 5, N - 1, 5, 0, 1, 700);
  const extreme = Float64Array.from({ length: 21 }, (_, i) => ((i % 2 ? 1 : -1) * (PRIMES[basis[i % 3]!]! - 1)) / 2);
  lab.kernel.addSparse(lab.id, out, a, start, positions, lab.scalars(7, basis), basis, 2);
  const before = lab.read(a, 6);
  lab.kernel.addSparse(lab.id, a, a, start, positions, extreme, basis, 2);
  return Float64Array.from([...before, ...lab.read(a, 6), ...lab.read(out, 6)]);
};

// ---- plaintexts and the modulus

for (const basisOf of [
  [0, 1, 4],
  [0, 3],
  [3, 2, 0],
]) {
  for (const filling of ['largest', 'random'] as const) {
    cases[`divideByLastCoefficient over ${basisOf}, ${filling}`] = (lab) => {
      const basis = lab.basis(...basisOf);
      const [a, out] = [lab.list(2, basis, 2, filling), lab.empty(2, 2 * (basis.length - 1))];
      lab.kernel.divideByLastCoefficient(lab.id, out, a, basis, 2);
      lab.kernel.divideByLastCoefficient(lab.id, a, a, basis, 2);
      return Float64Array.from([...lab.read(out, 2 * basis.length - 2), ...lab.read(a, 2 * basis.length - 2)]);
    };
  }
}
/** Smallest, small composite, a power, batching primes, one beyond some primes of the ring, the largest. */
const MODULI = [3, 9, 3 ** 20, 12289, 557057, 2 ** 30 + 3, 2 ** 40 - 87, PRIME_LIMIT - 1];
const BASES = [[0], [3], [1, 0], [2, 0, 4], [3, 2, 1, 0, 4]];
const productOf = (basis: Int32Array): bigint => basis.reduce((q, i) => q * BigInt(PRIMES[i]!), 1n);

function integers(t: number): Float64Array {
  const half = (t - 1) / 2;
  const words = new Words(t);
  const few = [0, 1, -1, half, -half, half - 1, 1 - half];
  return Float64Array.from({ length: N }, (_, k) => (k < few.length ? few[k]! : words.below(t) - half));
}
for (const t of MODULI) {
  for (const limbs of BASES) {
    cases[`liftPlain and roundPlain, t = ${t}, over ${limbs}`] = (lab) => {
      const basis = lab.basis(...limbs);
      const [plain, out] = [lab.upload(integers(t)), lab.empty(2, basis.length)];
      const wide = lab.upload(new Float64Array(basis.length * N));
      lab.kernel.write(wide, 0, integers(t));
      lab.kernel.liftPlain(lab.id, out, Int32Array.of(plain, wide), basis, t);
      lab.kernel.liftPlain(lab.id, Int32Array.of(wide), Int32Array.of(wide), basis, t);
      const lifted = lab.read(Int32Array.of(out[0]!, wide), basis.length);
      lab.kernel.roundPlain(lab.id, Int32Array.of(plain), out.subarray(0, 1), basis, t);
      lab.kernel.roundPlain(lab.id, out, lab.list(2, basis, 1, 'random'), basis, t);
      return Float64Array.from([...lifted, ...lab.read(Int32Array.of(plain), 1), ...lab.read(out, 1)]);
    };
  }
  cases[`roundPlain at the edges, t = ${t}`] = (lab) => {
    const basis = lab.basis(1, 0, 2);
    const q = productOf(basis);
    // x with [t x]_Q next to its limit and around zero.
    const edge = ((q / 2n) * ((1n << 40n) - 1n)) >> 40n;
    const back = inverseOf(BigInt(t), q);
    const values = [0n, 1n, -1n, ...[edge, -edge, edge - 1n, 1n, -1n].map((y) => balanced(y * back, q))];
    const out = lab.empty(1, 1);
    lab.kernel.roundPlain(lab.id, out, Int32Array.of(lab.upload(residuesOf(values, basis))), basis, t);
    return lab.read(out, 1);
  };
}
/** Residues of given integers over a basis, repeated to fill a row. */
function residuesOf(values: readonly bigint[], basis: Int32Array): Float64Array {
  const data = new Float64Array(basis.length * N);
  basis.forEach((prime, limb) => {
    const residues = values.map((x) => Number(balanced(x, BigInt(PRIMES[prime]!))));
    for (let k = 0; k < N; k++) data[limb * N + k] = residues[k % residues.length]!;
  });
  return data;
}
function inverseOf(a: bigint, m: bigint): bigint {
  let [r0, r1, x0, x1] = [m, a % m, 0n, 1n];
  while (r1 !== 0n) [r0, r1, x0, x1] = [r1, r0 % r1, x1, x0 - (r0 / r1) * x1];
  return balanced(x0, m);
}

// ---- encryption

const seeds = (count: number): Uint8Array => Uint8Array.from({ length: 32 * count }, (_, i) => (29 * i + 5) % 251);
for (const parts of [1, 2]) {
  cases[`maskSymmetricCoefficient of ${parts} parts`] = (lab) => {
    const basis = lab.basis(3, 0, 2);
    const secret = lab.transformed(1, lab.basis(0, 1, 2, 3), 1, 'random signs')[0]!;
    const [out, zeros] = [lab.empty(3, 3 * parts), lab.empty(9, 3 * parts)];
    const messages = lab.list(3, basis, 1, 'largest');
    lab.kernel.maskSymmetricCoefficient(lab.id, out, messages, secret, seeds(3), seeds(4).subarray(32), basis, parts);
    lab.kernel.maskSymmetricCoefficient(lab.id, zeros, Int32Array.of(), secret, seeds(9), seeds(9), basis, parts);
    return Float64Array.from([...lab.read(out, 3 * parts), ...lab.read(zeros, 3 * parts)]);
  };
}
cases['sampleUniformCoefficient'] = (lab) => {
  const basis = lab.basis(1, 3, 2);
  const out = lab.empty(3, 6);
  lab.kernel.sampleUniformCoefficient(lab.id, out, SEEDS, basis, 2, 1);
  return lab.read(out, 6);
};

/** A program of linear steps: the same result, whether the transform comes before or behind. */
function linearSteps(kernel: Kernel): { before: Float64Array; behind: Float64Array } {
  const lab = new Lab(kernel);
  const basis = lab.basis(0, 1, 3);
  const words = new Words(3);
  const matrix = (outputs: number, inputs: number, bits: number): number => {
    const values = Int32Array.from({ length: outputs * inputs }, () => words.below(2 ** bits) - 2 ** (bits - 1));
    const rowStart = Int32Array.from({ length: outputs + 1 }, (_, i) => i * inputs);
    const columns = Int32Array.from({ length: outputs * inputs }, (_, i) => i % inputs);
    return kernel.createWeights(outputs, inputs, rowStart, columns, values);
  };
  const weights = [matrix(7, 9, 10), matrix(4, 7, 20)];
  const program = Int32Array.from(weights.flatMap((w) => [POINTWISE.linear, w]));
  const [a, behind, before] = [lab.list(9, basis, 3), lab.empty(4, 9), lab.empty(4, 9)];
  const none = new Float64Array(0);
  kernel.pointwise(lab.id, behind, a, basis, 3, program, none);
  kernel.nttForward(lab.id, a, basis, 3);
  kernel.pointwise(lab.id, before, a, basis, 3, program, none);
  kernel.nttInverse(lab.id, before, basis, 3);
  const result = { before: lab.read(before, 9), behind: lab.read(behind, 9) };
  for (const w of weights) kernel.destroyWeights(w);
  lab.end();
  return result;
}

/** Registers the tests; `kernel` is called inside them. */
export function describePlain(kernel: () => Kernel): void {
  describe('plain', () => {
    for (const [name, f] of Object.entries(cases)) {
      it(name, () => {
        const g = counted(f);
        expect(firstDifference(run(kernel(), g), oracle(name, g))).toBe(-1);
      });
    }

    it('a pointwise program of linear steps works in either form', () => {
      const { before, behind } = linearSteps(kernel());
      expect(firstDifference(behind, before)).toBe(-1);
      expect(firstNotCanonical(behind.subarray(0, 3 * N), PRIMES[0]!)).toBe(-1);
    });

    it('a lifted plaintext comes back, with any error below half a step', () => {
      const t = 557057;
      const lab = new Lab(kernel());
      const basis = lab.basis(0, 1);
      const [plain, out] = [lab.upload(integers(t)), lab.empty(1, 2)];
      lab.kernel.liftPlain(lab.id, out, Int32Array.of(plain), basis, t);
      const half = ((productOf(basis) / BigInt(2 * t)) * ((1n << 39n) - 1n)) >> 39n;
      const errors = residuesOf([0n, half, -half, half / 3n], basis);
      lab.kernel.add(lab.id, out, out, Int32Array.of(lab.upload(errors)), basis, 1, 1);
      lab.kernel.roundPlain(lab.id, out, out, basis, t);
      expect(firstDifference(lab.read(out, 1), integers(t))).toBe(-1);
      lab.end();
    });
  });
}
