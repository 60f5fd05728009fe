import type { BuiltLayer } from './build.ts';
import type { LayerMath } from './math.ts';

/** Runs a batch through the layers in any arithmetic. `weights`: one record per layer. */
export function forward<T>(
  math: LayerMath<T>,
  layers: readonly BuiltLayer[],
  weights: readonly Readonly<Record<string, T>>[],
  x: T,
): T {
  return layers.reduce((y, l, i) => l.kind.call(math, y, l.config, weights[i]!, l.outputShape), x);
}
