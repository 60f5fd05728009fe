import { afterEach, expect, it, vi } from 'vitest';

afterEach(() => {
  vi.doUnmock('@tensorflow/tfjs');
  vi.doUnmock('@tensorflow/tfjs-backend-wasm');
  vi.resetModules();
});

const absent = () => {
  throw new Error('Cannot find package');
};

it('without TensorFlow.js training says what to install', async () => {
  vi.doMock('@tensorflow/tfjs', absent);
  const { loadTfjs } = await import('./load-tfjs.ts');
  const error = await loadTfjs().catch((e) => e);
  expect(error).toMatchObject({ code: 'missing-peer' });
  expect(error.remedy).toContain('npm i @tensorflow/tfjs @tensorflow/tfjs-backend-wasm');
});

it('without the WebAssembly backend it takes the slow one', async () => {
  vi.doMock('@tensorflow/tfjs-backend-wasm', absent);
  const { trainingBackend } = await import('./backend.ts');
  expect(await trainingBackend()).toMatchObject({ backend: 'cpu' });
});

it('with both it takes WebAssembly, and the same module every time', async () => {
  const { loadTfjs } = await import('./load-tfjs.ts');
  const { trainingBackend } = await import('./backend.ts');
  expect(await trainingBackend()).toEqual({ backend: 'wasm', version: (await loadTfjs()).version.tfjs });
  expect(await loadTfjs()).toBe(await loadTfjs());
});
