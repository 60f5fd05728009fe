import { describe, expect, it } from 'vitest';
import { randomFrom } from '../heras/random.ts';
import type { ImageChanges } from './augment.ts';
import { changeImages } from './augment.ts';

const shape = [9, 9, 1];
/** A plateau in the middle of the image. */
const image = () =>
  Float32Array.from({ length: 81 }, (_, i) =>
    Number(Math.abs((i % 9) - 4) <= 2 && Math.abs(Math.floor(i / 9) - 4) <= 2),
  );
const changed = (changes: ImageChanges, seed = 1, batch = image()) => {
  changeImages(changes)(batch, shape, randomFrom(seed));
  return batch;
};
const sum = (data: Float32Array) => data.reduce((total, value) => total + value, 0);

describe('changes of images', () => {
  it('without any change an image stays as it is', () => expect(changed({})).toEqual(image()));

  it('are the same for the same seed and differ between the images of a batch', () => {
    const all = { rotation: 20, scale: 0.2, shear: 0.2, shift: 1, elastic: 1, noise: 0.1 };
    expect(changed(all, 3)).toEqual(changed(all, 3));
    expect(changed(all, 3)).not.toEqual(changed(all, 4));
    const two = changed(all, 3, new Float32Array([...image(), ...image()]));
    expect(two.slice(0, 81)).not.toEqual(two.slice(81));
  });

  it.each([
    ['rotation', { rotation: 30 }],
    ['shear', { shear: 0.2 }],
    ['shift', { shift: 2 }],
    ['elastic', { elastic: 0.8 }],
  ] as const)('%s moves what is there and makes nothing up', (_, changes) => {
    for (let seed = 0; seed < 20; seed++) {
      const after = changed(changes, seed);
      expect(after).not.toEqual(image());
      expect(Math.min(...after)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...after)).toBeLessThanOrEqual(1 + 1e-6);
      expect(sum(after)).toBeGreaterThan(18);
      expect(sum(after)).toBeLessThan(32);
    }
  });

  it('shift keeps the sum of an image with a margin', () => expect(sum(changed({ shift: 1.5 }))).toBeCloseTo(25, 3));

  it('scale makes it larger and smaller', () => {
    const sums = Array.from({ length: 20 }, (_, seed) => sum(changed({ scale: 0.3 }, seed)));
    expect(Math.min(...sums)).toBeLessThan(22);
    expect(Math.max(...sums)).toBeGreaterThan(28);
  });

  it('noise has the deviation asked for, also on unmoved images', () => {
    const batch = changed({ noise: 0.5, unmoved: 1 }, 1, new Float32Array(81 * 100));
    expect(Math.sqrt(sum(batch.map((value) => value * value)) / batch.length)).toBeCloseTo(0.5, 1);
  });

  it('leaves the wanted fraction unmoved', () => {
    const batch = new Float32Array(81 * 400);
    for (let i = 0; i < 400; i++) batch.set(image(), 81 * i);
    changed({ shift: 1, unmoved: 0.25 }, 1, batch);
    const same = Array.from({ length: 400 }, (_, i) => batch.slice(81 * i, 81 * (i + 1))).filter((one) =>
      one.every((v, k) => v === image()[k]),
    );
    expect(same.length / 400).toBeCloseTo(0.25, 1);
  });

  it('takes images only', () =>
    expect(() => changeImages({ shift: 1 })(new Float32Array(4), [4], randomFrom(1))).toThrow(/images/));
});
