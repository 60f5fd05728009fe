import { HesperError } from '../errors.ts';

/** Throws 'invalid-argument' for an option of a planner that is out of range. */
export function want(good: boolean, option: string, met: unknown, wanted: unknown): void {
  if (good) return;
  throw new HesperError('invalid-argument', `The planner's option '${option}' is out of range`, {
    met,
    wanted,
    remedy: 'Leave it out for a good default.',
  });
}
