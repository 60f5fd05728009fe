import type { Tensor } from '@tensorflow/tfjs';
import { HesperError } from '../errors.ts';
import type { InputDeclaration } from '../graph/input.ts';
import { clampInput } from '../graph/input.ts';
import { declaredInput } from '../heras/build.ts';
import { sizeOf } from '../heras/data.ts';
import { forward } from '../heras/forward.ts';
import type { Score } from '../heras/losses.ts';
import { score } from '../heras/losses.ts';
import type { LayerMath } from '../heras/math.ts';
import type { Trainable } from '../heras/trainer.ts';
import type { OptimizerState } from './optimizer.ts';
import { optimize, startState } from './optimizer.ts';
import type { Densities } from './pruning.ts';
import { largest } from './pruning.ts';
import type { Integers, Roundings } from './rounding.ts';
import { chooseRounding, clip, round, withBiases } from './rounding.ts';
import type { Rows } from './rows.ts';
import type { Tfjs } from './tfjs.ts';
import { tfjsMath } from './tfjs-math.ts';

/** Gradients on TensorFlow.js, weights and optimiser on plain arrays: all that is learnt can be saved exactly. */
export class Learner {
  readonly state: OptimizerState;
  /** Empty until rounding begins. */
  roundings: Roundings = [];
  readonly #tf: Tfjs;
  readonly #math: LayerMath<Tensor>;
  readonly #model: Trainable;
  readonly #effective: readonly Float32Array[];
  readonly #input: InputDeclaration | undefined;
  readonly #shapes: readonly (readonly number[])[];

  /** `pruned`: whether `prune` will be called. */
  constructor(tf: Tfjs, model: Trainable, { pruned = false }: { readonly pruned?: boolean } = {}) {
    const weights = model.getWeights();
    this.#tf = tf;
    this.#math = tfjsMath(tf);
    this.#model = model;
    this.#input = declaredInput(model.layers);
    this.#effective = weights.map(({ data }) => new Float32Array(data.length));
    this.#shapes = weights.map(({ shape }) => shape);
    this.state = startState(
      model.compiled.optimizer,
      weights.map(({ data }) => Float32Array.from(data)),
      pruned,
    );
  }

  /** From now on the network computes with rounded kernels, while the optimiser moves the exact ones below them. */
  startRounding(integers: readonly (Integers | undefined)[]): void {
    this.roundings = [];
    const kept = this.#effectiveOf(this.#kept());
    this.roundings = integers.map((wanted, i) => (wanted ? chooseRounding(kept[i]!, wanted) : undefined));
  }

  /** From now on it computes with rounded biases too; rounding of the kernels has begun. Throws 'invalid-argument'. */
  startRoundingBiases(): void {
    this.roundings = withBiases(this.#model, this.roundings);
  }

  /**
   * From now on the network computes with the largest weights only, as many of each as its density says. The others are
   * decayed and not taught: a slope that has no effect would drive them off.
   */
  prune(densities: Densities): void {
    const kept = this.#kept();
    for (const [i, density] of densities.entries())
      if (density !== undefined) this.state.masks[i]!.set(largest(kept[i]!, density));
  }

  /** One step. Throws 'non-finite-value' when training runs away. */
  async train(batch: Rows & { readonly x: Float32Array }): Promise<Score> {
    const { compiled, outputShape } = this.#model;
    const { logits, gradients } = this.#tf.tidy(() => this.#differentiate(batch));
    const [y, ...slopes] = (await Promise.all([logits, ...gradients].map((t) => t.data()))) as Float32Array[];
    this.#tf.dispose([logits, ...gradients]);
    const result = score(y!, batch.y, sizeOf(outputShape), compiled);
    if (!Number.isFinite(result.loss)) throw ranAway(this.state.step);
    const kernels = this.#shapes.map((shape) => shape.length > 1);
    for (const [i, mask] of this.state.masks.entries()) multiply(slopes[i]!, mask);
    optimize(compiled.optimizer, this.state, slopes, kernels);
    for (const [i, rounding] of this.roundings.entries()) if (rounding) clip(this.state.weights[i]!, rounding);
    return result;
  }

  /** Outputs for examples, with the weights that would be kept. */
  async predict(x: Rows['x'], count: number): Promise<Float32Array> {
    const logits = this.#tf.tidy(() => this.#run(this.#tensors(this.#kept()), this.#batch(x, count)));
    const y = (await logits.data()) as Float32Array;
    logits.dispose();
    return y;
  }

  /** Gives the model what was learnt: averaged where that is wanted, rounded where that has begun. */
  finish(): void {
    const weights = this.#effectiveOf(this.#kept());
    this.#model.setWeights(weights.map((data, i) => ({ shape: this.#shapes[i]!, data })));
  }

  #kept(): readonly Float32Array[] {
    return this.state.ema.length > 0 ? this.state.ema : this.state.weights;
  }

  /** What the network computes with: in arrays that the next call writes again, where they are not the weights. */
  #effectiveOf(weights: readonly Float32Array[]): readonly Float32Array[] {
    const { masks } = this.state;
    return weights.map((data, i) => {
      const rounding = this.roundings[i];
      if (masks.length === 0 && rounding === undefined) return data;
      const effective = this.#effective[i]!;
      effective.set(data);
      if (masks.length > 0) multiply(effective, masks[i]!);
      if (rounding !== undefined) round(effective, rounding);
      return effective;
    });
  }

  #tensors(weights: readonly Float32Array[]): Tensor[] {
    return this.#effectiveOf(weights).map((data, i) => this.#tf.tensor(data, [...this.#shapes[i]!]));
  }

  #batch(x: Rows['x'], count: number): Tensor {
    const rows = Float32Array.from(x);
    if (this.#input !== undefined) clampInput(rows, this.#input);
    return this.#tf.tensor(rows, [count, ...this.#model.inputShape]);
  }

  #differentiate(batch: Rows): { logits: Tensor; gradients: Tensor[] } {
    const x = this.#batch(batch.x, batch.count);
    const targets = this.#tf.tensor(batch.y, [batch.count, sizeOf(this.#model.outputShape)]);
    let logits: Tensor | undefined;
    const loss = (...weights: Tensor[]) => {
      logits = this.#tf.keep(this.#run(weights, x));
      return this.#tf.div(this.#tf.sum(this.#losses(logits, targets)), batch.count).asScalar();
    };
    const { grads } = this.#tf.valueAndGrads(loss)(this.#tensors(this.state.weights));
    return { logits: logits!, gradients: grads };
  }

  /** [batch, outputs]; the sum of a row is the loss of its example. */
  #losses(y: Tensor, targets: Tensor): Tensor {
    const tf = this.#tf;
    if (this.#model.compiled.loss.name !== 'meanSquaredError') return tf.neg(tf.mul(targets, tf.logSoftmax(y)));
    return tf.div(tf.squaredDifference(y, targets), sizeOf(this.#model.outputShape));
  }

  #run(weights: readonly Tensor[], x: Tensor): Tensor {
    const { layers, outputShape } = this.#model;
    let next = 0;
    const perLayer = layers.map((layer) =>
      Object.fromEntries(Object.keys(layer.weights).map((name) => [name, weights[next++]!])),
    );
    return this.#math.reshape(forward(this.#math, layers, perLayer, x), [sizeOf(outputShape)]);
  }
}

function multiply(data: Float32Array, mask: Float32Array): void {
  for (let k = 0; k < data.length; k++) data[k]! *= mask[k]!;
}

const ranAway = (step: number) =>
  new HesperError('non-finite-value', 'Training ran away: the loss is not finite', {
    met: { step },
    remedy: 'Use a smaller learning rate, or globalClipnorm: squares grow fast.',
  });
