import type { Conv2DBackpropFilterAttrs, KernelFunc, Tensor4D, TensorInfo } from '@tensorflow/tfjs';
import type { Tfjs } from './tfjs.ts';

/** What we use of the WebAssembly backend. */
interface WasmBackend {
  makeOutput(shape: number[], dtype: 'float32'): TensorInfo;
  typedArrayFromHeap(tensor: TensorInfo): Float32Array;
}

type ConvInfo = ReturnType<Tfjs['backend_util']['computeConv2DInfo']>;

const kernelName = 'Conv2DBackpropFilter';

/**
 * The gradient of conv2d by its kernel, which TensorFlow.js's WebAssembly backend lacks; does nothing if it has it.
 * dW [kh * kw * in, out] = patches(x)^T dy. The patches are laid transposed into the backend's own memory, so that the
 * product is one of its fast, untransposed ones. NHWC, dilation 1.
 */
export function registerConv2dBackpropFilter(tf: Tfjs): void {
  if (tf.getKernel(kernelName, 'wasm') !== undefined) return;
  tf.registerKernel({ kernelName, backendName: 'wasm', kernelFunc: gradient(tf) as unknown as KernelFunc });
}

interface Call {
  readonly inputs: { readonly x: TensorInfo; readonly dy: Tensor4D };
  readonly backend: WasmBackend;
  readonly attrs: Conv2DBackpropFilterAttrs;
}

const gradient =
  (tf: Tfjs) =>
  ({ inputs: { x, dy }, backend, attrs }: Call): TensorInfo => {
    const info = convInfo(tf, x, attrs);
    const rows = info.filterHeight * info.filterWidth * info.inChannels;
    const columns = info.batchSize * info.outHeight * info.outWidth;
    const patches = backend.makeOutput([rows, columns], 'float32'); // before any view: the memory may move
    fillPatches(backend.typedArrayFromHeap(patches), backend.typedArrayFromHeap(x), info);
    return tf.tidy(() => {
      const left = tf.engine().makeTensorFromTensorInfo(patches);
      const product = tf.matMul(left as never, tf.reshape(dy, [columns, info.outChannels]));
      return tf.reshape(product, attrs.filterShape);
    });
  };

function convInfo(tf: Tfjs, x: TensorInfo, { dataFormat, filterShape, strides, pad, dimRoundingMode }: Call['attrs']) {
  const shape = x.shape as [number, number, number, number];
  const format = tf.backend_util.convertConv2DDataFormat(dataFormat);
  return tf.backend_util.computeConv2DInfo(shape, filterShape, strides, 1, pad, dimRoundingMode, false, format);
}

/** Row (u, v, channel) of `to`: the input under that cell of the window, at each position of the window. */
function fillPatches(to: Float32Array, from: Float32Array, info: ConvInfo): void {
  const { filterHeight, filterWidth, inChannels, batchSize, outHeight, outWidth } = info;
  to.fill(0);
  const columns = batchSize * outHeight * outWidth;
  let row = 0;
  for (let u = 0; u < filterHeight; u++)
    for (let v = 0; v < filterWidth; v++)
      for (let c = 0; c < inChannels; c++, row += columns)
        for (let line = 0; line < batchSize * outHeight; line++)
          fillLine(to, row + line * outWidth, from, Math.floor(line / outHeight), line % outHeight, u, v, c, info);
}

/** One line of window positions. */
function fillLine(
  to: Float32Array,
  at: number,
  from: Float32Array,
  image: number,
  line: number,
  u: number,
  v: number,
  channel: number,
  info: ConvInfo,
): void {
  const y = line * info.strideHeight - info.padInfo.top + u;
  if (y < 0 || y >= info.inHeight) return;
  const base = (image * info.inHeight + y) * info.inWidth;
  for (let j = 0, x = v - info.padInfo.left; j < info.outWidth; j++, x += info.strideWidth)
    if (x >= 0 && x < info.inWidth) to[at + j] = from[(base + x) * info.inChannels + channel]!;
}
