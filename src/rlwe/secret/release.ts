import { HesperError } from '../../errors.ts';
import { withScratch } from '../buffers.ts';
import type { Ciphertext } from '../ciphertext.ts';
import type { Context } from '../context.ts';
import { type SeedOptions, seedSource } from '../seeds.ts';
import { decodeRows } from '../slots.ts';
import { exactPhase } from './exact-phase.ts';
import { type Flooding, flooding, type StaticBound } from './flooding.ts';
import { discreteGaussian, RandomIntegers } from './gaussian.ts';
import type { ReleaseCounter } from './release-counter.ts';
import type { SecretKey } from './secret-key.ts';

export const MIN_STATISTICAL_BITS = 30;
const MAX_STATISTICAL_BITS = 80;

/** What is known of the circuit, what the receiver is promised, and who counts. */
export interface ReleaseOptions extends SeedOptions {
  /** Bounds of each ciphertext: what the tracer gave for the circuit that made it. */
  readonly traced: readonly StaticBound[];
  readonly counter: ReleaseCounter;
  /** Bits after the binary point: values are rounded to multiples of 2^-precisionBits and err by at most that. */
  readonly precisionBits: number;
  /** s of `flooding`: 30 .. 80, default 30. */
  readonly statisticalBits?: number;
  /** How many slots of each ciphertext are released, from the first. Default: all n / 2. */
  readonly slots?: number;
  /** Also the imaginary parts. Default: real parts only. */
  readonly complex?: boolean;
}

/** Values that may leave the key owner: plain arrays, which structured cloning and JSON take. */
export class ReleasedValues {
  /** One array of `slots` real parts for each ciphertext. */
  readonly columns: readonly Float64Array[];
  /** Imaginary parts, where they were asked for. */
  readonly imaginary: readonly Float64Array[] | undefined;
  /** All values are multiples of 2^-precisionBits, within 2^-precisionBits of the exact result except with probability 2^-40. */
  readonly precisionBits: number;
  /** What the flooding left: the largest `precisionBits` that would have been granted. */
  readonly attainableBits: number;
  readonly statisticalBits: number;

  constructor(values: Omit<ReleasedValues, 'toJSON'>) {
    this.columns = values.columns;
    this.imaginary = values.imaginary;
    this.precisionBits = values.precisionBits;
    this.attainableBits = values.attainableBits;
    this.statisticalBits = values.statisticalBits;
  }

  /** Arrays of numbers. */
  toJSON(): unknown {
    const lists = (columns: readonly Float64Array[] | undefined) => columns?.map((column) => Array.from(column));
    return { ...this, columns: lists(this.columns), imaginary: lists(this.imaginary) };
  }
}

/**
 * Decrypts values that will be sent or published. Every coefficient gets Gaussian noise sized from the static worst case
 * of the circuit (`flooding`: never from measured noise), is decoded, and is rounded to the declared precision. Each
 * ciphertext counts as one release of the key; the counter's new state is stored before anything is decrypted.
 *
 * The promise (eprint 2022/816) holds for ciphertexts that the traced circuit made from inputs within the declared
 * bounds. Whether the other side ran that circuit cannot be seen in a ciphertext: level, parts and scale are
 * checked against the trace, and nothing of what was decrypted decides whether this throws.
 *
 * @throws 'insufficient-precision' if the noise leaves fewer bits than declared, 'release-limit', 'stale-counter',
 *   'key-mismatch', 'level-mismatch', 'parts-mismatch', 'scale-mismatch', 'scale-overflow', 'shape-mismatch',
 *   'context-mismatch', 'invalid-argument', 'disposed', and what the counter's `persist` throws
 */
export async function decryptForRelease(
  secretKey: SecretKey<'ckks'>,
  cts: readonly Ciphertext<'ckks'>[],
  options: ReleaseOptions,
): Promise<ReleasedValues> {
  const { traced, counter, precisionBits, statisticalBits = MIN_STATISTICAL_BITS, complex = false } = options;
  const { context } = secretKey;
  context.requireScheme('ckks');
  const slots = options.slots ?? context.parameters.slots;
  checkOptions(context, { slots, statisticalBits, precisionBits });
  checkTrace(context, cts, traced);
  const sizes = { ringDegree: context.n, limit: counter.state.limit, statisticalBits };
  const noises = traced.map((bound) => flooding(bound, sizes));
  const attainableBits = Math.min(...noises.map(({ bits }) => bits));
  if (!(precisionBits <= attainableBits)) throw tooFew(attainableBits, precisionBits);
  await counter.spend(secretKey, cts.length);
  const random = new RandomIntegers(seedSource(options));
  try {
    const released = cts.map((ct, i) =>
      releaseOne(secretKey, ct, noises[i]!, random, { slots, complex, precisionBits }),
    );
    return new ReleasedValues({
      columns: released.map(({ re }) => re),
      imaginary: complex ? released.map(({ im }) => im) : undefined,
      precisionBits,
      attainableBits,
      statisticalBits,
    });
  } finally {
    random.dispose();
  }
}

type Wish = { readonly slots: number; readonly complex: boolean; readonly precisionBits: number };

function releaseOne(
  secretKey: SecretKey<'ckks'>,
  ct: Ciphertext<'ckks'>,
  noise: Flooding,
  random: RandomIntegers,
  { slots, complex, precisionBits }: Wish,
): { re: Float64Array; im: Float64Array } {
  const { context } = secretKey;
  const { kernel, n } = context;
  const re = new Float64Array(n / 2);
  const im = new Float64Array(complex ? n / 2 : 0);
  withScratch(kernel, { secret: true }, (scratch) => {
    const { high, low } = exactPhase(secretKey, ct, noise.unit, scratch);
    flood(high, low, noise, random);
    const row = scratch.list(1, n);
    kernel.write(row[0]!, 0, high);
    high.fill(0);
    low.fill(0);
    decodeRows(context, re, im, row, ct.scale);
  });
  return { re: rounded(re, slots, precisionBits), im: rounded(im, complex ? slots : 0, precisionBits) };
}

/**
 * Rounds high + low to multiples of the quantum and adds noise, into `high`. In quanta |low| and the noise are below 2^52:
 * their sum is an exact integer, and the one rounding of it plus the integer `high` acts on the exact total, so it reveals nothing that
 * the exact total would not.
 */
function flood(high: Float64Array, low: Float64Array, { quantum, deviation }: Flooding, random: RandomIntegers): void {
  const noise = new Float64Array(high.length);
  discreteGaussian(noise, deviation, random);
  for (let i = 0; i < high.length; i++) {
    const [a, b] = [high[i]! / quantum, low[i]! / quantum];
    const [wholeA, wholeB] = [Math.round(a), Math.round(b)];
    high[i] = (wholeA + (wholeB + Math.round(a - wholeA + (b - wholeB)) + noise[i]!)) * quantum;
  }
  noise.fill(0);
}

/** The first slots, rounded to multiples of 2^-bits; the finer values are wiped. */
function rounded(values: Float64Array, slots: number, bits: number): Float64Array {
  const unit = 2 ** bits;
  const out = values.slice(0, slots).map((x) => Math.round(x * unit) / unit + 0);
  values.fill(0);
  return out;
}

function checkOptions(context: Context, { slots, statisticalBits, precisionBits }: Record<string, number>): void {
  requireInteger('slots', slots!, 1, context.parameters.slots);
  requireInteger('precisionBits', precisionBits!, -60, 60);
  if (statisticalBits! >= MIN_STATISTICAL_BITS && statisticalBits! <= MAX_STATISTICAL_BITS) return;
  throw new HesperError('invalid-argument', 'too few or too many statistical bits', {
    met: statisticalBits,
    wanted: `${MIN_STATISTICAL_BITS} .. ${MAX_STATISTICAL_BITS}`,
    remedy: 'Leave the option away, or choose more bits at the cost of half as many bits of precision',
  });
}

function requireInteger(name: string, met: number, low: number, high: number): void {
  if (Number.isInteger(met) && met >= low && met <= high) return;
  throw new HesperError('invalid-argument', `${name} is out of range`, {
    met,
    wanted: `a whole number, ${low} .. ${high}`,
    remedy: `Choose another ${name}`,
  });
}

/** The trace must be of these ciphertexts, as far as they show it. */
function checkTrace(context: Context, cts: readonly Ciphertext<'ckks'>[], traced: readonly StaticBound[]): void {
  if (cts.length === 0 || cts.length !== traced.length) {
    throw differs(
      'shape-mismatch',
      'the trace has another number of results',
      traced.length,
      cts.length || 'at least 1',
    );
  }
  cts.forEach((ct, i) => {
    context.requireOwn('ciphertext', ct.context);
    ct.handle;
    const { level, parts, scale, bound, worst } = traced[i]!;
    if (ct.level !== level)
      throw differs('level-mismatch', 'a ciphertext is at another level than its trace', ct.level, level);
    if (ct.parts !== parts)
      throw differs('parts-mismatch', 'a ciphertext has other parts than its trace', ct.parts, parts);
    if (Math.abs(ct.scale / scale - 1) > 2 ** -40)
      throw differs('scale-mismatch', 'a ciphertext has another scale than its trace', ct.scale, scale);
    if (!(worst > 0 && Number.isFinite(worst) && bound >= 0 && Number.isFinite(bound)))
      throw differs('invalid-argument', 'a trace without bounds', { bound, worst }, 'finite bounds, worst above 0');
    requireRoom(context, traced[i]!);
  });
}

/** Values that wrap around the modulus have errors without bound. */
function requireRoom(context: Context, { level, scale, bound, worst }: StaticBound): void {
  const [size, room] = [scale * bound + worst, Number(context.modulus(level)) / 2];
  if (size < room) return;
  throw differs('scale-overflow', 'by its trace a ciphertext may not fit its modulus', size, `below ${room}`);
}

type Mismatch =
  | 'scale-overflow'
  | 'shape-mismatch'
  | 'level-mismatch'
  | 'parts-mismatch'
  | 'scale-mismatch'
  | 'invalid-argument';

const differs = (code: Mismatch, summary: string, met: unknown, wanted: unknown): HesperError =>
  new HesperError(code, summary, { met, wanted, remedy: 'Trace the circuit that made these ciphertexts' });

const tooFew = (attainable: number, wanted: number): HesperError =>
  new HesperError('insufficient-precision', 'noise flooding leaves fewer bits than declared', {
    met: `${attainable} bits`,
    wanted: `${wanted} bits`,
    remedy: 'Declare less precision, use a larger scale at the output, or a counter with a lower limit',
  });
