import { HesperError } from '../../errors.ts';

/** @throws 'invalid-argument' unless the number that a demand names is whole and within the range */
export function requireRange(name: string, met: number, low: number, high: number): void {
  if (Number.isInteger(met) && met >= low && met <= high) return;
  throw new HesperError('invalid-argument', `${name} is out of range`, {
    met,
    wanted: `a whole number, ${low} .. ${high}`,
    remedy: `Choose another ${name}`,
  });
}
