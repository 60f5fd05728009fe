import { HesperError } from '../errors.ts';
import { registerConv2dBackpropFilter } from './conv2d-backprop-filter.ts';
import type { Tfjs } from './tfjs.ts';

let loading: Promise<Tfjs> | undefined;

/**
 * TensorFlow.js on the best backend that is there: the native one if `@tensorflow/tfjs-node` is installed, in a browser
 * a GPU, else WebAssembly with the kernel that it lacks, else plain JavaScript. Throws 'missing-peer'.
 */
export function loadTfjs(): Promise<Tfjs> {
  loading ??= load().catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load(): Promise<Tfjs> {
  const native = inNode() ? await optional<Tfjs>(() => import(/* @vite-ignore */ nativePackage)) : undefined;
  if (native !== undefined) return native;
  const tf = unwrap<Tfjs>(await import('@tensorflow/tfjs').catch((error) => Promise.reject(missing(error))));
  const wasm = await optional(() => import('@tensorflow/tfjs-backend-wasm'));
  if (wasm !== undefined) registerConv2dBackpropFilter(tf);
  await choose(tf, inNode() ? ['wasm', 'cpu'] : ['webgpu', 'webgl', 'wasm', 'cpu']);
  return tf;
}

const nativePackage: string = '@tensorflow/tfjs-node';

const inNode = (): boolean => typeof process === 'object' && process.versions?.node !== undefined;

async function choose(tf: Tfjs, backends: readonly string[]): Promise<void> {
  for (const backend of backends) {
    if (tf.engine().registryFactory[backend] === undefined) continue;
    if (await tf.setBackend(backend).catch(() => false)) return;
  }
  throw missing('no backend starts');
}

/** The module, or undefined if it cannot be loaded. */
const optional = <T>(load: () => Promise<unknown>): Promise<T | undefined> =>
  load().then(
    (module) => unwrap<T>(module),
    () => undefined,
  );

/** A CommonJS module arrives as `default`. */
const unwrap = <T>(module: unknown): T => (module as { default?: T }).default ?? (module as T);

const missing = (reason: unknown) =>
  new HesperError('missing-peer', 'Training needs TensorFlow.js, which cannot be loaded', {
    met: reason instanceof Error ? reason.message.split('\n')[0] : reason,
    remedy: 'Run `npm i @tensorflow/tfjs @tensorflow/tfjs-backend-wasm`.',
  });
