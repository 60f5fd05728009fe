/** Conformance at the border: buffers, and arguments that must be refused with the right error. */
import { describe, expect, it } from 'vitest';
import type { Kernel } from './kernel.ts';
import { makeRing, primesBelow, rootOf } from './tools.conformance.ts';

const N = 1024;
const PRIMES = primesBelow(2 ** 40, N, 3);
const ints = (...x: number[]): Int32Array => Int32Array.from(x);
const none = new Float64Array(0);

interface Bench {
  readonly k: Kernel;
  readonly ring: number;
  readonly a: number;
  readonly b: number;
  readonly small: number;
  readonly key: number;
  readonly gone: number;
  readonly weights: number;
  readonly basis: Int32Array;
}

/** Each call must throw 'invalid-argument', and change nothing. */
const refused: Record<string, (bench: Bench) => void> = {
  'a ring of a wrong degree': ({ k }) =>
    k.createRing(
      1000,
      PRIMES,
      PRIMES.map(() => 3),
    ),
  'a ring without primes': ({ k }) => k.createRing(N, [], []),
  'a prime above the limit': ({ k }) => {
    const p = primesBelow(2 ** 49 + 2 ** 20, N, 1)[0]!;
    k.createRing(N, [p], [rootOf(p, N)]);
  },
  'a prime that is not 1 mod 2n': ({ k }) => k.createRing(N, [1000003], [5]),
  'a root of a smaller order': ({ k }) => k.createRing(N, [PRIMES[0]!], [1]),
  'roots that are missing': ({ k }) => k.createRing(N, PRIMES, [3]),
  'a buffer of no numbers': ({ k }) => k.allocate(0),
  'a buffer of half a number or none': ({ k }) => k.allocate(Number.NaN),
  'reading behind the end': ({ k, a }) => k.read(a, 3 * 2 * N - 1, new Float64Array(2)),
  'reading before the start': ({ k, a }) => k.read(a, -1, new Float64Array(2)),
  'writing behind the end': ({ k, a }) => k.write(a, 3 * 2 * N, new Float64Array(1)),
  'a basis index out of range': ({ k, ring, a }) => k.nttForward(ring, ints(a), ints(0, 3), 1),
  'a negative basis index': ({ k, ring, a }) => k.nttForward(ring, ints(a), ints(-1), 1),
  'an empty basis': ({ k, ring, a }) => k.nttForward(ring, ints(a), ints(), 1),
  'no parts': ({ k, ring, a, basis }) => k.nttForward(ring, ints(a), basis, 0),
  'seventeen parts': ({ k, ring, a, basis }) => k.nttForward(ring, ints(a), basis, 17),
  'a buffer that is too short': ({ k, ring, small, basis }) => k.nttInverse(ring, ints(small), basis, 1),
  'more parts than the buffer has': ({ k, ring, a, basis }) => k.negate(ring, ints(a), ints(a), basis, 3),
  'lists of different lengths': ({ k, ring, a, b, basis }) => k.negate(ring, ints(a), ints(a, b), basis, 1),
  'a second list of a wrong length': ({ k, ring, a, b, small, basis }) =>
    k.add(ring, ints(a, b, small), ints(a, b, small), ints(a, b), basis.subarray(0, 1), 1, 1),
  'a second operand of other parts': ({ k, ring, a, b, basis }) => k.add(ring, ints(a), ints(a), ints(b), basis, 1, 2),
  'more than sixteen product parts': ({ k, ring, a, b, small, basis }) =>
    k.multiplyParts(ring, ints(small), ints(a), ints(b), basis.subarray(0, 1), 9, 9),
  'too few scalars': ({ k, ring, a, basis }) =>
    k.multiplyScalars(ring, ints(a), ints(a), new Float64Array(2), basis, 1),
  'as many scalars as three halves': ({ k, ring, a, basis }) =>
    k.addScalars(ring, ints(a), ints(a), new Float64Array(9), basis, 1),
  'a row without terms': ({ k, ring, a, b, basis }) =>
    k.linearPlain(ring, ints(a), ints(b), ints(0, 0), ints(), ints(), none, basis, 1),
  'terms that are missing': ({ k, ring, a, b, basis }) =>
    k.linearPlain(ring, ints(a), ints(b), ints(0, 2), ints(0), ints(b), none, basis, 1),
  'a term of an input that does not exist': ({ k, ring, a, b, basis }) =>
    k.linearPlain(ring, ints(a), ints(b), ints(0, 1), ints(1), ints(b), none, basis, 1),
  'a constant weight without its numbers': ({ k, ring, a, b, basis }) =>
    k.linearPlain(ring, ints(a), ints(b), ints(0, 1), ints(0), ints(-1), new Float64Array(5), basis, 1),
  'numbers for a weight that is a plaintext': ({ k, ring, a, b, basis }) =>
    k.linearPlain(ring, ints(a), ints(b), ints(0, 1), ints(0), ints(b), new Float64Array(6), basis, 1),
  'messages for some encryptions only': ({ k, ring, a, b, basis }) =>
    k.maskSymmetric(ring, ints(a), ints(b, b), b, new Uint8Array(32), new Uint8Array(32), basis),
  'one error seed for two errors': ({ k, ring, a, b, basis }) =>
    k.maskPublic(ring, ints(a), ints(), b, new Uint8Array(32), new Uint8Array(32), basis),
  'a secret of too few primes': ({ k, ring, a, small, basis }) =>
    k.maskSymmetric(ring, ints(a), ints(), small, new Uint8Array(32), new Uint8Array(32), basis),
  'shifts without their columns': ({ k, ring, a, b, basis }) =>
    k.linearMonomial(ring, ints(a), ints(b), ints(0, 1), ints(0), ints(), basis, 1),
  'a shift of 2n': ({ k, ring, a, b, basis }) =>
    k.linearMonomial(ring, ints(a), ints(b), ints(0, 1), ints(0), ints(2 * N), basis, 1),
  'a negative shift': ({ k, ring, a, b, basis }) =>
    k.linearMonomial(ring, ints(a), ints(b), ints(0, 1), ints(0), ints(-1), basis, 1),
  'a shift of an input that does not exist': ({ k, ring, a, b, basis }) =>
    k.linearMonomial(ring, ints(a), ints(b), ints(0, 1), ints(1), ints(0), basis, 1),
  'starts of sums that descend': ({ k, ring, a, b, small, basis }) =>
    k.linearMonomial(ring, ints(a, small), ints(b), ints(0, 2, 1), ints(0), ints(0), basis.subarray(0, 1), 1),
  'a constant at a place that does not exist': ({ k, ring, a, basis }) =>
    k.addSparse(ring, ints(a), ints(a), ints(0, 1), ints(N), new Float64Array(3), basis, 1),
  'constants for some primes only': ({ k, ring, a, basis }) =>
    k.addSparse(ring, ints(a), ints(a), ints(0, 1), ints(0), new Float64Array(2), basis, 1),
  'terms of constants that no element takes': ({ k, ring, a, basis }) =>
    k.addSparse(ring, ints(a), ints(a), ints(0, 1), ints(0, 0), new Float64Array(6), basis, 1),
  'division of coefficients with one prime': ({ k, ring, a, b }) =>
    k.divideByLastCoefficient(ring, ints(a), ints(b), ints(0), 1),
  'an even plaintext modulus': ({ k, ring, a, b, basis }) => k.liftPlain(ring, ints(a), ints(b), basis, 16),
  'the plaintext modulus 1': ({ k, ring, a, b, basis }) => k.roundPlain(ring, ints(a), ints(b), basis, 1),
  'a plaintext modulus that is no integer': ({ k, ring, a, b, basis }) =>
    k.roundPlain(ring, ints(a), ints(b), basis, 17.5),
  'a plaintext modulus beyond the limit': ({ k, ring, a, b, basis }) =>
    k.liftPlain(ring, ints(a), ints(b), basis, 2 ** 48 + 1),
  'a plaintext modulus that a prime divides': ({ k, ring, a, b, basis }) =>
    k.roundPlain(ring, ints(a), ints(b), basis, 3 * PRIMES[1]!),
  'plaintexts beyond their modulus': ({ k, ring, a, b, basis }) => {
    k.write(b, 7, Float64Array.of(-9));
    k.liftPlain(ring, ints(a), ints(b), basis, 17);
  },
  'plaintexts that are no numbers': ({ k, ring, a, b, basis }) => {
    k.write(b, 7, Float64Array.of(Number.NaN));
    k.liftPlain(ring, ints(a), ints(b), basis, 17);
  },
  'fresh encryptions of three parts': ({ k, ring, a, b }) =>
    k.maskSymmetricCoefficient(ring, ints(a), ints(), b, new Uint8Array(32), new Uint8Array(32), ints(0), 3),
  'a uniform part that does not exist': ({ k, ring, a, basis }) =>
    k.sampleUniformCoefficient(ring, ints(a), new Uint8Array(32), basis, 2, 2),
  'a part that does not exist': ({ k, ring, a, b, basis }) => k.extractPart(ring, ints(a), ints(b), basis, 2, 2),
  'division with one prime': ({ k, ring, a, b }) => k.divideByLast(ring, ints(a), ints(b), ints(0), 1),
  'an even exponent': ({ k, ring, a, b, basis }) => k.automorphism(ring, ints(a), ints(b), basis, 1, 2),
  'an exponent of 2n and more': ({ k, ring, a, b, basis }) => k.automorphism(ring, ints(a), ints(b), basis, 1, 2049),
  'relinearisation of two parts': ({ k, ring, a, b, basis }) =>
    k.relinearize(ring, ints(a), ints(b), basis, 2, ints(), ints(2)),
  'relinearisation without its keys': ({ k, ring, a, b }) =>
    k.relinearize(ring, ints(a), ints(b), ints(0), 3, ints(), ints(2)),
  'relinearisation without special primes': ({ k, ring, a, b }) =>
    k.relinearize(ring, ints(a), ints(b), ints(0), 3, ints(a), ints()),
  'a special prime in the basis': ({ k, ring, a, b }) =>
    k.relinearize(ring, ints(a), ints(b), ints(0), 3, ints(a), ints(0)),
  'keys that are too short': ({ k, ring, a, b, small }) =>
    k.rotateMany(ring, ints(a), ints(b), ints(0), ints(3), ints(small), ints(2)),
  'a rotation by the exponent 1': ({ k, ring, a, b, key }) =>
    k.rotateMany(ring, ints(a), ints(b), ints(0), ints(1), ints(key), ints(2)),
  'a rotation by an even exponent': ({ k, ring, a, b, key }) =>
    k.rotateSum(ring, ints(a), ints(b), ints(0), ints(2), ints(key), ints(2)),
  'rotations without an exponent': ({ k, ring, a, b }) =>
    k.rotateMany(ring, ints(a), ints(b), ints(0), ints(), ints(), ints(2)),
  'a sum of rotations with two outputs': ({ k, ring, a, b, key }) =>
    k.rotateSum(ring, ints(a, b), ints(key), ints(0), ints(1), ints(), ints(2)),
  'row starts that descend': ({ k }) => k.createWeights(2, 2, ints(0, 2, 1), ints(0), ints(1)),
  'row starts that are missing': ({ k }) => k.createWeights(2, 2, ints(0, 1), ints(0), ints(1)),
  'row starts beyond the values': ({ k }) => k.createWeights(1, 2, ints(0, 9), ints(0), ints(1)),
  'a column out of range': ({ k }) => k.createWeights(1, 2, ints(0, 1), ints(2), ints(1)),
  'a weight of 2^26': ({ k }) => k.createWeights(1, 2, ints(0, 1), ints(0), ints(2 ** 26)),
  'weights of another width': ({ k, ring, a, b, weights, basis }) =>
    k.pointwise(ring, ints(a), ints(b), basis, 1, ints(0, weights), none),
  'a program without steps': ({ k, ring, a, b, basis }) => k.pointwise(ring, ints(a), ints(b), basis, 1, ints(), none),
  'a step that does not exist': ({ k, ring, a, b, basis }) =>
    k.pointwise(ring, ints(a), ints(b), basis, 1, ints(5), none),
  'too few constants': ({ k, ring, a, b, basis }) =>
    k.pointwise(ring, ints(a), ints(b), basis, 1, ints(2), new Float64Array(2)),
  'more constants than used': ({ k, ring, a, b, basis }) =>
    k.pointwise(ring, ints(a), ints(b), basis, 1, ints(2), new Float64Array(4)),
  'another number of outputs': ({ k, ring, a, b, small, basis }) =>
    k.pointwise(ring, ints(a, small), ints(b), basis.subarray(0, 1), 1, ints(1), none),
  'seeds of a wrong length': ({ k, ring, a }) => k.sampleTernary(ring, ints(a), new Uint8Array(31)),
  'too few slots': ({ k, ring, a }) => k.encode(ring, ints(a), new Float64Array(N / 2 - 1), none, 1),
  'a sealed row of another length': ({ k, ring, a }) =>
    k.sealSecret(ring, new Uint8Array(N / 4 + 15), a, new Uint8Array(32), new Uint8Array(12), new Uint8Array(0)),
  'a sealing key of 31 bytes': ({ k, ring, a }) =>
    k.openSecret(ring, a, new Uint8Array(N / 4 + 16), new Uint8Array(31), new Uint8Array(12), new Uint8Array(0)),
  'a nonce of 8 bytes': ({ k, ring, a }) =>
    k.openSecret(ring, a, new Uint8Array(N / 4 + 16), new Uint8Array(32), new Uint8Array(8), new Uint8Array(0)),
  'bytes of a wrong length': ({ k, ring, a, basis }) => k.pack(ring, new Uint8Array(3), ints(a), basis, 1, 0),
};

/** Calls that only kernels with a checked border must refuse; the reference does not look for them. */
const refusedByBuilds: Record<string, (bench: Bench) => void> = {
  'a buffer twice among the outputs': ({ k, ring, a, b, basis }) => k.negate(ring, ints(a, a), ints(a, b), basis, 1),
  'an output that is another input': ({ k, ring, a, b, basis }) => k.negate(ring, ints(a, b), ints(b, a), basis, 1),
  'an output where it may not be an input': ({ k, ring, a, basis }) =>
    k.automorphism(ring, ints(a), ints(a), basis, 1, 3),
  'a prime twice in the basis': ({ k, ring, a }) => k.nttForward(ring, ints(a), ints(1, 1), 1),
  'an output that is an element of a sum': ({ k, ring, a, b, basis }) =>
    k.linearPlain(ring, ints(a), ints(a), ints(0, 1), ints(0), ints(b), none, basis, 1),
  'an output that is an element of a sum of shifts': ({ k, ring, a, basis }) =>
    k.linearMonomial(ring, ints(a), ints(a), ints(0, 1), ints(0), ints(0), basis, 1),
  'a sparse constant that is not balanced': ({ k, ring, a }) =>
    k.addSparse(ring, ints(a), ints(a), ints(0, 1), ints(0), Float64Array.of(2 ** 40), ints(0), 1),
  'a coefficient message that is an output': ({ k, ring, a, b }) =>
    k.maskSymmetricCoefficient(ring, ints(a), ints(a), b, new Uint8Array(32), new Uint8Array(32), ints(0), 1),
  'an output that is a message': ({ k, ring, a, b, basis }) =>
    k.maskPublic(ring, ints(a), ints(a), b, new Uint8Array(32), new Uint8Array(64), basis),
  'values that are not finite': ({ k, ring, a }) =>
    k.encode(ring, ints(a), new Float64Array(N / 2).fill(Infinity), none, 1),
  'a scalar that is not balanced': ({ k, ring, a }) =>
    k.addScalars(ring, ints(a), ints(a), Float64Array.of(2 ** 40), ints(0), 1),
  'a constant that is no integer': ({ k, ring, a, b }) =>
    k.pointwise(ring, ints(a), ints(b), ints(0), 1, ints(2), Float64Array.of(0.5)),
  'a handle that never was': ({ k }) => k.release(123456),
  'arrays of a wrong type': ({ k, ring, basis }) => k.nttForward(ring, [1] as unknown as Int32Array, basis, 1),
  'numbers of a wrong type': ({ k, a, basis }) => k.nttForward('1' as unknown as number, ints(a), basis, 1),
};

const disposed: Record<string, (bench: Bench) => void> = {
  'a buffer released twice': ({ k, gone }) => k.release(gone),
  'wiping a released buffer': ({ k, gone }) => k.wipe(gone),
  'reading a released buffer': ({ k, gone }) => k.read(gone, 0, new Float64Array(1)),
  'a released buffer in a list': ({ k, ring, a, gone, basis }) =>
    k.negate(ring, ints(a), ints(gone), basis.subarray(0, 1), 1),
};

function withBench(k: Kernel, f: (bench: Bench) => void): void {
  const { id: ring, basis } = makeRing(k, N, PRIMES);
  const [a, b, small, key, gone] = [6 * N, 6 * N, N, 6 * N, 6 * N].map((doubles) => k.allocate(doubles)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  for (const handle of [a, b]) k.write(handle, 0, new Float64Array(6 * N));
  const weights = k.createWeights(1, 2, ints(0, 1), ints(0), ints(1));
  k.release(gone);
  f({ k, ring, a, b, small, key, gone, weights, basis });
  for (const handle of [a, b, small, key]) k.release(handle);
  k.destroyWeights(weights);
  k.destroyRing(ring);
}

/** Registers the tests; `kernel` is called inside them. */
export function describeBorder(kernel: () => Kernel): void {
  const throws = (f: (bench: Bench) => void, code: string): void =>
    withBench(kernel(), (bench) => {
      expect(() => f(bench)).toThrow(expect.objectContaining({ name: 'HesperError', code }));
    });

  describe('border', () => {
    for (const [name, f] of Object.entries(refused)) it(`refuses ${name}`, () => throws(f, 'invalid-argument'));
    for (const [name, f] of Object.entries(disposed)) it(`refuses ${name}`, () => throws(f, 'disposed'));
    for (const [name, f] of Object.entries(refusedByBuilds))
      it(`refuses ${name}`, ({ skip }) => {
        if (kernel().variant === 'reference') skip('the reference does not check this');
        throws(f, 'invalid-argument');
      });

    it('counts buffers and reuses their memory', () => {
      const k = kernel();
      const before = k.poolStats();
      const handles = Array.from({ length: 50 }, (_, i) => k.allocate(1000 * (i + 1)));
      const during = k.poolStats();
      expect(during.liveBuffers - before.liveBuffers).toBe(50);
      expect(during.liveBytes - before.liveBytes).toBeGreaterThanOrEqual(8 * 1275 * 1000);
      for (const handle of handles) k.wipe(handle);
      expect(k.poolStats().liveBytes).toBe(before.liveBytes);
      expect(k.poolStats().liveBuffers).toBe(before.liveBuffers);
      const peak = k.poolStats().peakBytes;
      for (let round = 0; round < 20; round++)
        for (const handle of handles.map((_, i) => k.allocate(1000 * (i + 1)))) k.release(handle);
      expect(k.poolStats().peakBytes).toBe(peak);
      k.trim();
      expect(k.poolStats().idleBytes).toBeLessThanOrEqual(peak);
    });

    it('says when memory runs out, and goes on', () => {
      const k = kernel();
      if (k.variant === 'reference') return;
      try {
        k.release(k.allocate(2 ** 36)); // 512 GiB: only a very large machine has it
      } catch (error) {
        expect(error).toMatchObject({ name: 'HesperError', code: 'out-of-memory' });
      }
      k.release(k.allocate(1000));
    });

    it('keeps what is written, at any offset', () => {
      const k = kernel();
      const handle = k.allocate(5000);
      const data = Float64Array.from({ length: 5000 }, (_, i) => i - 2500.5);
      k.write(handle, 0, data.subarray(0, 3000));
      k.write(handle, 3000, data.subarray(3000));
      const back = new Float64Array(1001);
      k.read(handle, 2500, back);
      expect(back).toEqual(data.subarray(2500, 3501));
      k.release(handle);
    });
  });
}
