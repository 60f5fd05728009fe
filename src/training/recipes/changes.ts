import type { ImageChanges } from '../augment.ts';

/** For networks that have room to learn it: three images in five are moved. */
export const strongChanges: ImageChanges = {
  rotation: 12,
  scale: 0.12,
  shear: 0.15,
  shift: 1.5,
  elastic: 1.2,
  noise: 0.05,
  unmoved: 0.4,
};

/** All moves smaller by a factor; without noise, which rounded pixels do not show. */
export const milder = (factor: number, unmoved = strongChanges.unmoved): ImageChanges => ({
  ...strongChanges,
  rotation: 12 * factor,
  scale: 0.12 * factor,
  shear: 0.15 * factor,
  shift: 1.5 * factor,
  elastic: 1.2 * factor,
  noise: 0,
  unmoved,
});
