/** TensorFlow.js as a module. An optional peer: `load-tfjs.ts` alone loads it, when training begins. */
export type Tfjs = typeof import('@tensorflow/tfjs');
