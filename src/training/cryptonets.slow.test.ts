import { expect, it } from 'vitest';
import { cryptonets } from './recipes/cryptonets.ts';
import { trainRecipe } from './recipes/recipe.ts';

it('two epochs of CryptoNets reach 97 % of the test images', async () => {
  const { accuracy, history } = await trainRecipe(cryptonets, { seed: 1, epochs: 2 });
  expect(history.history['valAccuracy']!.length).toBe(2);
  expect(accuracy).toBeGreaterThanOrEqual(0.97);
});
