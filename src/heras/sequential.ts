import { HesperError } from '../errors.ts';
import type { Graph, Tensor } from '../graph/graph.ts';
import { roundInput } from '../graph/input.ts';
import type { BuiltLayer } from './build.ts';
import { buildLayers, declaredInput } from './build.ts';
import type { Compiled, CompileOptions } from './compile.ts';
import { compiled } from './compile.ts';
import type { Examples, Targets } from './data.ts';
import { checkFinite, countExamples, sizeOf, targetRows } from './data.ts';
import { writeAtomically } from './files.ts';
import { forward } from './forward.ts';
import type { Layer } from './layer.ts';
import { inputLayer } from './layers/input-layer.ts';
import type { Score } from './losses.ts';
import { score, smooth } from './losses.ts';
import type { Shape } from './math.ts';
import { check, layerName, units } from './options.ts';
import { plainMath } from './plain-math.ts';
import { freshSeed } from './random.ts';
import { modelToBytes } from './save.ts';
import { countParameters, summarize } from './summary.ts';
import { toGraph } from './to-graph.ts';
import type { FitOptions, History } from './trainer.ts';
import { trainer } from './trainer.ts';

export interface SequentialOptions {
  /** Default 'sequential'. */
  readonly name?: string;
  readonly layers?: readonly Layer[];
  /** Of the first weights. Default: a random one. */
  readonly seed?: number;
}

/** Keras's Sequential: a chain of layers. It is built (weights are made) at first use, or by `build`. */
export class Sequential {
  readonly name: string;
  readonly #layers: Layer[] = [];
  readonly #seed: number;
  #built: readonly BuiltLayer[] | undefined;
  #compiled: Compiled = compiled({});

  constructor({ name = 'sequential', layers = [], seed = freshSeed() }: SequentialOptions = {}) {
    this.name = check(layerName, name, 'sequential: name', 'invalid-argument');
    this.#seed = seed;
    for (const layer of layers) this.add(layer);
  }

  /** Throws 'invalid-argument' after the model was built. */
  add(layer: Layer): this {
    if (this.#built === undefined) {
      this.#layers.push(layer);
      return this;
    }
    throw new HesperError('invalid-argument', 'The model is built already', {
      remedy: 'Add all layers before build, summary, fit or predict.',
    });
  }

  /** Checks the shapes and makes the first weights. Throws 'shape-mismatch', 'invalid-model', 'invalid-argument'. */
  build(inputShape?: readonly number[]): this {
    if (this.#built !== undefined) return this;
    const declared = inputShape === undefined ? this.#layers[0]?.inputShape : inputLayer({ inputShape }).inputShape;
    if (declared === undefined)
      throw new HesperError('invalid-model', 'The shape of the input is not known', {
        met: `${this.#layers.length} layers`,
        remedy: 'Give inputShape on the first layer, e.g. [28, 28, 1].',
      });
    this.#built = buildLayers(this.#layers, declared, this.#seed);
    return this;
  }

  /** The layers with their shapes and weights, first to last. */
  get layers(): readonly BuiltLayer[] {
    return this.build().#built!;
  }

  /** Of one example. */
  get inputShape(): Shape {
    return this.layers[0]!.inputShape;
  }

  /** Of one example. */
  get outputShape(): Shape {
    return this.layers.at(-1)!.outputShape;
  }

  /** What `compile` set. */
  get compiled(): Compiled {
    return this.#compiled;
  }

  /** Optimiser and loss for `fit` and `evaluate`; nothing of it is saved with the model. Throws 'invalid-argument'. */
  compile(options: CompileOptions = {}): this {
    this.#compiled = compiled(options);
    return this;
  }

  /** How many numbers the model learns. */
  countParams(): number {
    return countParameters(this.layers);
  }

  /** The table of layers, also given to `printFn`. */
  summary({ printFn }: { readonly printFn?: (text: string) => void } = {}): string {
    const text = summarize(this.name, this.layers);
    printFn?.(text);
    return text;
  }

  /** Copies of the weights, layer by layer, kernel before bias. */
  getWeights(): Tensor[] {
    return this.#weights().map(({ shape, data }) => ({ shape: [...shape], data: data.slice() }));
  }

  /** In the order of `getWeights`. Throws 'shape-mismatch' or 'non-finite-value', and then changes nothing. */
  setWeights(weights: readonly Tensor[]): this {
    const own = this.#weights();
    const shapes = (list: readonly { readonly shape: Shape }[]) => list.map(({ shape }) => [...shape]);
    const fits = weights.every((w) => w.data.length === sizeOf(w.shape));
    if (!fits || JSON.stringify(shapes(weights)) !== JSON.stringify(shapes(own)))
      throw new HesperError('shape-mismatch', 'The weights do not fit the model', {
        met: shapes(weights),
        wanted: shapes(own),
        remedy: 'Pass them in the order and shapes of getWeights().',
      });
    for (const { data } of weights) checkFinite('The weights', data);
    for (const [i, { data }] of weights.entries()) own[i]!.data.set(data);
    return this;
  }

  /**
   * Outputs for examples [count, ...inputShape] -> [count, ...outputShape], on plain arrays: no peer is needed.
   * Throws 'shape-mismatch', 'non-finite-value', or 'input-out-of-range' where the model declares its input.
   */
  predict(
    x: Examples,
    { batchSize = 256 }: { readonly batchSize?: number } = {},
  ): { shape: number[]; data: Float32Array } {
    check(units, batchSize, 'predict: batchSize', 'invalid-argument');
    const count = countExamples(x, this.inputShape);
    const [size, width] = [sizeOf(this.inputShape), sizeOf(this.outputShape)];
    const data = new Float32Array(count * width);
    const weights = this.layers.map((layer) => layer.weights);
    const input = declaredInput(this.layers);
    const numbers = input === undefined ? x.data : roundInput(x.data, input);
    for (let at = 0; at < count; at += batchSize) {
      const rows = Float32Array.from(numbers.subarray(at * size, (at + batchSize) * size));
      const batch = { shape: [rows.length / size, ...this.inputShape], data: rows };
      data.set(forward(plainMath, this.layers, weights, batch).data, at * width);
    }
    return { shape: [count, ...this.outputShape], data };
  }

  /** Loss and accuracy on examples. Throws as `predict` does. */
  evaluate(x: Examples, y: Targets, options: { readonly batchSize?: number } = {}): Score {
    const outputs = sizeOf(this.outputShape);
    const targets = smooth(targetRows(y, countExamples(x, this.inputShape), outputs), outputs, this.#compiled);
    return score(this.predict(x, options).data, targets, outputs, this.#compiled);
  }

  /** Trains. Needs `hesper/training` to be imported, and its peers: else 'missing-peer'. */
  fit(x: Examples, y: Targets, options: FitOptions = {}): Promise<History> {
    return trainer().fit(this, x, y, options);
  }

  /** The network as operators, for planning and encrypted evaluation. */
  toGraph(): Graph {
    return toGraph(this.name, this.layers);
  }

  /** A model file in memory; `modelFromBytes` reads it. */
  toBytes(): Uint8Array {
    return modelToBytes(this.name, this.layers);
  }

  /** Writes a model file (Node): wholly or not at all. `loadModel` reads it. */
  async save(path: string): Promise<void> {
    await writeAtomically(path, this.toBytes());
  }

  #weights() {
    return this.layers.flatMap((layer) => Object.values(layer.weights));
  }
}

/** A model from a list of layers. */
export const sequential = (options: SequentialOptions = {}): Sequential => new Sequential(options);
