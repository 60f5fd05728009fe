/** Conformance of sealed secrets, against the BigInt reference and with bytes that must not open. */
import { describe, expect, it } from 'vitest';
import type { Kernel } from './kernel.ts';
import { type Case, firstDifference, Lab, N, oracle, run, SEEDS } from './lab.conformance.ts';
import { sealBytes } from './reference-seal.ts';

const BYTES = N / 4 + 16;
const key = Uint8Array.from({ length: 32 }, (_, i) => 255 - 7 * i);
const nonce = Uint8Array.from({ length: 12 }, (_, i) => 17 * i + 3);
const associated = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => 5 * i + 1);

const cases: Record<string, Case> = {};
for (const length of [0, 1, 16, 77]) {
  cases[`a row with ${length} associated bytes, sealed and opened`] = (lab) => {
    const [row, out] = [lab.empty(1, 1), lab.empty(1, 1)];
    const bytes = new Uint8Array(BYTES);
    lab.kernel.sampleTernary(lab.id, row, SEEDS.subarray(0, 32));
    lab.kernel.sealSecret(lab.id, bytes, row[0]!, key, nonce, associated(length));
    lab.kernel.openSecret(lab.id, out[0]!, bytes, key, nonce, associated(length));
    return Float64Array.from([...bytes, ...lab.read(out, 1), ...lab.read(row, 1)]);
  };
}
for (const value of [-1, 0, 1]) {
  cases[`a row of ${value} only`] = (lab) => {
    const bytes = new Uint8Array(BYTES);
    const row = lab.upload(new Float64Array(N).fill(value));
    lab.kernel.sealSecret(lab.id, bytes, row, key.toReversed(), nonce, associated(3));
    return Float64Array.from(bytes);
  };
}

const flipped = (bytes: Uint8Array, at: number, bit = 1): Uint8Array => bytes.map((x, i) => (i === at ? x ^ bit : x));

/** Registers the tests; `kernel` is called inside them. */
export function describeSeal(kernel: () => Kernel): void {
  describe('sealed secrets', () => {
    for (const [name, f] of Object.entries(cases)) {
      it(name, () => {
        expect(firstDifference(run(kernel(), f), oracle(name, f))).toBe(-1);
      });
    }

    it('do not open changed, or with another key, nonce or associated data; the row stays as it was', () => {
      const lab = new Lab(kernel());
      const [row, out] = [lab.empty(1, 1), lab.empty(1, 1)];
      const [bytes, extra] = [new Uint8Array(BYTES), associated(20)];
      lab.kernel.sampleTernary(lab.id, row, SEEDS.subarray(32, 64));
      lab.kernel.sealSecret(lab.id, bytes, row[0]!, key, nonce, extra);
      const refused = (b: Uint8Array, k: Uint8Array = key, n: Uint8Array = nonce, a: Uint8Array = extra): void => {
        const open = () => lab.kernel.openSecret(lab.id, out[0]!, b, k, n, a);
        expect(open).toThrow(expect.objectContaining({ code: 'authentication-failed' }));
        expect(lab.read(out, 1).every((x) => x === 7)).toBe(true);
      };
      for (const at of [0, 1, 100, N / 4 - 1]) refused(flipped(bytes, at, 1 << (at % 8)));
      for (let at = N / 4; at < BYTES; at++) refused(flipped(bytes, at, 1 << (at % 8)));
      refused(bytes, flipped(key, 31));
      refused(bytes, key, flipped(nonce, 11));
      refused(bytes, key, nonce, flipped(extra, 19));
      refused(bytes, key, nonce, extra.subarray(1));
      refused(bytes, key, nonce, Uint8Array.from([...extra, 0]));
      lab.kernel.openSecret(lab.id, out[0]!, bytes, key, nonce, extra);
      expect(firstDifference(lab.read(out, 1), lab.read(row, 1))).toBe(-1);
      lab.end();
    });

    it('do not open with a field of 3, though the tag is right', () => {
      const lab = new Lab(kernel());
      const out = lab.empty(1, 1)[0]!;
      const with3 = (at: number, byte: number): Uint8Array =>
        sealBytes({ key, nonce, associated: associated(0) }, flipped(new Uint8Array(N / 4), at, byte));
      const open = (bytes: Uint8Array) => () => lab.kernel.openSecret(lab.id, out, bytes, key, nonce, associated(0));
      open(with3(7, 0b10_01_10_00))();
      for (const shift of [0, 2, 4, 6]) {
        const refused = expect.objectContaining({ code: 'authentication-failed' });
        expect(open(with3(N / 4 - 1, 3 << shift))).toThrow(refused);
      }
      lab.end();
    });

    it('are of ternary rows only', () => {
      const lab = new Lab(kernel());
      const bytes = new Uint8Array(BYTES);
      for (const x of [2, -2, 0.5, Number.NaN, 2 ** 60]) {
        const row = new Float64Array(N);
        row[N - 1] = x;
        const seal = () => lab.kernel.sealSecret(lab.id, bytes, lab.upload(row), key, nonce, associated(0));
        expect(seal).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
      }
      expect(bytes.every((x) => x === 0)).toBe(true);
      lab.end();
    });
  });
}
