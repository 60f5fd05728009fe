import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { adam } from '../heras/compile.ts';
import { dense } from '../heras/layers/dense.ts';
import { normal, randomFrom } from '../heras/random.ts';
import { sequential } from '../heras/sequential.ts';
import type { FitOptions } from '../heras/trainer.ts';
import './fit.ts';
import { densitiesOf, densityAt, largest } from './pruning.ts';

const model = () =>
  sequential({
    seed: 4,
    layers: [dense({ units: 10, activation: 'square', inputShape: [6] }), dense({ units: 2 })],
  }).compile({ optimizer: adam({ learningRate: 0.02, useEma: true, emaMomentum: 0.9 }) });

/** Only two of the six numbers tell the class. */
function examples() {
  const random = randomFrom(9);
  const data = Float32Array.from({ length: 6 * 300 }, () => normal(random));
  const labels = Array.from({ length: 300 }, (_, i) => Number(data[6 * i + 1]! * data[6 * i + 4]! > 0));
  return [{ shape: [300, 6], data }, labels] as const;
}

const options: FitOptions = {
  epochs: 40,
  seed: 2,
  batchSize: 30,
  pruning: { density: { dense: 0.2, dense_1: 0.5 }, fromEpoch: 5, toEpoch: 20 },
  quantization: { powersOfTwo: { dense: 2 }, weightBits: { dense_1: 4 }, fromEpoch: 15 },
};

const nonZeros = (data: ArrayLike<number>) => Array.from(data).filter((value) => value !== 0).length;

describe('pruning', () => {
  it('keeps the largest weights', () => {
    expect([...largest(Float32Array.of(0.1, -3, 2, 0, 2), 0.6)]).toEqual([0, 1, 1, 0, 1]);
    expect([...largest(Float32Array.of(1, -1, 1, 1), 0.5)]).toEqual([1, 1, 0, 0]);
  });

  it('goes down to the density wanted, steeply first, and stays there', () => {
    const pruning = { density: 0.1, fromEpoch: 10, toEpoch: 30 };
    const densities = Array.from({ length: 40 }, (_, epoch) => densityAt(0.1, pruning, epoch));
    expect(densities[9]).toBe(1);
    expect(densities[29]).toBe(0.1);
    expect(densities[39]).toBe(0.1);
    const losses = densities.slice(10, 30).map((density, i) => densities[i + 9]! - density);
    for (let i = 1; i < losses.length; i++) expect(losses[i]).toBeLessThan(losses[i - 1]!);
  });

  it('leaves a small network that has learnt, with powers of two, and continues exactly', async () => {
    const [x, y] = examples();
    const whole = model();
    await whole.fit(x, y, options);
    expect(whole.evaluate(x, y).accuracy).toBeGreaterThan(0.95);
    const [first, bias, second] = whole.getWeights();
    expect(nonZeros(first!.data)).toBeGreaterThan(3);
    expect(nonZeros(first!.data)).toBeLessThanOrEqual(12);
    expect(nonZeros(second!.data)).toBeLessThanOrEqual(10);
    expect(nonZeros(bias!.data)).toBe(10);
    const sizes = new Set(Array.from(first!.data, Math.abs).filter((value) => value > 0));
    expect([...sizes].every((value) => Number.isInteger(Math.log2(value)))).toBe(true);
    expect(sizes.size).toBeLessThanOrEqual(2);
    const dir = await mkdtemp(join(tmpdir(), 'hesper-prune-'));
    try {
      const checkpoint = join(dir, 'a.checkpoint');
      await model().fit(x, y, { ...options, epochs: 12, checkpoint });
      const continued = model();
      await continued.fit(x, y, { ...options, checkpoint, resume: true });
      expect(continued.getWeights()).toEqual(whole.getWeights());
      const other = { ...options, pruning: { ...options.pruning!, toEpoch: 25 } };
      await expect(model().fit(x, y, { ...other, checkpoint, resume: true })).rejects.toMatchObject({
        code: 'context-mismatch',
      });
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  it.each([
    { density: 0, fromEpoch: 0, toEpoch: 1 },
    { density: 1.1, fromEpoch: 0, toEpoch: 1 },
    { density: { other: 0.5 }, fromEpoch: 0, toEpoch: 1 },
    { density: 0.5, fromEpoch: 3, toEpoch: 3 },
    { density: 0.5, fromEpoch: 0.5, toEpoch: 3 },
  ])('cannot be %j', async (pruning) => {
    expect(() => densitiesOf(model(), pruning)).toThrowError(expect.objectContaining({ code: 'invalid-argument' }));
    const [x, y] = examples();
    await expect(model().fit(x, y, { pruning })).rejects.toMatchObject({ code: 'invalid-argument' });
  });
});
