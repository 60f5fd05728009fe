/** Conformance of the transform: inverse of forward, canonical residues, products against the schoolbook. */
import { describe, expect, it } from 'vitest';
import { type Kernel, MAX_RING_DEGREE, MIN_RING_DEGREE, MODULUS_LIMIT, PRIME_LIMIT } from './kernel.ts';
import {
  download,
  EXTREMES,
  type Filling,
  fill,
  firstDifference,
  firstNotCanonical,
  makeRing,
  primesBelow,
  productCoefficient,
  type TestRing,
  upload,
  Words,
  worstPrime,
} from './tools.conformance.ts';

/** The worst by the error of 1/p and the topmost, of both limits; one of 30 bits and one of 20 (26 from n = 2^14 on). */
function adversarial(n: number): number[] {
  return [
    worstPrime(n),
    ...primesBelow(PRIME_LIMIT, n, 1),
    worstPrime(n, MODULUS_LIMIT),
    ...primesBelow(MODULUS_LIMIT, n, 1),
    ...primesBelow(2 ** 30, n, 1),
    ...primesBelow(n < 2 ** 14 ? 2 ** 20 : 2 ** 26, n, 1),
  ];
}

/** Forward and inverse undo each other on rows of every prime, from either side; both leave canonical residues. */
function roundTrip(kernel: Kernel, ring: TestRing, filling: Filling): void {
  const { n, primes, basis, id } = ring;
  const words = new Words(n);
  const rows = primes.map((p) => fill(n, p, filling, words));
  const data = new Float64Array(n * primes.length);
  for (const [l, row] of rows.entries()) data.set(row, l * n);
  const list = Int32Array.of(upload(kernel, data));
  const directions = [kernel.nttForward, kernel.nttInverse];
  for (const [there, back] of [directions, [...directions].reverse()]) {
    there!.call(kernel, id, list, basis, 1);
    const between = download(kernel, list[0]!, data.length);
    primes.forEach((p, l) => {
      expect(firstNotCanonical(between.subarray(l * n, (l + 1) * n), p), `canonical, ${filling}, p = ${p}`).toBe(-1);
    });
    back!.call(kernel, id, list, basis, 1);
    const after = download(kernel, list[0]!, data.length);
    expect(firstDifference(after, data), `${filling}: back to the input`).toBe(-1);
  }
  kernel.release(list[0]!);
}

/** a * b through the transform at a few coefficients; `a` extreme, `b` random. */
function products(kernel: Kernel, ring: TestRing, filling: Filling, samples: number): void {
  const { n, primes, basis, id } = ring;
  const words = new Words(7 * n);
  const a = primes.map((p) => fill(n, p, filling, words));
  const b = primes.map((p) => fill(n, p, 'random', words));
  const join = (rows: Float64Array[]): Float64Array => Float64Array.from(rows.flatMap((r) => Array.from(r)));
  const list = Int32Array.of(upload(kernel, join(a)), upload(kernel, join(b)));
  kernel.nttForward(id, list, basis, 1);
  kernel.multiply(id, list.subarray(0, 1), list.subarray(0, 1), list.subarray(1), basis, 1, 1);
  kernel.nttInverse(id, list.subarray(0, 1), basis, 1);
  const got = download(kernel, list[0]!, n * primes.length);
  primes.forEach((p, l) => {
    for (let s = 0; s < samples; s++) {
      const k = s === 0 ? 0 : s === 1 ? n - 1 : words.below(n);
      expect(got[l * n + k], `coefficient ${k}, ${filling}, p = ${p}`).toBe(productCoefficient(a[l]!, b[l]!, k, p));
    }
  });
  for (const h of list) kernel.release(h);
}

/** Registers the tests; `kernel` is called inside them. */
export function describeTransform(kernel: () => Kernel): void {
  describe('transform', () => {
    for (let n = MIN_RING_DEGREE; n <= MAX_RING_DEGREE; n *= 2) {
      it(`inverts and multiplies at n = ${n}`, () => {
        const ring = makeRing(kernel(), n, adversarial(n));
        for (const filling of n <= 8192 ? EXTREMES : EXTREMES.slice(0, 4)) roundTrip(kernel(), ring, filling);
        products(kernel(), ring, 'random signs', n <= 8192 ? 6 : 3);
        kernel().destroyRing(ring.id);
      });
    }

    it('works on every part of every element of a list, and on no limb beyond the basis', () => {
      const n = 1024;
      const ring = makeRing(kernel(), n, primesBelow(2 ** 40, n, 3));
      const words = new Words(5);
      const rows = Array.from({ length: 2 * 3 * 2 }, (_, i) =>
        fill(n, ring.primes[Math.floor(i / 2) % 3]!, 'random', words),
      );
      const element = (e: number): Float64Array =>
        Float64Array.from(rows.slice(6 * e, 6 * e + 6).flatMap((r) => Array.from(r)));
      const list = Int32Array.of(upload(kernel(), element(0)), upload(kernel(), element(1)));
      kernel().nttForward(ring.id, list, ring.basis.subarray(0, 2), 2);
      list.forEach((handle, e) => {
        const data = download(kernel(), handle, 6 * n);
        for (let limb = 0; limb < 3; limb++) {
          for (let part = 0; part < 2; part++) {
            const at = (2 * limb + part) * n;
            const row = rows[6 * e + 2 * limb + part]!;
            const alone = Int32Array.of(upload(kernel(), row));
            if (limb < 2) kernel().nttForward(ring.id, alone, Int32Array.of(limb), 1);
            expect(data.subarray(at, at + n)).toEqual(download(kernel(), alone[0]!, n));
            kernel().release(alone[0]!);
          }
        }
      });
      for (const h of list) kernel().release(h);
      kernel().destroyRing(ring.id);
    });
  });
}
