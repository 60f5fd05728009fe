import { disposeAll } from '../../rlwe/buffers.ts';
import { type Ciphertext, type Form, transformed } from '../../rlwe/ciphertext.ts';
import { inShapes } from '../common/lists.ts';

/** A BFV ciphertext, as it comes: coefficients, unless it was rotated or multiplied by a vector. */
export type Any = Ciphertext<'bfv'>;

/**
 * Runs `body` on ciphertexts in one form: those that have it are handed on as they are, the others as copies, one
 * kernel job for each shape, which are disposed of afterwards.
 */
export function inForm<F extends Form, R>(cts: readonly Any[], form: F, body: (cts: Ciphertext<'bfv', F>[]) => R): R {
  const others = [...new Set(cts)].filter((ct) => ct.form !== form);
  const copies = inShapes(others, (group) => transformed(group, form));
  try {
    const copyOf = new Map(others.map((ct, i) => [ct, copies[i]!] as const));
    return body(cts.map((ct) => copyOf.get(ct) ?? (ct as Ciphertext<'bfv', F>)));
  } finally {
    disposeAll(copies);
  }
}

/** The same in the form that all have, or else as coefficients, where everything but rotations is cheapest. */
export function inOneForm<R>(cts: readonly Any[], body: (cts: readonly Any[]) => R): R {
  if (cts.every((ct) => ct.form === cts[0]!.form)) return body(cts);
  return inForm(cts, 'coefficient', body);
}

/** A list to a new one, or to itself changed in place where it is the job's own. */
export type Job = (cts: readonly Any[], own: boolean) => Any[];

/** Jobs, at least one, one after the other; what lies between is disposed of. */
export function inTurn(cts: readonly Any[], jobs: readonly Job[]): Any[] {
  let values: Any[] = [];
  jobs.forEach((job, i) => {
    const before = values;
    let next: Any[] = [];
    try {
      next = job(i === 0 ? cts : before, i > 0);
    } finally {
      if (next[0] !== before[0] || next.length === 0) disposeAll(before);
    }
    values = next;
  });
  return values;
}
