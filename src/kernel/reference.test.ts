import { describe, expect, it } from 'vitest';
import { HesperError } from '../errors.ts';
import { createReferenceKernel } from './reference.ts';
import * as math from './reference-math.ts';
import { chachaBlock } from './reference-random.ts';

const N = 1024;
const PRIMES = [12289, 18433, 40961, 281466386710529].filter((p) => p % (2 * N) === 1);

function rootOf(p: number): number {
  const q = BigInt(p);
  for (let g = 2n; ; g++) {
    const root = math.power(g, (q - 1n) / BigInt(2 * N), q);
    if (math.power(root, BigInt(N), q) === q - 1n) return Number(root);
  }
}

function setup() {
  const kernel = createReferenceKernel();
  const ring = kernel.createRing(N, PRIMES, PRIMES.map(rootOf));
  const basis = Int32Array.from(PRIMES, (_, i) => i);
  const element = (parts: number, f: (limb: number, part: number, k: number) => number): number => {
    const handle = kernel.allocate(PRIMES.length * parts * N);
    PRIMES.forEach((p, l) => {
      for (let part = 0; part < parts; part++) {
        const row = Float64Array.from({ length: N }, (_, k) => math.balancedNumber(BigInt(f(l, part, k)), BigInt(p)));
        kernel.write(handle, (l * parts + part) * N, row);
      }
    });
    return handle;
  };
  const rows = (handle: number, parts: number, limb: number, part: number): Float64Array => {
    const out = new Float64Array(N);
    kernel.read(handle, (limb * parts + part) * N, out);
    return out;
  };
  return { kernel, ring, basis, element, rows };
}

const list = (...handles: number[]): Int32Array => Int32Array.from(handles);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Coefficients of a * b mod X^N + 1 mod p, by the definition. */
function schoolbook(a: Float64Array, b: Float64Array, p: bigint): number[] {
  const sums = new Array<bigint>(N).fill(0n);
  a.forEach((x, i) => {
    if (x === 0) return;
    b.forEach((y, j) => {
      const k = (i + j) % N;
      sums[k] = sums[k]! + (i + j < N ? 1n : -1n) * BigInt(x) * BigInt(y);
    });
  });
  return sums.map((s) => math.balancedNumber(s, p));
}

describe('reference kernel', () => {
  it('makes the ChaCha20 block of RFC 8439, section 2.3.2', () => {
    const key = Uint8Array.from({ length: 32 }, (_, i) => i);
    expect(hex(chachaBlock(key, 1, [0x09000000, 0x4a000000, 0]))).toBe(
      '10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4ed2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e',
    );
  });

  it('makes the key streams of RFC 8439, appendix A.1, vectors 1 and 2', () => {
    const key = new Uint8Array(32);
    expect(hex(chachaBlock(key, 0, [0, 0, 0]))).toBe(
      '76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586',
    );
    expect(hex(chachaBlock(key, 1, [0, 0, 0]))).toBe(
      '9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f',
    );
  });

  it('multiplies negacyclically, as the schoolbook does', () => {
    const { kernel, ring, basis, element, rows } = setup();
    const a = element(1, (l, _, k) => (k * k * 7919 + l * 31) % 12007);
    const b = element(1, (_, __, k) => (k % 97 === 3 ? k + 5 : 0));
    const expected = PRIMES.map((p, l) => schoolbook(rows(b, 1, l, 0), rows(a, 1, l, 0), BigInt(p)));
    kernel.nttForward(ring, list(a, b), basis, 1);
    kernel.multiply(ring, list(a), list(a), list(b), basis, 1, 1);
    kernel.nttInverse(ring, list(a), basis, 1);
    expected.forEach((row, l) => {
      expect([...rows(a, 1, l, 0)]).toEqual(row);
    });
  });

  it('divides by the last prime and rounds to nearest', () => {
    const { kernel, ring, basis, element, rows } = setup();
    const last = PRIMES.at(-1)!;
    const a = element(1, (_, __, k) => (k - 500) * 1_000_003 * (k % 7) + Math.floor(last / 3));
    const out = kernel.allocate(PRIMES.length * N);
    kernel.nttForward(ring, list(a), basis, 1);
    kernel.divideByLast(ring, list(out), list(a), basis, 1);
    kernel.nttInverse(ring, list(out), basis.subarray(0, -1), 1);
    const integer = (k: number) => (k - 500) * 1_000_003 * (k % 7) + Math.floor(last / 3);
    expect(rows(out, 1, 0, 0)[3]).toBe(Math.round(integer(3) / last));
    expect(rows(out, 1, 1, 0)[9]).toBe(Math.round(integer(9) / last));
  });

  it('encodes slots so that products of polynomials multiply slots', () => {
    const { kernel, ring, basis } = setup();
    const x = Float64Array.from({ length: N / 2 }, (_, j) => Math.sin(j));
    const y = Float64Array.from({ length: N / 2 }, (_, j) => Math.cos(3 * j));
    const [a, b, c] = [kernel.allocate(N), kernel.allocate(PRIMES.length * N), kernel.allocate(PRIMES.length * N)];
    const encoded = (values: Float64Array, to: number) => {
      kernel.encode(ring, list(a), values, new Float64Array(0), 2 ** 20);
      kernel.spread(ring, list(to), list(a), basis);
      kernel.nttForward(ring, list(to), basis, 1);
    };
    encoded(x, b);
    encoded(y, c);
    kernel.multiply(ring, list(b), list(b), list(c), basis, 1, 1);
    kernel.nttInverse(ring, list(b), basis, 1);
    kernel.compose(ring, list(a), list(b), basis);
    const real = new Float64Array(N / 2);
    const imaginary = new Float64Array(N / 2);
    kernel.decode(ring, real, imaginary, list(a), 2 ** 40);
    const worst = Math.max(...real.map((v, j) => Math.max(Math.abs(v - x[j]! * y[j]!), Math.abs(imaginary[j]!))));
    expect(worst).toBeLessThan(2 ** -13);
    expect(worst).toBeGreaterThan(0);
  });

  it('keeps automorphism, packing and base conversion consistent', () => {
    const { kernel, ring, basis, element, rows } = setup();
    const a = element(2, (_, part, k) => k * 13 - 5000 + part);
    const moved = kernel.allocate(PRIMES.length * 2 * N);
    kernel.automorphism(ring, list(moved), list(a), basis, 2, 2 * N - 1);
    expect(rows(moved, 2, 1, 1)[N - 3]).toBe(-(3 * 13 - 4999));
    const bits = PRIMES.map((p) => p.toString(2).length).reduce((x, y) => x + y, 0);
    const bytes = new Uint8Array((bits * N) / 8);
    kernel.pack(ring, bytes, list(a), basis, 2, 1);
    const back = element(2, () => 0);
    kernel.unpack(ring, list(back), bytes, basis, 2, 1);
    expect(rows(back, 2, 2, 1)).toEqual(rows(a, 2, 2, 1));
    const wide = element(2, () => 0);
    kernel.convertBasis(ring, list(wide), list(a), basis.subarray(0, 2), basis, 2);
    expect(rows(wide, 2, PRIMES.length - 1, 1)).toEqual(rows(a, 2, PRIMES.length - 1, 1));
    bytes.fill(255);
    expect(() => kernel.unpack(ring, list(back), bytes, basis, 2, 1)).toThrowError(HesperError);
  });

  it('samples small values with the right spread', () => {
    const { kernel, ring } = setup();
    const a = kernel.allocate(N);
    const row = new Float64Array(N);
    kernel.sampleError(ring, list(a), new Uint8Array(32).fill(7));
    kernel.read(a, 0, row);
    const variance = row.reduce((s, x) => s + x * x, 0) / N;
    expect(Math.sqrt(variance)).toBeGreaterThan(2.9);
    expect(Math.sqrt(variance)).toBeLessThan(3.6);
    kernel.sampleTernary(ring, list(a), new Uint8Array(32).fill(9));
    kernel.read(a, 0, row);
    expect(new Set(row)).toEqual(new Set([-1, 0, 1]));
  });

  it('counts memory and knows what was released', () => {
    const { kernel } = setup();
    const handle = kernel.allocate(100);
    expect(kernel.poolStats()).toMatchObject({ liveBytes: 800, liveBuffers: 1 });
    kernel.wipe(handle);
    expect(kernel.poolStats().liveBytes).toBe(0);
    expect(() => kernel.release(handle)).toThrowError(expect.objectContaining({ code: 'disposed' }));
  });
});
