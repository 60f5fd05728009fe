import { expect, it } from 'vitest';
import { runClear } from '../graph/run-clear.ts';
import { dense } from '../heras/layers/dense.ts';
import { inputLayer } from '../heras/layers/input-layer.ts';
import { quadratic } from '../heras/layers/quadratic.ts';
import { sequential } from '../heras/sequential.ts';
import { applyAffine } from '../ops/affine.ts';
import { operators } from '../ops/all.ts';
import { fuseLinear } from './passes/fuse-linear.ts';
import { stagesOf } from './stages.ts';

it('a quadratic is one square: what else it does melts into the layers around it', () => {
  const graph = sequential({
    seed: 1,
    layers: [
      inputLayer({ inputShape: [4], scale: 8 }),
      dense({ units: 3 }),
      quadratic({ a: 0.125, b: 0.5, c: 0.25 }),
      dense({ units: 2 }),
    ],
  }).toGraph();
  const stages = fuseLinear(stagesOf(graph));
  expect(stages.map((stage) => stage.kind)).toEqual(['linear', 'square', 'linear']);
  const x = Float64Array.of(0.125, 0.5, 1, 0);
  const y = stages.reduce<Float64Array>(
    (v, stage) => (stage.kind === 'linear' ? applyAffine(stage.affine, v) : v.map((value) => value * value)),
    x,
  );
  const wanted = runClear(graph, operators, { shape: [4], data: x }).data;
  for (const [i, value] of wanted.entries()) expect(y[i]).toBeCloseTo(value, 12);
});
