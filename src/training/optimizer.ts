import type { Optimizer } from '../heras/compile.ts';

/** What an optimiser learns with: one array per weight. All of it stands in a checkpoint. */
export interface OptimizerState {
  readonly weights: readonly Float32Array[];
  /** Moments, as many lists as the optimiser has (SGD: velocity; Adam: first and second). */
  readonly moments: readonly (readonly Float32Array[])[];
  /** The moving average, empty if it is not used. */
  readonly ema: readonly Float32Array[];
  /** 1 where a weight is kept, 0 where it is pruned; empty if nothing is ever pruned. */
  readonly masks: readonly Float32Array[];
  /** Steps done. */
  step: number;
}

const momentCount = { sgd: 1, adam: 2 } as const;

export function startState(optimizer: Optimizer, weights: readonly Float32Array[], pruned = false): OptimizerState {
  const zeros = () => weights.map((w) => new Float32Array(w.length));
  return {
    weights: weights.map((w) => w.slice()),
    moments: Array.from({ length: momentCount[optimizer.name] }, zeros),
    ema: optimizer.useEma ? weights.map((w) => w.slice()) : [],
    masks: pruned ? weights.map((w) => new Float32Array(w.length).fill(1)) : [],
    step: 0,
  };
}

export const learningRateAt = (optimizer: Optimizer, step: number): number =>
  typeof optimizer.learningRate === 'number' ? optimizer.learningRate : optimizer.learningRate(step);

/** One step, in place. `decays[i]`: whether weight decay shrinks weight i. Sums in double precision. */
export function optimize(
  optimizer: Optimizer,
  state: OptimizerState,
  gradients: readonly Float32Array[],
  decays: readonly boolean[],
): void {
  const rate = learningRateAt(optimizer, state.step);
  const factor = clipFactor(gradients, optimizer.globalClipnorm);
  state.step++;
  for (const [i, gradient] of gradients.entries()) {
    if (optimizer.name === 'adam') adamStep(optimizer, state, i, gradient, factor, rate);
    else sgdStep(optimizer, state, i, gradient, factor, rate);
    if (optimizer.weightDecay > 0 && decays[i]) scale(state.weights[i]!, 1 - rate * optimizer.weightDecay);
  }
  averageWeights(optimizer, state);
}

type Settings<N extends Optimizer['name']> = Extract<Optimizer, { name: N }>;

function adamStep(o: Settings<'adam'>, s: OptimizerState, i: number, g: Float32Array, factor: number, rate: number) {
  const [w, m, v] = [s.weights[i]!, s.moments[0]![i]!, s.moments[1]![i]!];
  const step = (rate * Math.sqrt(1 - o.beta2 ** s.step)) / (1 - o.beta1 ** s.step);
  const epsilon = o.epsilon * Math.sqrt(1 - o.beta2 ** s.step);
  for (let k = 0; k < w.length; k++) {
    const d = g[k]! * factor;
    m[k]! += (1 - o.beta1) * (d - m[k]!);
    v[k]! += (1 - o.beta2) * (d * d - v[k]!);
    w[k]! -= (step * m[k]!) / (Math.sqrt(v[k]!) + epsilon);
  }
}

function sgdStep(o: Settings<'sgd'>, s: OptimizerState, i: number, g: Float32Array, factor: number, rate: number) {
  const [w, velocity] = [s.weights[i]!, s.moments[0]![i]!];
  for (let k = 0; k < w.length; k++) {
    const d = g[k]! * factor;
    velocity[k] = o.momentum * velocity[k]! - rate * d;
    w[k]! += o.nesterov ? o.momentum * velocity[k]! - rate * d : velocity[k]!;
  }
}

function scale(w: Float32Array, factor: number): void {
  for (let k = 0; k < w.length; k++) w[k]! *= factor;
}

function averageWeights({ emaMomentum }: Optimizer, { weights, ema, step }: OptimizerState): void {
  const gain = 1 - Math.min(emaMomentum, (1 + step) / (10 + step));
  for (const [i, average] of ema.entries()) {
    const w = weights[i]!;
    for (let k = 0; k < w.length; k++) average[k]! += gain * (w[k]! - average[k]!);
  }
}

/** Brings the norm of all gradients together down to `limit`. */
function clipFactor(gradients: readonly Float32Array[], limit: number | undefined): number {
  if (limit === undefined) return 1;
  let squares = 0;
  for (const g of gradients) for (let k = 0; k < g.length; k++) squares += g[k]! * g[k]!;
  return Math.min(1, limit / (Math.sqrt(squares) + 1e-12));
}
