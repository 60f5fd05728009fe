/** One kernel's side of a comparison with the reference: the same inputs for every kernel, results to be equal. */
import { type Kernel, MODULUS_LIMIT, PRIME_LIMIT, type WorkStats } from './kernel.ts';
import { createReferenceKernel } from './reference.ts';
import {
  type Filling,
  fill,
  makeRing,
  primesBelow,
  type TestRing,
  upload,
  Words,
  worstPrime,
} from './tools.conformance.ts';

export const N = 1024;
/** Topmost with digits, worst stored 1/p of those without, 30 bits, 20 bits, and topmost of all. */
export const PRIMES = [
  ...primesBelow(PRIME_LIMIT, N, 1),
  worstPrime(N, MODULUS_LIMIT),
  ...[2 ** 30, 2 ** 20, MODULUS_LIMIT].flatMap((top) => primesBelow(top, N, 1)),
];
export const SEEDS = Uint8Array.from({ length: 96 }, (_, i) => (37 * i + 11) % 256);

export interface Bench {
  readonly n?: number;
  readonly primes?: readonly number[];
}

/** One kernel with a ring, and buffers filled the same way whatever the kernel is. */
export class Lab {
  readonly kernel: Kernel;
  readonly ring: TestRing;
  readonly n: number;
  readonly primes: readonly number[];
  readonly #words = new Words(2024);
  readonly #handles: number[] = [];

  constructor(kernel: Kernel, { n = N, primes = PRIMES }: Bench = {}) {
    this.kernel = kernel;
    this.n = n;
    this.primes = primes;
    this.ring = makeRing(kernel, n, primes);
  }
  get id(): number {
    return this.ring.id;
  }
  basis(...limbs: number[]): Int32Array {
    return Int32Array.from(limbs);
  }
  upload(data: Float64Array): number {
    const handle = upload(this.kernel, data);
    this.#handles.push(handle);
    return handle;
  }
  rows(basis: Int32Array, parts: number, filling: Filling = 'random'): Float64Array {
    const data = new Float64Array(basis.length * parts * this.n);
    basis.forEach((prime, limb) => {
      for (let part = 0; part < parts; part++) {
        data.set(fill(this.n, this.primes[prime]!, filling, this.#words), (limb * parts + part) * this.n);
      }
    });
    return data;
  }
  list(count: number, basis: Int32Array, parts: number, filling: Filling = 'random'): Int32Array {
    return Int32Array.from({ length: count }, () => this.upload(this.rows(basis, parts, filling)));
  }
  /** The same in NTT form; what is random is the coefficients. */
  transformed(count: number, basis: Int32Array, parts: number, filling: Filling = 'random'): Int32Array {
    const list = this.list(count, basis, parts, filling);
    this.kernel.nttForward(this.id, list, basis, parts);
    return list;
  }
  empty(count: number, rows: number): Int32Array {
    return Int32Array.from({ length: count }, () => this.upload(new Float64Array(rows * this.n).fill(7)));
  }
  read(list: Int32Array, rows: number): Float64Array {
    const all = new Float64Array(list.length * rows * this.n);
    list.forEach((handle, e) => {
      this.kernel.read(handle, 0, all.subarray(e * rows * this.n, (e + 1) * rows * this.n));
    });
    return all;
  }
  readTransformed(list: Int32Array, basis: Int32Array, parts: number): Float64Array {
    this.kernel.nttInverse(this.id, list, basis, parts);
    return this.read(list, basis.length * parts);
  }
  /** [count][limb][halves] */
  scalars(count: number, basis: Int32Array, halves = 1): Float64Array {
    return Float64Array.from({ length: count * basis.length * halves }, (_, i) =>
      this.#words.residue(this.primes[basis[Math.floor(i / halves) % basis.length]!]!),
    );
  }
  end(): void {
    for (const handle of this.#handles) this.kernel.release(handle);
    this.kernel.destroyRing(this.id);
  }
}

export type Case = (lab: Lab) => Float64Array;

export function run(kernel: Kernel, f: Case, bench?: Bench): Float64Array {
  const lab = new Lab(kernel, bench);
  const result = f(lab);
  lab.end();
  return result;
}

const wanted = new Map<string, Float64Array>();

/** The reference's answer, computed once for all kernels of a process. */
export function oracle(name: string, f: Case, bench?: Bench): Float64Array {
  const known = wanted.get(name) ?? run(createReferenceKernel(), f, bench);
  wanted.set(name, known);
  return known;
}

export const firstDifference = (a: Float64Array, b: Float64Array): number =>
  a.length === b.length ? a.findIndex((x, i) => !Object.is(x, b[i])) : 0;

export const difference = (a: WorkStats, b: WorkStats): number[] =>
  (['transforms', 'keyProducts', 'conversions'] as const).map((key) => b[key] - a[key]);

/** The result of a case and the work counted, in one row. */
export const counted =
  (f: Case): Case =>
  (lab) => {
    const before = lab.kernel.workStats();
    const result = f(lab);
    return Float64Array.from([...difference(before, lab.kernel.workStats()), ...result]);
  };
