import { HesperError } from '../errors.ts';
import type { InputDeclaration } from '../graph/input.ts';
import { initialize } from './initializers.ts';
import type { Layer, LayerKind, WeightSpec } from './layer.ts';
import type { Shape } from './math.ts';
import type { PlainTensor } from './plain-math.ts';
import { randomFrom } from './random.ts';

/** A layer with its place in a model: its name, shapes and weights. */
export interface BuiltLayer {
  readonly name: string;
  readonly kind: LayerKind;
  readonly config: object;
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  readonly weights: Readonly<Record<string, PlainTensor>>;
}

/** Most weights of one model: half a gigabyte of them. */
const maxWeights = 2 ** 27;

/** A layer with its place in a model, before it has weights. */
interface Place extends Omit<BuiltLayer, 'weights'> {
  readonly specs: readonly WeightSpec[];
}

/** Names, shapes and first weights of every layer. Throws 'shape-mismatch' or 'invalid-model'. */
export function buildLayers(layers: readonly Layer[], inputShape: Shape, seed: number): readonly BuiltLayer[] {
  return placeLayers(layers, inputShape).map(({ specs, ...place }, index) => {
    const weights = specs.map((spec, i) => {
      const data = initialize(spec, randomFrom(seed, index, i));
      return [spec.name, { shape: spec.shape, data }] as const;
    });
    return { ...place, weights: Object.fromEntries(weights) };
  });
}

/** Names and shapes of the weights that such layers get, without making them. Throws as `buildLayers` does. */
export const weightShapes = (layers: readonly Layer[], inputShape: Shape): { name: string; shape: Shape }[] =>
  placeLayers(layers, inputShape).flatMap((place) =>
    place.specs.map((spec) => ({ name: weightName(place, spec.name), shape: spec.shape })),
  );

/** 'conv2d/kernel', 'conv2d/bias', .. */
export const weightName = (layer: { readonly name: string }, weight: string): string => `${layer.name}/${weight}`;

function placeLayers(layers: readonly Layer[], inputShape: Shape): readonly Place[] {
  const names = uniqueNames(layers);
  const places: Place[] = [];
  for (const [index, layer] of layers.entries()) {
    const input = places.at(-1)?.outputShape ?? inputShape;
    places.push(placeLayer(layer, names[index]!, input, index));
  }
  return places;
}

function placeLayer(layer: Layer, name: string, inputShape: Shape, index: number): Place {
  const { kind, config } = layer;
  if (index > 0 && kind.input?.(config) !== undefined) notFirst(name);
  if (layer.inputShape !== undefined) checkInput(name, layer.inputShape, inputShape);
  const outputShape = kind.outputShape(inputShape, config, name);
  const specs = kind.weights(inputShape, config);
  const sizes = specs.map((spec) => spec.shape.reduce((product, n) => product * n, 1));
  if (Math.max(0, ...sizes, ...[outputShape.reduce((product, n) => product * n, 1)]) > maxWeights) tooLarge(name);
  return { name, kind, config, inputShape, outputShape, specs };
}

/** Given names kept, others 'conv2d', 'conv2d_1', ... Throws 'invalid-model' if two are equal. */
function uniqueNames(layers: readonly Layer[]): readonly string[] {
  const taken = new Set<string>();
  const claim = (name: string): string => {
    if (taken.has(name))
      throw new HesperError('invalid-model', 'Two layers have one name', { met: name, remedy: 'Rename one of them.' });
    taken.add(name);
    return name;
  };
  const given = layers.map((layer) => (layer.name === undefined ? undefined : claim(layer.name)));
  return layers.map((layer, index) => given[index] ?? claim(freeName(layer.kind.prefix, taken)));
}

function freeName(prefix: string, taken: ReadonlySet<string>): string {
  if (!taken.has(prefix)) return prefix;
  let number = 1;
  while (taken.has(`${prefix}_${number}`)) number++;
  return `${prefix}_${number}`;
}

function checkInput(name: string, declared: Shape, met: Shape): void {
  if (declared.length === met.length && declared.every((size, i) => size === met[i])) return;
  throw new HesperError('shape-mismatch', `Layer '${name}' declares another input shape`, {
    met,
    wanted: declared,
    remedy: 'Give inputShape on the first layer only.',
  });
}

/** What the first layer declares of the input. */
export const declaredInput = ([first]: readonly BuiltLayer[]): InputDeclaration | undefined =>
  first?.kind.input?.(first.config);

function notFirst(name: string): never {
  throw new HesperError('invalid-model', `Layer '${name}' declares the input, and is not the first layer`, {
    remedy: 'Put it first, or leave its range and scale out.',
  });
}

function tooLarge(name: string): never {
  throw new HesperError('invalid-model', `Layer '${name}' is too large`, {
    wanted: `at most ${maxWeights} numbers in a weight or an output`,
    remedy: 'Use fewer units, or a smaller input.',
  });
}
