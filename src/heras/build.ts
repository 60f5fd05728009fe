import { HesperError } from '../errors.ts';
import type { InputDeclaration } from '../graph/input.ts';
import { initialize } from './initializers.ts';
import type { Layer, LayerKind } from './layer.ts';
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

/** Names, shapes and first weights of every layer. Throws 'shape-mismatch' or 'invalid-model'. */
export function buildLayers(layers: readonly Layer[], inputShape: Shape, seed: number): readonly BuiltLayer[] {
  const names = uniqueNames(layers);
  const built: BuiltLayer[] = [];
  for (const [index, layer] of layers.entries()) {
    const input = built.at(-1)?.outputShape ?? inputShape;
    built.push(buildLayer(layer, names[index]!, input, seed, index));
  }
  return built;
}

function buildLayer(layer: Layer, name: string, inputShape: Shape, seed: number, index: number): BuiltLayer {
  const { kind, config } = layer;
  if (index > 0 && kind.input?.(config) !== undefined) notFirst(name);
  if (layer.inputShape !== undefined) checkInput(name, layer.inputShape, inputShape);
  const outputShape = kind.outputShape(inputShape, config, name);
  const specs = kind.weights(inputShape, config);
  const sizes = specs.map((spec) => spec.shape.reduce((product, n) => product * n, 1));
  if (Math.max(0, ...sizes, ...[outputShape.reduce((product, n) => product * n, 1)]) > maxWeights) tooLarge(name);
  const weights = specs.map((spec, i) => {
    const data = initialize(spec, randomFrom(seed, index, i));
    return [spec.name, { shape: spec.shape, data }] as const;
  });
  return { name, kind, config, inputShape, outputShape, weights: Object.fromEntries(weights) };
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
