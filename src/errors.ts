import { ensureDispose } from './dispose.ts';

ensureDispose();

/**
 * The closed list of what can go wrong. A new code is one line here.
 * Values carried by an error are public facts (shapes, levels, names, counts), never secret or decrypted values.
 */
export const errorCodes = [
  'insecure-parameters', // below the requested security, or not in the tables
  'invalid-parameters', // a parameter set that cannot work
  'invalid-argument', // a caller's mistake: wrong type, range or option
  'shape-mismatch', // tensor shapes do not fit
  'non-finite-value', // NaN or Infinity in data
  'value-out-of-range', // an input outside its declared range, or too large for the plaintext moduli
  'input-out-of-range', // an input outside the range that the model declares
  'level-exhausted', // no prime left to drop
  'level-mismatch', // operands at different levels
  'scale-mismatch', // operands with different scales
  'scale-overflow', // the value would not fit its modulus
  'parts-mismatch', // wrong number of ciphertext components
  'missing-evaluation-key', // the verb needs a key that was not given
  'context-mismatch', // key, ciphertext, plan or model of another context
  'modulus-mismatch', // ciphertexts under another plaintext modulus
  'disposed', // use after disposal
  'insufficient-precision', // what is left after noise flooding is less than was declared
  'release-limit', // the key has released as many results as its counter allows
  'stale-counter', // a release counter that goes back behind what was released
  'key-mismatch', // a counter or result of another secret key
  'not-serializable', // a private result that must not leave
  'malformed-bytes', // bytes from outside that do not parse
  'incomplete-stream', // an object of which not all bytes have come: it can go on
  'quota-exceeded', // more bytes than the receiver takes
  'storage-failure', // the disk or directory behind a store refused
  'unsupported-shape', // a well-formed object of another library that has no counterpart here
  'unsupported-version', // a file or message of another version
  'residue-out-of-range', // a coefficient at or above its prime
  'authentication-failed', // sealed bytes that do not open
  'wrong-passphrase', // a secret key file that does not open: wrong passphrase or damaged file
  'unknown-layer', // a layer or operator that is not registered
  'invalid-model', // a model file or graph that does not hold together
  'plan-impossible', // no parameters meet the demand
  'plan-mismatch', // the plan does not fit the model
  'kernel-unavailable', // the variant asked for cannot run here
  'kernel-failure', // the kernel reported a fault
  'out-of-memory', // a buffer could not be had
  'missing-peer', // an optional package is not installed
  'missing-data', // a file or data set is not there
  'aborted', // the caller's AbortSignal
  'remote-failure', // the other side reported an error
  'wrong-usage', // command line
] as const;

/** What went wrong, as a stable name: the closed list that programs may switch on. */
export type ErrorCode = (typeof errorCodes)[number];

export type ErrorDetails = Readonly<Record<string, unknown>>;

/** What was met, what was wanted, and what to do about it. */
export interface ErrorFacts {
  readonly met?: unknown;
  readonly wanted?: unknown;
  readonly remedy: string;
}

/** The one error class of Hesper. `code` is stable; `message` is for people. */
export class HesperError extends Error {
  override readonly name = 'HesperError';
  readonly code: ErrorCode;
  readonly met: unknown;
  readonly wanted: unknown;
  readonly remedy: string;

  constructor(code: ErrorCode, summary: string, facts: ErrorFacts) {
    super(sentence(summary, facts));
    this.code = code;
    this.met = facts.met ?? null;
    this.wanted = facts.wanted ?? null;
    this.remedy = facts.remedy;
  }

  /** The shape printed by the command line under `--json`. */
  toJSON(): { code: ErrorCode; message: string; met: unknown; wanted: unknown; remedy: string } {
    return { code: this.code, message: this.message, met: this.met, wanted: this.wanted, remedy: this.remedy };
  }
}

function sentence(summary: string, { met, wanted, remedy }: ErrorFacts): string {
  const facts = [
    met === undefined ? '' : `met ${show(met)}`,
    wanted === undefined ? '' : `wanted ${show(wanted)}`,
  ].filter((part) => part !== '');
  return `${summary}${facts.length > 0 ? ` (${facts.join(', ')})` : ''}. ${remedy}`;
}

const show = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
