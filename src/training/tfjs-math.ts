import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs';
import type { LayerMath } from '../heras/math.ts';
import type { Tfjs } from './tfjs.ts';

/** The layers on TensorFlow.js tensors: differentiable. */
export function tfjsMath(tf: Tfjs): LayerMath<Tensor> {
  const matMul = tf.getBackend() === 'wasm' ? wasmMatMul(tf) : tf.matMul;
  return {
    conv2d: (x, kernel, strides, padding) =>
      tf.conv2d(x as Tensor4D, kernel as Tensor4D, [strides[0], strides[1]], padding),
    averagePool2d: (x, poolSize, strides, padding) =>
      tf.avgPool(x as Tensor4D, [poolSize[0], poolSize[1]], [strides[0], strides[1]], padding),
    zeroPad2d: (x, [rows, columns]) => tf.pad(x, [[0, 0], [...rows], [...columns], [0, 0]]),
    matMul: (x, kernel) => matMul(x as Tensor2D, kernel as Tensor2D),
    addBias: (x, bias) => tf.add(x, bias as Tensor1D),
    square: (x) => tf.square(x),
    quadratic: (x, a, b, c) => tf.add(tf.mul(x, tf.add(tf.mul(x, a), b)), c),
    reshape: (x, shape) => tf.reshape(x, [x.shape[0]!, ...shape]),
  };
}

/**
 * A matrix product whose gradients transpose first and multiply then: the WebAssembly backend's products of transposed
 * matrices are about ten times slower than transposing and multiplying.
 */
function wasmMatMul(tf: Tfjs): (x: Tensor2D, kernel: Tensor2D) => Tensor {
  const product = tf.customGrad((...parts) => {
    const [x, kernel, save] = parts as unknown as [Tensor2D, Tensor2D, (tensors: Tensor[]) => void];
    save([x, kernel]);
    return {
      value: tf.matMul(x, kernel),
      gradFunc: (dy: Tensor, saved: Tensor[]) => [
        tf.matMul(dy as Tensor2D, tf.transpose(saved[1] as Tensor2D)),
        tf.matMul(tf.transpose(saved[0] as Tensor2D), dy as Tensor2D),
      ],
    };
  });
  return (x, kernel) => product(x, kernel);
}
