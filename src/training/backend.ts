import { loadTfjs } from './load-tfjs.ts';

/** Of TensorFlow.js: 'wasm' is single-threaded under Node. */
export type TfjsBackend = 'tensorflow' | 'webgpu' | 'webgl' | 'wasm' | 'cpu';

/** What training runs on here, e.g. { backend: 'wasm', version: '4.22.0' }. Throws 'missing-peer'. */
export async function trainingBackend(): Promise<{ backend: TfjsBackend; version: string }> {
  const tf = await loadTfjs();
  return { backend: tf.getBackend() as TfjsBackend, version: tf.version.tfjs };
}
