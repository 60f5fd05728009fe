import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { boundsOf } from '../compiler/bfv/bounds.ts';
import { discretize } from '../compiler/bfv/discretize.ts';
import { loadShippedModel, shippedModelUrl } from '../heras/shipped.ts';
import { loadMnistSet } from './mnist.ts';

it.each([
  ['cryptonets', 0.9936],
  ['dnn-30', 0.9792],
  ['dnn-100', 0.9836],
] as const)('the shipped %s knows the digits that its card says', async (name, accuracy) => {
  const { images, labels } = await loadMnistSet('test');
  expect((await loadShippedModel(name)).evaluate(images, labels).accuracy).toBe(accuracy);
});

/** log2 of the largest logit for any input, as an integer and as coefficients, as the card says. */
it.each([
  ['dnn-30', 'slots'],
  ['dnn-100', 'slots'],
  ['cnn-16', 'slots'],
  ['fcn', 'coefficients'],
] as const)(
  'the logits of %s are bounded in %s as its card says, without rounding anything',
  async (name, encoding) => {
    const network = discretize((await loadShippedModel(name)).toGraph(), { exactWeights: true });
    const bound = Number(boundsOf(network, encoding).at(-1)!.plaintext);
    const card = await readFile(new URL(`${name}.md`, shippedModelUrl(name)), 'utf8');
    expect(card).toContain(`below 2^${(Math.ceil(10 * Math.log2(bound)) / 10).toFixed(1)} `);
  },
);

it('fcn has no more than 15,000 products, all of them by powers of two', async () => {
  const { stages } = discretize((await loadShippedModel('fcn')).toGraph(), { exactWeights: true });
  const weights = stages.flatMap((stage) => (stage.kind === 'linear' ? Array.from(stage.rows.values) : []));
  expect(weights.length).toBeLessThanOrEqual(15_000);
  expect(weights.every((weight) => Number.isInteger(Math.log2(Math.abs(weight))))).toBe(true);
  const squares = stages.reduce((sum, stage) => sum + (stage.kind === 'square' ? stage.width : 0), 0);
  expect(squares).toBe(945);
});
