import { type BuiltLayer, weightName } from './build.ts';
import type { NamedTensor } from './container.ts';
import { encodeContainer } from './container.ts';

/** The bytes of a model file: layers with their options, input shape and weights. Throws 'non-finite-value'. */
export function modelToBytes(name: string, layers: readonly BuiltLayer[]): Uint8Array {
  return encodeContainer({ kind: 'model', tensors: namedWeights(layers), content: describeModel(name, layers) });
}

export const describeModel = (name: string, layers: readonly BuiltLayer[]) => ({
  name,
  inputShape: layers[0]!.inputShape,
  layers: layers.map((layer) => ({ type: layer.kind.type, name: layer.name, config: layer.config })),
});

/** In the order of `getWeights`. */
export const namedWeights = (layers: readonly BuiltLayer[]): NamedTensor[] =>
  layers.flatMap((layer) =>
    Object.entries(layer.weights).map(([key, { shape, data }]) => ({ name: weightName(layer, key), shape, data })),
  );
