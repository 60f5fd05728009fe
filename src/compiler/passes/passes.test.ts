import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createClearEvaluator } from '../../evaluator/clear.ts';
import type { Evaluator } from '../../evaluator/evaluator.ts';
import { record } from '../../evaluator/record.ts';
import { replay } from '../../evaluator/replay.ts';
import { linearRows } from '../../evaluator/rows.ts';
import { type Affine, affineFromRows, applyAffine, selection } from '../../ops/affine.ts';
import { runStages } from '../calibrate.ts';
import type { LinearStage, Stage } from '../stages.ts';
import { fuseLinear } from './fuse-linear.ts';
import { fusePointwise } from './fuse-pointwise.ts';
import { chooseWeightBits, exactStage, quantizationLoss, quantizeStage } from './quantize.ts';

const linear = (affine: Affine, name = 'l'): LinearStage => ({ kind: 'linear', names: [name], affine });
const square = (width: number): Stage => ({ kind: 'square', names: ['s'], width });
const wave = (outputs: number, inputs: number, size = 1): Affine =>
  affineFromRows(
    inputs,
    Array.from({ length: outputs }, (_, r) =>
      Array.from({ length: inputs }, (_, c) => [c, size * Math.sin(3 * r + c + 1)]),
    ),
    Float64Array.from({ length: outputs }, (_, r) => Math.cos(r)),
  );

describe('fuse-linear', () => {
  it('joins what does not cost more, and keeps the map', () => {
    const stages = [linear(selection(4, [3, 2, 1, 0]), 'a'), linear(wave(3, 4), 'b'), linear(wave(2, 3), 'c')];
    const fused = fuseLinear(stages);
    expect(fused.map((stage) => stage.names)).toEqual([['a', 'b', 'c']]);
    const x = Float64Array.of(1, -2, 3, 0.5);
    const wanted = stages.reduce<Float64Array>((v, { affine }) => applyAffine(affine, v), x);
    applyAffine((fused[0] as LinearStage).affine, x).forEach((v, i) => {
      expect(v).toBeCloseTo(wanted[i]!, 12);
    });
  });

  it('keeps a bottleneck apart: 6 -> 1 -> 6 would cost three times as much as one matrix', () => {
    const stages = [linear(wave(1, 6)), linear(wave(6, 1))];
    expect(fuseLinear(stages).length).toBe(2);
  });

  it('does not reach over squares, and drops maps that change nothing', () => {
    const same = selection(3, [0, 1, 2]);
    const stages = [linear(same), square(3), linear(same), linear(wave(2, 3))];
    expect(fuseLinear(stages).map((stage) => stage.kind)).toEqual(['square', 'linear']);
  });
});

describe('quantize', () => {
  it('rounds to integers that fit, over one power of two', () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 14 }), fc.double({ min: 1e-3, max: 1e3, noNaN: true }), (bits, size) => {
        const affine = wave(4, 5, size);
        const stage = quantizeStage(linear(affine), bits);
        if (stage.kind !== 'linear') throw new Error('not linear');
        expect(stage.bits).toBeLessThanOrEqual(bits);
        expect(Number.isInteger(Math.log2(stage.rows.scale))).toBe(true);
        expect(Math.max(...stage.rows.values.map(Math.abs))).toBeLessThanOrEqual(2 ** (bits - 1) - 1);
        const largest = Math.max(...affine.values.map(Math.abs));
        const back = runStages(
          [stage],
          [1, 0, 0, 0, 0].map((v) => Float64Array.of(v)),
        )[0]!;
        back.forEach((y, r) => {
          const error = Math.abs(y[0]! - affine.values[5 * r]! - affine.bias[r]!);
          expect(error).toBeLessThanOrEqual((largest / (2 ** (bits - 1) - 0.5)) * (1 + 1e-9));
        });
      }),
    );
  });

  it('takes common factors of two into the scale', () => {
    const quarters = affineFromRows(
      4,
      [
        [
          [0, 0.25],
          [1, 0.25],
          [2, 0.25],
          [3, 0.25],
        ],
      ],
      new Float64Array(1),
    ); // prettier-ignore
    expect(quantizeStage(linear(quarters), 10)).toMatchObject({ bits: 2, rows: { scale: 4 } });
  });

  it('chooses the fewest bits that the tolerance allows', () => {
    const stages = [linear(wave(8, 6)), square(8), linear(wave(3, 8))];
    const columns = Array.from({ length: 6 }, (_, f) => Float64Array.from({ length: 32 }, (_, j) => Math.sin(f + j)));
    const loss = (bits: number): number => {
      const chosen = chooseWeightBits(stages, columns, bits);
      return quantizationLoss(stages, chosen, columns).rmsBits;
    };
    const widths = (bits: number): number =>
      chooseWeightBits(stages, columns, bits).reduce((sum, s) => sum + (s.kind === 'linear' ? s.bits : 0), 0);
    expect(loss(7)).toBeGreaterThanOrEqual(7);
    expect(loss(9)).toBeGreaterThanOrEqual(9);
    expect(widths(7)).toBeLessThan(widths(9));
    expect(quantizationLoss(stages, stages.map(exactStage), columns)).toMatchObject({ rmsBits: 53, agreement: 1 });
  });
});

describe('fuse-pointwise', () => {
  const rows = linearRows(
    [
      [1, 2],
      [3, -1],
    ],
    2,
  ); // prettier-ignore
  const verbs = (circuit: (ev: Evaluator<number>, cts: readonly number[]) => number[]) => {
    const program = record(2, 2, circuit);
    const fused = fusePointwise(program);
    const inputs = [Float64Array.of(1, 2), Float64Array.of(-3, 0.5)];
    const ev = createClearEvaluator(2);
    expect(replay(ev, fused, inputs)).toEqual(replay(ev, program, inputs));
    return fused.steps.map((step) => step.verb);
  };

  it('joins runs, and stops at what is not pointwise', () => {
    const circuit = (ev: Evaluator<number>, cts: readonly number[]): number[] => {
      const x = ev.addPlain(ev.squareAll(ev.linear(cts, rows), undefined), [1, 2]);
      return ev.squareAll(ev.linear(ev.rescaleAll(x, undefined), rows), undefined);
    };
    expect(verbs(circuit)).toEqual(['pointwise', 'rescaleAll', 'pointwise']);
  });

  it('leaves values that are used twice, reordered or wanted as results', () => {
    expect(
      verbs((ev, cts) => {
        const x = ev.squareAll(cts, undefined);
        return [...ev.linear(x, rows), ...x];
      }),
    ).toEqual(['squareAll', 'linear']);
    expect(verbs((ev, cts) => ev.linear(ev.squareAll(cts, undefined).reverse(), rows))).toEqual([
      'squareAll',
      'linear',
    ]);
    expect(verbs((ev, cts) => ev.squareAll(cts.slice(1), undefined))).toEqual(['squareAll']);
  });
});
