import { type ErrorCode, errorCodes, HesperError } from '../src/errors.ts';
import type { Kernel } from '../src/kernel/kernel.ts';
import { allocationsOf, type Meter } from './meter.ts';
import type { Read, Target } from './target.ts';

/** What no bytes may do. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

/** Longest that one input may take, milliseconds; far above what any takes. */
const TIME_LIMIT = 10_000;

/** Codes that no bytes may cause: they stand for faults of this library. */
const faults: readonly ErrorCode[] = ['kernel-failure', 'disposed', 'wrong-usage', 'not-serializable'];

export type Outcome = ErrorCode | 'accepted';

/** Reads bytes once and holds the reader to its promises. Throws a Violation, or rejects with one. */
export interface Checker {
  readonly check: (bytes: Uint8Array) => Outcome | Promise<Outcome>;
  readonly meter: Meter;
}

export function createChecker(kernel: Kernel, target: Target): Checker {
  const meter = allocationsOf(kernel);
  const check = (bytes: Uint8Array): Outcome | Promise<Outcome> => {
    const facts = { meter, live: meter.begin(), start: process.cpuUsage(), target, bytes };
    try {
      const read = target.read(bytes);
      if (!(read instanceof Promise)) return accepted(read, facts);
      return read.then(
        (one) => accepted(one, facts),
        (error: unknown) => refused(error, facts),
      );
    } catch (error) {
      return refused(error, facts);
    }
  };
  return { check, meter };
}

interface Facts {
  readonly meter: Meter;
  readonly live: number;
  readonly start: NodeJS.CpuUsage;
  readonly target: Target;
  readonly bytes: Uint8Array;
}

function refused(error: unknown, facts: Facts): Outcome {
  if (error instanceof Violation) throw error; // by a target's own checks, or those of `accepted`
  requireTyped(error);
  afterwards(facts);
  return (error as HesperError).code;
}

function requireTyped(error: unknown): void {
  if (!(error instanceof HesperError)) throw violation('an error without a type', error);
  if (!errorCodes.includes(error.code)) throw violation('a code that is not in the list', error);
  if (faults.includes(error.code)) throw violation('the library blames itself', error);
  // The kernel's own checks are the second line: bytes have to be refused before they reach it.
  if (error.code === 'invalid-argument' && error.message.startsWith('Kernel '))
    throw violation('only the kernel found the fault', error);
}

function accepted(read: Read, facts: Facts): Outcome {
  const { meter, target, bytes } = facts;
  const spent = meter.spent();
  try {
    const saved = read.save?.();
    if (saved && !equal(saved, bytes)) requireSame(target, bytes, saved);
  } finally {
    read.dispose?.();
  }
  afterwards(facts, spent);
  return 'accepted';
}

/** Bytes of another form of the same object: saved again they have to be themselves. */
function requireSame(target: Target, bytes: Uint8Array, saved: Uint8Array): void {
  if (!target.expands?.(bytes)) throw new Violation('accepted, but saved as other bytes: two encodings of one object');
  const again = target.read(saved) as Read;
  try {
    if (again.save && !equal(again.save(), saved)) throw new Violation('the expanded form is not saved as itself');
  } finally {
    again.dispose?.();
  }
}

function afterwards({ meter, live, start, target, bytes }: Facts, spent: number = meter.spent()): void {
  const { user, system } = process.cpuUsage(start);
  const milliseconds = (user + system) / 1000;
  if (milliseconds > TIME_LIMIT) throw new Violation(`one input took ${Math.round(milliseconds)} ms`);
  const left = meter.live() - live;
  if (left !== 0) throw new Violation(`${left} bytes of kernel memory were kept`);
  const bound = target.bound(bytes.length);
  meter.compare(spent, bound);
  if (spent > 2 * bound) throw new Violation(`${spent} bytes were allocated for ${bytes.length}; stated: ${bound}`);
}

const violation = (what: string, error: unknown): Violation =>
  new Violation(`${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`, {
    cause: error,
  });

export const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
