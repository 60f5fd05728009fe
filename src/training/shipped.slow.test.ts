import { expect, it } from 'vitest';
import { loadShippedModel } from '../heras/shipped.ts';
import { loadMnistSet } from './mnist.ts';

it.each([
  ['cnn-16', 0.9914],
  ['fcn', 0.9883],
] as const)('the shipped %s knows the digits that its card says', async (name, accuracy) => {
  const { images, labels } = await loadMnistSet('test');
  expect((await loadShippedModel(name)).evaluate(images, labels).accuracy).toBe(accuracy);
});
