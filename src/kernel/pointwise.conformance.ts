/** Conformance of pointwise programs: linear layers, squares, constants, against BigInt column by column. */
import { describe, expect, it } from 'vitest';
import { type Handle, type Kernel, MODULUS_LIMIT, POINTWISE, PRIME_LIMIT } from './kernel.ts';
import {
  balancedNumber,
  download,
  type Filling,
  fill,
  firstNotCanonical,
  makeRing,
  primesBelow,
  type TestRing,
  upload,
  Words,
  worstPrime,
} from './tools.conformance.ts';

/** Rows of [column, weight]; columns need not be sorted. */
type Matrix = { readonly inputs: number; readonly rows: readonly (readonly (readonly [number, number])[])[] };
type Step = { linear: Matrix } | { square: true } | { constants: number[][] };
type Inputs = Filling | ((element: number, part: number, column: number, p: number) => number);

const N = 1024;
const FILLINGS = ['largest', 'smallest', 'random'] as const;

/** Signed weights of `bits` bits; each entry is present with the given probability. */
function randomMatrix(
  outputs: number,
  inputs: number,
  bits: number,
  density = 1,
  seed = outputs * inputs + bits,
): Matrix {
  const words = new Words(seed);
  const weight = (): number => words.below(2 ** bits - 1) - (2 ** (bits - 1) - 1);
  const row = (): (readonly [number, number])[] =>
    Array.from({ length: inputs }, (_, i) => [i, weight()] as const).filter(() => words.below(1000) < 1000 * density);
  return { inputs, rows: Array.from({ length: outputs }, row) };
}

/** 5 x 5, stride 2, padding 1 on 28 x 28, 5 maps: the rows of a convolution share columns. */
function convolution(): Matrix {
  const words = new Words(25);
  const weights = Array.from({ length: 125 }, () => words.below(255) - 127);
  const rows: (readonly [number, number])[][] = [];
  for (let place = 0; place < 169; place++) {
    for (let map = 0; map < 5; map++) {
      const row: (readonly [number, number])[] = [];
      for (let k = 0; k < 25; k++) {
        const y = 2 * Math.floor(place / 13) - 1 + Math.floor(k / 5);
        const x = 2 * (place % 13) - 1 + (k % 5);
        if (y >= 0 && x >= 0 && y < 28 && x < 28) row.push([28 * y + x, weights[25 * map + k]!]);
      }
      rows.push(row);
    }
  }
  return { inputs: 784, rows };
}

const constantMatrix = (outputs: number, inputs: number, weight: (o: number, i: number) => number): Matrix => ({
  inputs,
  rows: Array.from({ length: outputs }, (_, o) => Array.from({ length: inputs }, (_, i) => [i, weight(o, i)] as const)),
});

function createWeights(kernel: Kernel, m: Matrix): number {
  const starts = [0];
  for (const row of m.rows) starts.push(starts.at(-1)! + row.length);
  const entries = m.rows.flat();
  const pick = (i: 0 | 1): Int32Array => Int32Array.from(entries, (e) => e[i]);
  return kernel.createWeights(m.rows.length, m.inputs, Int32Array.from(starts), pick(0), pick(1));
}

/** Parts of the square of one element. */
function squared(parts: readonly bigint[]): bigint[] {
  const out = new Array<bigint>(2 * parts.length - 1).fill(0n);
  for (const [i, a] of parts.entries()) for (const [j, b] of parts.entries()) out[i + j]! += a * b;
  return out;
}

/** One column of one limb, by the definition: [element][part]. */
function expected(steps: readonly Step[], column: bigint[][], limb: number, p: bigint): bigint[][] {
  return steps.reduce((x, step) => {
    if ('linear' in step) {
      return step.linear.rows.map((row) =>
        x[0]!.map((_, part) => row.reduce((sum, [i, w]) => sum + BigInt(w) * x[i]![part]!, 0n) % p),
      );
    }
    if ('constants' in step)
      return x.map((e, i) => e.map((v, part) => (part === 0 ? v + BigInt(step.constants[limb]![i]!) : v)));
    return x.map(squared).map((e) => e.map((v) => v % p));
  }, column);
}

/** Encodes the program; the caller destroys the weights. */
function encodeProgram(
  kernel: Kernel,
  steps: readonly Step[],
): { program: Int32Array; constants: Float64Array; weights: number[] } {
  const weights: number[] = [];
  const program: number[] = [];
  for (const step of steps) {
    if ('linear' in step) {
      weights.push(createWeights(kernel, step.linear));
      program.push(POINTWISE.linear, weights.at(-1)!);
    } else program.push('constants' in step ? POINTWISE.addConstants : POINTWISE.square);
  }
  const constants = steps.flatMap((s) => ('constants' in s ? s.constants.flat() : []));
  return { program: Int32Array.from(program), constants: Float64Array.from(constants), weights };
}

function inputList(ring: TestRing, width: number, parts: number, inputs: Inputs): Float64Array[] {
  const words = new Words(width + parts);
  return Array.from({ length: width }, (_, e) => {
    const data = new Float64Array(ring.primes.length * parts * N);
    ring.primes.forEach((p, l) => {
      for (let part = 0; part < parts; part++) {
        const row =
          typeof inputs === 'function'
            ? Float64Array.from({ length: N }, (_, c) => inputs(e, part, c, p))
            : fill(N, p, inputs, words);
        data.set(row, (l * parts + part) * N);
      }
    });
    return data;
  });
}

function checkColumn(
  ring: TestRing,
  steps: readonly Step[],
  data: readonly Float64Array[],
  parts: number,
  out: readonly Float64Array[],
  outParts: number,
  limb: number,
  column: number,
): void {
  const p = BigInt(ring.primes[limb]!);
  const x = data.map((d) => Array.from({ length: parts }, (_, t) => BigInt(d[(limb * parts + t) * N + column]!)));
  const wanted = expected(steps, x, limb, p).map((e) => e.map((v) => balancedNumber(v, p)));
  const got = out.map((d) => Array.from({ length: outParts }, (_, t) => d[(limb * outParts + t) * N + column]!));
  expect(got, `limb ${limb} (p = ${p}), column ${column}`).toEqual(wanted);
}

/** Runs the program and compares `samples` columns of every limb, the first and the last among them. */
function check(
  kernel: Kernel,
  ring: TestRing,
  steps: readonly Step[],
  width: number,
  parts: number,
  inputs: Inputs,
  samples = 4,
): void {
  const data = inputList(ring, width, parts, inputs);
  const { program, constants, weights } = encodeProgram(kernel, steps);
  const outParts = steps.reduce((t, s) => ('square' in s ? 2 * t - 1 : t), parts);
  const outWidth = steps.reduce((w, s) => ('linear' in s ? s.linear.rows.length : w), width);
  const a: Handle[] = data.map((d) => upload(kernel, d));
  const length = ring.primes.length * outParts * N;
  const out: Handle[] = Array.from({ length: outWidth }, () => kernel.allocate(length));
  kernel.pointwise(ring.id, Int32Array.from(out), Int32Array.from(a), ring.basis, parts, program, constants);
  const results = out.map((h) => download(kernel, h, length));
  const words = new Words(3);
  ring.primes.forEach((p, limb) => {
    for (const r of results)
      expect(firstNotCanonical(r.subarray(limb * outParts * N, (limb + 1) * outParts * N), p)).toBe(-1);
    for (let s = 0; s < samples; s++) {
      const column = s === 0 ? N - 1 : s === 1 ? 0 : words.below(N);
      checkColumn(ring, steps, data, parts, results, outParts, limb, column);
    }
  });
  for (const h of [...a, ...out]) kernel.release(h);
  for (const w of weights) kernel.destroyWeights(w);
}

/** Registers the tests; `kernel` is called inside them. */
export function describePointwise(kernel: () => Kernel): void {
  describe('pointwise programs', () => {
    const withRing = (f: (ring: TestRing) => void): void => {
      const primes = [
        worstPrime(N),
        ...primesBelow(2 ** 20, N, 1),
        ...primesBelow(PRIME_LIMIT, N, 1),
        ...primesBelow(2 ** 32, N, 1),
        ...primesBelow(MODULUS_LIMIT, N, 1),
      ];
      const ring = makeRing(kernel(), N, [...new Set(primes)]);
      f(ring);
      kernel().destroyRing(ring.id);
    };
    const linear = (name: string, m: Matrix, parts: number, fillings: readonly Filling[] = FILLINGS): void =>
      it(name, () =>
        withRing((ring) => {
          for (const filling of fillings) check(kernel(), ring, [{ linear: m }], m.inputs, parts, filling);
        }),
      );
    linear('dense, 10-bit weights, odd number of inputs', randomMatrix(13, 21, 10), 2);
    linear('dense, 12-bit weights, 3 parts', randomMatrix(9, 64, 12), 3);
    linear('dense, 8-bit weights, one output', randomMatrix(1, 300, 8), 1);
    linear('sparse, 12-bit weights', randomMatrix(19, 64, 12, 0.2), 1);
    linear('wide, 14-bit weights', randomMatrix(5, 33, 14), 2);
    linear('wide, 26-bit weights', randomMatrix(11, 40, 26), 2);
    linear('wide, sparse', randomMatrix(7, 9, 26, 0.3), 3);
    linear('one input, one output', { inputs: 1, rows: [[[0, -7]]] }, 2);
    linear(
      'empty rows, unused inputs, columns out of order and twice',
      {
        inputs: 9,
        rows: [
          [],
          [
            [7, 3],
            [0, -5],
            [6, 2],
            [0, 4],
          ],
          [],
          [[8, 1]],
        ],
      },
      2,
    ); // prettier-ignore
    linear('nothing but empty rows', { inputs: 3, rows: [[], []] }, 1);
    linear('a convolution', convolution(), 2, ['random signs']);

    it('sums of digits at the bound of a chunk', () =>
      withRing((ring) => {
        const m = constantMatrix(3, 90, (o, i) => (o === 0 ? -2048 : o === 1 ? 2047 : i % 2 === 0 ? 1 : -1));
        // Residues whose low, middle or top digit is -2^15, where the prime is large enough.
        const digit = (x: number) => (_e: number, _t: number, _c: number, p: number) =>
          2 * Math.abs(x) < p ? x : -((p - 1) / 2);
        for (const x of [-(2 ** 15), -(2 ** 31), -(2 ** 15) - 2 ** 31])
          check(kernel(), ring, [{ linear: m }], 90, 1, digit(x));
        for (const filling of ['largest', 'smallest'] as const) check(kernel(), ring, [{ linear: m }], 90, 1, filling);
      }));

    it('the widest weights', () =>
      withRing((ring) => {
        const m = constantMatrix(2, 20, (o) => (o === 0 ? 1 - 2 ** 26 : 2 ** 26 - 1));
        const half = () => 2 ** 24;
        for (const filling of ['largest', 'smallest', 'alternating'] as const)
          check(kernel(), ring, [{ linear: m }], 20, 1, filling);
        check(kernel(), ring, [{ linear: m }], 20, 1, (_e, _t, _c, p) => (p > 2 ** 26 ? half() : 1));
      }));

    it('squares and constants without a linear step', () =>
      withRing((ring) => {
        const words = new Words(11);
        const constants = (): number[][] => ring.primes.map((p) => Array.from({ length: 5 }, () => words.residue(p)));
        for (const filling of ['largest', 'random'] as const) {
          check(kernel(), ring, [{ square: true }], 5, 2, filling);
          check(kernel(), ring, [{ constants: constants() }], 5, 3, filling);
          check(
            kernel(),
            ring,
            [{ constants: constants() }, { square: true }, { constants: constants() }, { square: true }],
            5,
            2,
            filling,
          );
          check(kernel(), ring, [{ square: true }, { square: true }, { square: true }], 3, 2, filling);
        }
      }));

    it('a whole network: linear, constants, square, three times', () =>
      withRing((ring) => {
        const words = new Words(13);
        const constants = (count: number) => ({
          constants: ring.primes.map((p) => Array.from({ length: count }, () => words.residue(p))),
        });
        const steps: Step[] = [
          { linear: convolution() },
          constants(845),
          { square: true },
          { linear: randomMatrix(100, 845, 10) },
          constants(100),
          { square: true },
          { linear: randomMatrix(10, 100, 14) },
          constants(10),
        ];
        check(kernel(), ring, steps, 784, 2, 'random', 2);
      }));

    it('uses the given primes of the basis and leaves longer inputs alone', () =>
      withRing((ring) => {
        const m = randomMatrix(4, 6, 9);
        const part = { ...ring, primes: [ring.primes[2]!, ring.primes[0]!], basis: Int32Array.of(2, 0) };
        check(kernel(), part, [{ linear: m }, { square: true }], 6, 2, 'random');
      }));
  });
}
