/**
 * Bytes from outside, everywhere they come in: what is damaged in one of the listed ways is refused with a typed error,
 * what is damaged in any way is refused or is another valid object, and nothing stays in memory. The ways in are those of
 * fuzz/registry.ts: a new one is a line there and is tested here.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createChecker, type Outcome } from '../fuzz/check.ts';
import { mutate } from '../fuzz/mutate.ts';
import { Random } from '../fuzz/random.ts';
import { registry } from '../fuzz/registry.ts';
import type { Target } from '../fuzz/target.ts';
import { HesperError } from '../src/errors.ts';
import { HEADER_BYTES, kinds } from '../src/format/header.ts';
import type { Kernel } from '../src/kernel/kernel.ts';
import { loadKernel } from '../src/kernel/load.ts';

type Check = (bytes: Uint8Array) => Outcome | Promise<Outcome>;

/** What the objects of the byte format have in common with their kind: where counts and scales are, and packed residues. */
interface ObjectFacts {
  readonly context: boolean;
  /** Place of a count of 32 bits. */
  readonly count?: number;
  /** Place of a scale. */
  readonly scale?: number;
  /** Places of bytes that have to be zero. */
  readonly reserved: readonly number[];
  /** Residues of 17 bits, all ones: above every prime of that size. Their place from the end is that of the last prime. */
  readonly residues?: boolean;
}

const batch = { context: true, count: 48, scale: 56, reserved: [7, 55], residues: true };
const objects: Readonly<Record<string, ObjectFacts>> = {
  parameters: { context: false, reserved: [7] },
  'public-key': { context: true, reserved: [7], residues: true },
  'relinearization-key': { context: true, reserved: [7, 50, 51, 52, 53, 54, 55], residues: true },
  'galois-keys': { context: true, count: 48, reserved: [7, 52, 53, 54, 55, 61, 62, 63], residues: true },
  ciphertexts: batch,
  'integer-ciphertexts': batch,
  plaintexts: batch,
  'integer-plaintexts': { context: true, count: 48, reserved: [7, 53, 54, 55], residues: true },
  'galois-stream': { context: true, count: 48, reserved: [7, 52, 53, 54, 55, 61, 62, 63], residues: true },
  'relinearization-stream': { context: true, reserved: [7, 50, 51, 52, 53, 54, 55], residues: true },
};
/** Formats with a header, an exact length and a checksum or a context: every flipped bit of the head is seen. */
const framed = [...Object.keys(objects), 'plan', 'client-plan', 'secret-key-file'];
/** Stores read calls, not an object: cut short they are other calls. */
const calls = ['memory-store', 'directory-store'];
/** Whole objects are arguments of a loader; here they are cut into chunks first. */
const wholes = Object.keys(objects).filter((name) => !name.endsWith('-stream'));

const flipped = (bytes: Uint8Array, bit: number): Uint8Array => {
  const copy = bytes.slice();
  copy[bit >> 3]! ^= 1 << (bit & 7);
  return copy;
};
const withBytes = (bytes: Uint8Array, at: number, ...values: number[]): Uint8Array => {
  const copy = bytes.slice();
  copy.set(values, at);
  return copy;
};
const bytesOfReal = (x: number): number[] => [...new Uint8Array(new Float64Array([x]).buffer)];

let kernel: Kernel;
const targets = new Map<string, { target: Target; check: Check }>();
const of = (name: string) => targets.get(name)!;

beforeAll(async () => {
  for (const [name, make] of Object.entries(registry)) {
    const own = await loadKernel({ threads: 1 });
    const target = await (await make())(own);
    // Modules that are loaded when they are needed count as nobody's allocation.
    for (const bytes of target.samples) await createChecker(own, { ...target, bound: () => 2 ** 40 }).check(bytes);
    targets.set(name, { target, check: createChecker(own, target).check });
    kernel = own;
  }
});
afterAll(() => {
  for (const { target } of targets.values()) target.dispose?.();
  expect(kernel.poolStats().liveBuffers).toBe(0);
});

/** The smallest sample that has something in it. */
function sampleOf(name: string): Uint8Array {
  const known = of(name).target.samples.filter((bytes) => bytes.length > HEADER_BYTES + 8);
  return [...(known.length > 0 ? known : of(name).target.samples)].sort((a, b) => a.length - b.length)[0]!;
}

async function expectRefused(name: string, bytes: Uint8Array, what: string, code?: string): Promise<void> {
  const outcome = await of(name).check(bytes);
  if (code === undefined) expect(outcome, `${name}: ${what}`).not.toBe('accepted');
  else expect(outcome, `${name}: ${what}`).toBe(code);
}

describe.each(Object.keys(registry))('%s', (name) => {
  it('takes what is valid, also as a view and as a shared buffer', async () => {
    const outcomes: Outcome[] = [];
    for (const bytes of of(name).target.samples) {
      const outcome = await of(name).check(bytes);
      outcomes.push(outcome);
      const wide = new Uint8Array(bytes.length + 16).fill(0xee);
      wide.set(bytes, 5);
      expect(await of(name).check(wide.subarray(5, 5 + bytes.length))).toBe(outcome);
      const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
      shared.set(bytes);
      expect([outcome, 'malformed-bytes']).toContain(await of(name).check(shared));
    }
    expect(outcomes).toContain('accepted');
    if (name in objects) expect(new Set(outcomes)).toEqual(new Set(['accepted']));
  });

  it('refuses what is cut short, has bytes behind its end, or a buffer that is gone', async () => {
    if (calls.includes(name)) return expect(await of(name).check(new Uint8Array(0))).toBe('accepted');
    const bytes = sampleOf(name);
    const { length } = bytes;
    const cuts = [
      0,
      1,
      3,
      4,
      5,
      7,
      8,
      15,
      16,
      17,
      47,
      48,
      49,
      55,
      56,
      57,
      63,
      64,
      65,
      79,
      length >> 1,
      length - 9,
      length - 8,
    ];
    for (const cut of [...cuts, length - 1].filter((one) => one < length && one >= 0))
      await expectRefused(name, bytes.slice(0, cut), `cut to ${cut}`);
    for (const more of [1, 8, 32])
      await expectRefused(name, Uint8Array.from([...bytes, ...new Uint8Array(more)]), `${more} bytes more`);
    const gone = bytes.slice();
    structuredClone(gone.buffer, { transfer: [gone.buffer] });
    await expectRefused(name, gone, 'a detached buffer');
  });

  it('damaged in any way is refused with a type, or is another object that is saved as it came', async () => {
    const { target, check } = of(name);
    const runs = ['hello', 'request', 'offer', 'answer', 'directory-store'].includes(name) ? 40 : 150;
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.boolean(), async (seed, mended) => {
        const random = new Random(seed);
        const damaged = mutate(random.one(target.samples), random, target.samples, 2 ** 17);
        await check(mended ? (target.repair?.(damaged) ?? damaged) : damaged);
      }),
      { numRuns: runs },
    );
  });
});

describe.each(framed)('%s', (name) => {
  it('refuses every flipped bit of its head', async () => {
    const bytes = sampleOf(name);
    for (let bit = 0; bit < 8 * Math.min(HEADER_BYTES, bytes.length); bit++)
      await expectRefused(name, flipped(bytes, bit), `bit ${bit & 7} of byte ${bit >> 3}`);
  });

  it('of a newer version says which one is needed', () => {
    const newer = withBytes(sampleOf(name), 4, 5, 0);
    const read = () => of(name).target.read(newer);
    const wanted = expect.objectContaining({
      code: 'unsupported-version',
      message: expect.stringMatching(/version 5/),
    });
    return of(name).target.isAsync ? expect(read).rejects.toEqual(wanted) : expect(read).toThrowError(wanted);
  });
});

describe.each(wholes)('%s', (name) => {
  it('is not taken for what is no array of bytes', () => {
    for (const strange of [
      undefined,
      null,
      'HSPR',
      {},
      [],
      48,
      new ArrayBuffer(64),
      new Uint16Array(64),
      new DataView(new ArrayBuffer(64)),
    ])
      expect(() => of(name).target.read(strange as Uint8Array)).toThrowError(HesperError);
  });
});

describe.each(Object.entries(objects))('%s', (name, { context, count, scale, reserved, residues }) => {
  it('is refused under reserved bytes, another context, and other kinds', async () => {
    const bytes = sampleOf(name);
    for (const at of reserved) await expectRefused(name, withBytes(bytes, at, 1), `byte ${at}`, 'malformed-bytes');
    if (context) await expectRefused(name, withBytes(bytes, 16, bytes[16]! ^ 1), 'another context', 'context-mismatch');
    for (const kind of [0, ...Object.values(kinds), 255].filter((one) => one !== bytes[6]))
      await expectRefused(name, withBytes(bytes, 6, kind), `kind ${kind}`);
  });

  it('is refused with huge counts and lengths, impossible scales, and a residue that is not below its prime', async () => {
    const bytes = sampleOf(name);
    for (const at of count === undefined ? [] : [count])
      for (const value of [
        [255, 255, 255, 255],
        [0, 0, 0, 128],
        [0, 0, 16, 0],
        [1, 0, 16, 0],
      ])
        await expectRefused(name, withBytes(bytes, at, ...value), `count ${value}`, 'malformed-bytes');
    for (const value of [[255, 255, 255, 255, 255, 255, 255, 255], [0, 0, 0, 0, 0, 0, 32, 0], [0], [47]])
      await expectRefused(name, withBytes(bytes, 8, ...value), `length ${value}`, 'malformed-bytes');
    const scales = scale === undefined ? [] : [Number.NaN, Infinity, -Infinity, 0, -0, -1, 1e300];
    for (const value of scales)
      await expectRefused(
        name,
        withBytes(bytes, scale!, ...bytesOfReal(value)),
        `scale ${value}`,
        scaleCode(name, value),
      );
    if (residues) {
      const ones = bytes.slice().fill(255, bytes.length - 16);
      await expectRefused(name, ones, 'a residue of ones', 'residue-out-of-range');
    }
  });
});

/** BFV has no limit of a scale but that of numbers. */
const scaleCode = (name: string, value: number): string | undefined =>
  name === 'integer-ciphertexts' && value === 1e300 ? 'accepted' : 'malformed-bytes';
