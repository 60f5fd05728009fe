import { HesperError } from '../errors.ts';
import { registerConv2dBackpropFilter } from './conv2d-backprop-filter.ts';

/** TensorFlow.js as a module. An optional peer: only this file loads it, when training begins. */
export type Tfjs = typeof import('@tensorflow/tfjs');

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
  const tf = await optional<Tfjs>(() => import('@tensorflow/tfjs'));
  if (tf === undefined) throw missing();
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
  throw missing();
}

/** The module, or undefined if it is not installed. A CommonJS module arrives as `default`. */
async function optional<T>(load: () => Promise<unknown>): Promise<T | undefined> {
  try {
    const module = (await load()) as { default?: T };
    return module.default ?? (module as T);
  } catch {
    return undefined;
  }
}

const missing = () =>
  new HesperError('missing-peer', 'Training needs TensorFlow.js, which is not installed', {
    remedy: 'Run `npm i @tensorflow/tfjs @tensorflow/tfjs-backend-wasm`.',
  });
