import { HesperError } from '../errors.ts';

/** Values of command-line options, checked. */
export type Options = Readonly<Record<string, string | boolean>>;

export function integerOption(
  options: Options,
  name: string,
  { min = 1, max = Number.MAX_SAFE_INTEGER, fallback }: { min?: number; max?: number; fallback?: number } = {},
): number | undefined {
  const text = options[name];
  if (text === undefined) return fallback;
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new HesperError('wrong-usage', `--${name} takes a whole number`, {
    met: text,
    wanted: `${min} to ${max}`,
    remedy: 'Give such a number',
  });
}

export function numberOption(options: Options, name: string): number | undefined {
  const text = options[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isFinite(value) && text !== '') return value;
  throw new HesperError('wrong-usage', `--${name} takes a number`, { met: text, remedy: 'Give such a number' });
}

export function choiceOption<T extends string>(options: Options, name: string, choices: readonly T[]): T | undefined {
  const text = options[name];
  if (text === undefined) return undefined;
  if (choices.includes(text as T)) return text as T;
  throw new HesperError('wrong-usage', `--${name} takes one of a few words`, {
    met: text,
    wanted: choices,
    remedy: 'Give one of them',
  });
}

export const kernelNames = ['avx512', 'avx2', 'neon', 'scalar', 'wasm'] as const;
