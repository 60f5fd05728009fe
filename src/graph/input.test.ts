import { describe, expect, it } from 'vitest';
import { clampInput, inputIntegers, roundInput } from './input.ts';

const input = { range: [-1, 1], scale: 3 } as const;

describe('declared inputs', () => {
  it('are rounded to integers, halves upwards', () => {
    expect([...inputIntegers(Float64Array.of(-1, -0.5, -0.1, 0.5, 1), input)]).toEqual([-3, -1, 0, 2, 3]);
    expect([...roundInput(Float64Array.of(0.3, 1), input)]).toEqual([1 / 3, 1]);
  });

  it.each([1.001, -2, Number.NaN, Number.POSITIVE_INFINITY])(
    '%d is refused with its index and not its value',
    (bad) => {
      const refused = expect.objectContaining({ code: 'input-out-of-range', met: { index: 2 } });
      expect(() => inputIntegers(Float32Array.of(0, 1, bad), input)).toThrowError(refused);
    },
  );

  it('are moved into the range where they were changed at random', () => {
    const values = Float32Array.of(-7, -0.4, 0.9, 1.2);
    clampInput(values, input);
    expect([...values]).toEqual([-1, Math.fround(-1 / 3), 1, 1]);
  });
});
