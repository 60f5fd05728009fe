import { beforeAll, describe, expect, it } from 'vitest';
import { adam, sgd } from '../heras/compile.ts';
import { loadTfjs } from './load-tfjs.ts';
import { optimize, startState } from './optimizer.ts';
import type { Tfjs } from './tfjs.ts';

let tf: Tfjs;
beforeAll(async () => {
  tf = await loadTfjs();
  await tf.setBackend('cpu');
});

const start = () => [Float32Array.of(1, -2, 0.5), Float32Array.of(0.1)];
const gradient = (step: number) => [Float32Array.of(Math.sin(step), 0.3, -step), Float32Array.of(1 / (step + 1))];

describe('optimisers', () => {
  it.each([
    ['adam', adam({ learningRate: 0.05 }), () => tf.train.adam(0.05, 0.9, 0.999, 1e-7)],
    ['sgd', sgd({ learningRate: 0.05 }), () => tf.train.sgd(0.05)],
    ['sgd with momentum', sgd({ learningRate: 0.05, momentum: 0.9 }), () => tf.train.momentum(0.05, 0.9)],
    ['nesterov', sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true }), () => tf.train.momentum(0.05, 0.9, true)],
  ])('%s moves as in TensorFlow.js', (_, settings, make) => {
    const state = startState(settings, start());
    const other = make();
    const variables = start().map((w, i) => tf.variable(tf.tensor1d(w), true, `v${i}`));
    for (let step = 0; step < 10; step++) {
      optimize(settings, state, gradient(step), [true, true]);
      other.applyGradients(gradient(step).map((g, i) => ({ name: `v${i}`, tensor: tf.tensor1d(g) })));
    }
    for (const [i, variable] of variables.entries())
      for (const [k, value] of variable.dataSync().entries()) expect(state.weights[i]![k]).toBeCloseTo(value, 4);
    for (const variable of variables) variable.dispose();
  });

  it('clips the norm of all gradients together', () => {
    const settings = sgd({ learningRate: 1, globalClipnorm: 1 });
    const state = startState(settings, [Float32Array.of(0), Float32Array.of(0)]);
    optimize(settings, state, [Float32Array.of(3), Float32Array.of(4)], [true, true]);
    expect(state.weights[0]![0]).toBeCloseTo(-0.6, 6);
    expect(state.weights[1]![0]).toBeCloseTo(-0.8, 6);
  });

  it('decays kernels and not biases', () => {
    const settings = sgd({ learningRate: 0.1, weightDecay: 0.5 });
    const state = startState(settings, [Float32Array.of(1), Float32Array.of(1)]);
    optimize(settings, state, [Float32Array.of(0), Float32Array.of(0)], [true, false]);
    expect(state.weights[0]![0]).toBeCloseTo(0.95, 6);
    expect(state.weights[1]![0]).toBe(1);
  });

  it('averages weights with a momentum that warms up, and follows a schedule', () => {
    const settings = sgd({ learningRate: (step) => (step === 0 ? 1 : 0), useEma: true, emaMomentum: 0.9 });
    const state = startState(settings, [Float32Array.of(0)]);
    optimize(settings, state, [Float32Array.of(-1)], [true]);
    expect(state.ema[0]![0]).toBeCloseTo(1 - 2 / 11, 6);
    for (let i = 0; i < 200; i++) optimize(settings, state, [Float32Array.of(-1)], [true]);
    expect(state.weights[0]![0]).toBe(1);
    expect(state.ema[0]![0]).toBeCloseTo(1, 6);
  });
});
