import { HesperError } from '../../errors.ts';

/**
 * What was decrypted, for the key owner only: it can be read, but JSON, structured cloning (messages to workers), string
 * and number conversions throw 'not-serializable'.
 */
export abstract class Private {
  constructor() {
    // Structured cloning ignores methods but reads own enumerable properties: this one refuses.
    Object.defineProperty(this, 'private', { enumerable: true, get: refuse });
  }

  /** Refuses. @throws 'not-serializable' */
  toJSON(): never {
    return refuse();
  }

  /** Refuses. @throws 'not-serializable' */
  toString(): never {
    return refuse();
  }

  /** Refuses. @throws 'not-serializable' */
  [Symbol.toPrimitive](): never {
    return refuse();
  }
}

function refuse(): never {
  throw new HesperError('not-serializable', 'decrypted values stay with the key owner', {
    remedy: 'Use them where they are; for a result that is released use decryptForRelease',
  });
}

/** Item i of a list. @throws 'invalid-argument' */
export function pick<T>(list: readonly T[], i: number): T {
  const item = list[i];
  if (item !== undefined) return item;
  throw new HesperError('invalid-argument', 'no such column', {
    met: i,
    wanted: `0 .. ${list.length - 1}`,
    remedy: 'Ask for a ciphertext that was decrypted',
  });
}
