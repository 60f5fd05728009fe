import { HesperError } from '../errors.ts';

/** What a network takes: numbers of [range[0], range[1]], rounded to integers round(x * scale) over that scale. */
export interface InputDeclaration {
  readonly range: readonly [number, number];
  readonly scale: number;
}

/**
 * round(x * scale) of every number, in double precision, halves upwards. Throws 'input-out-of-range' at the first one
 * outside the range, with its index in `values`; NaN counts as outside.
 */
export function inputIntegers(values: Float32Array | Float64Array, input: InputDeclaration): Float64Array {
  checkInput(values, input);
  const out = new Float64Array(values.length);
  for (let i = 0; i < out.length; i++) out[i] = integerOf(values[i]!, input.scale);
  return out;
}

/** Throws 'input-out-of-range' as `inputIntegers` does. */
export function checkInput(values: Float32Array | Float64Array, { range: [low, high] }: InputDeclaration): void {
  let index = 0;
  while (index < values.length && values[index]! >= low && values[index]! <= high) index++;
  if (index === values.length) return;
  throw new HesperError('input-out-of-range', 'An input is outside the range that the model declares', {
    met: { index },
    wanted: `${low} .. ${high}`,
    remedy: 'Scale the inputs as the examples of the training were.',
  });
}

/** round(x * scale) / scale. Throws as `inputIntegers` does. */
export const roundInput = (values: Float32Array | Float64Array, input: InputDeclaration): Float64Array =>
  inputIntegers(values, input).map((integer) => integer / input.scale);

/** The same in place, and values outside are moved to the end of the range: for examples changed at random. */
export function clampInput(values: Float32Array, { range: [low, high], scale }: InputDeclaration): void {
  for (let i = 0; i < values.length; i++) {
    values[i] = integerOf(Math.max(low, Math.min(high, values[i]!)), scale) / scale;
  }
}

/** Never -0. */
const integerOf = (value: number, scale: number): number => Math.floor(value * scale + 0.5);
