import { expect, it } from 'vitest';
import { loadShippedModel } from '../heras/shipped.ts';
import { loadMnistSet } from './mnist.ts';

it('the shipped CryptoNets knows the digits that its card says', async () => {
  const { images, labels } = await loadMnistSet('test');
  const { accuracy } = (await loadShippedModel('cryptonets')).evaluate(images, labels);
  expect(accuracy).toBe(0.9936);
});
