import { z } from 'zod';
import type { Tensor } from '../graph/graph.ts';
import type { InputDeclaration } from '../graph/input.ts';
import type { LayerMath, Shape } from './math.ts';
import type { ActivationName, Initializer } from './options.ts';
import { check, layerName, shape } from './options.ts';

export interface WeightSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initializer: Initializer;
}

/** One operator of the graph, before it has a place in it. */
export interface Operation {
  readonly op: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly weights: Readonly<Record<string, Tensor>>;
}

/** A value is an integer over its scale. */
export interface Scales {
  readonly sums: number;
  readonly output: number;
}

/**
 * All knowledge of one kind of layer. `C` is its complete configuration, defaults filled in. A new layer is one file
 * that calls `defineLayer`, and one line in `layers/all.ts`.
 */
export interface LayerKind<C extends object = object> {
  /** Keras's class name: it stands in model files. */
  readonly type: string;
  /** Its default name: 'conv2d', 'conv2d_1', ... */
  readonly prefix: string;
  readonly config: z.ZodType<C>;
  /** Throws 'shape-mismatch' where the layer cannot take that input. */
  outputShape(input: Shape, config: C, name: string): Shape;
  weights(input: Shape, config: C): readonly WeightSpec[];
  call<T>(math: LayerMath<T>, x: T, config: C, weights: Readonly<Record<string, T>>, output: Shape): T;
  operations(config: C, weights: Readonly<Record<string, Tensor>>): readonly Operation[];
  /**
   * In the integer network: scale of the sums (and so of the bias) and of the output, from the scales of the input and
   * the kernel. Absent where nothing changes.
   */
  scales?(input: number, kernel: number, config: C): Scales;
  /** What the layer declares of the model's input: it must be the first layer then. */
  input?(config: C): InputDeclaration | undefined;
}

/** A layer of a model that is being declared: a kind and its checked options. It holds no weights. */
export interface Layer {
  readonly kind: LayerKind;
  readonly name: string | undefined;
  readonly inputShape: Shape | undefined;
  readonly config: object;
}

/** Options that every layer takes. */
export interface LayerOptions {
  readonly name?: string;
  /** On the first layer: the shape of one example, e.g. [28, 28, 1]. */
  readonly inputShape?: readonly number[];
}

const common = z.object({ name: layerName.optional(), inputShape: shape.optional() });

/** Throws 'invalid-argument' for options that the kind does not know or cannot take. */
export function makeLayer<C extends object>(kind: LayerKind<C>, options: object): Layer {
  const { name, inputShape, ...rest } = options as LayerOptions;
  const base = check(common, { name, inputShape }, kind.prefix, 'invalid-argument');
  const config = Object.freeze(check(kind.config, rest, kind.prefix, 'invalid-argument'));
  return Object.freeze({ kind: kind as unknown as LayerKind, name: base.name, inputShape: base.inputShape, config });
}

export const activate = <T>(math: LayerMath<T>, x: T, activation: ActivationName): T =>
  activation === 'square' ? math.square(x) : x;

/** Sums of products, and their squares. */
export const activatedScales = (sums: number, activation: ActivationName): Scales => ({
  sums,
  output: activation === 'square' ? sums ** 2 : sums,
});

export const activationOperations = (activation: ActivationName): readonly Operation[] =>
  activation === 'square' ? [{ op: 'square', attributes: {}, weights: {} }] : [];
