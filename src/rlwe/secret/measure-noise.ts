import { HesperError } from '../../errors.ts';
import { balancedResidue, log2BigInt } from '../../ring/modulus.ts';
import { withScratch } from '../buffers.ts';
import type { Ciphertext } from '../ciphertext.ts';
import type { Context } from '../context.ts';
import { decryptPhases } from './decrypt.ts';
import { inAlikeGroups } from './decrypt-integers.ts';
import { Private, pick } from './private.ts';
import type { SecretKey } from './secret-key.ts';

/** The noise v of one BFV ciphertext, phase = Q m / t + v modulo Q, over its n coefficients. */
export interface MeasuredNoise {
  /** log2 of the root of the mean square. */
  readonly deviationBits: number;
  /** log2 of the largest |v|. */
  readonly largestBits: number;
  /** What is left: log2(Q / (2t)) - largestBits; at 0 the decryption is wrong. */
  readonly budgetBits: number;
}

/** Measured noise depends on the secret key: it can be read, but refuses to be serialised. */
export class PrivateNoise extends Private {
  readonly #measured: readonly MeasuredNoise[];

  constructor(measured: readonly MeasuredNoise[]) {
    super();
    this.#measured = measured;
  }

  /** How many ciphertexts were measured. */
  get length(): number {
    return this.#measured.length;
  }

  /** Of ciphertext i. @throws 'invalid-argument' */
  of(i: number): Readonly<MeasuredNoise> {
    return pick(this.#measured, i);
  }

  /** Of all ciphertexts taken together: mean square, largest coefficient, smallest budget. */
  get overall(): Readonly<MeasuredNoise> {
    const squares = this.#measured.map(({ deviationBits }) => 4 ** deviationBits);
    return {
      deviationBits: Math.log2(squares.reduce((sum, x) => sum + x, 0) / squares.length) / 2,
      largestBits: Math.max(...this.#measured.map(({ largestBits }) => largestBits)),
      budgetBits: Math.min(...this.#measured.map(({ budgetBits }) => budgetBits)),
    };
  }

  /** What the console shows. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `PrivateNoise(${this.length} ciphertexts)`;
  }
}

/** log2(t Q) up to which doubles hold what is composed. */
const MAX_MODULUS_BITS = 1000;

/**
 * The noise of BFV ciphertexts, by decrypting them: for the key owner, to see how far bounds were from what happened.
 * Nothing it says may be published or decide what others see.
 *
 * t * phase = Q m + t v, so that t v is t * phase modulo Q, within Q / 2. Noise beyond Q / (2t) has wrapped: it looks
 * like less, the decryption is wrong, and no measurement can tell. Relative error of a coefficient below 2^-46.
 *
 * @param cts 2 .. 9 parts, any levels and moduli, either form
 * @throws 'invalid-argument' above 2^1000 of modulus, 'context-mismatch', 'disposed'
 */
export function measureNoise(secretKey: SecretKey<'bfv'>, cts: readonly Ciphertext<'bfv'>[]): PrivateNoise {
  const { context } = secretKey;
  context.requireScheme('bfv');
  for (const ct of cts) {
    context.requireOwn('ciphertext', ct.context);
    requireSmall(context, ct.level);
  }
  const measured: MeasuredNoise[] = [];
  inAlikeGroups(cts, (group) => measured.push(...measureGroup(secretKey, group)));
  return new PrivateNoise(measured);
}

function measureGroup(secretKey: SecretKey<'bfv'>, cts: readonly Ciphertext<'bfv'>[]): MeasuredNoise[] {
  const { context } = secretKey;
  const { kernel, ring, n, parameters } = context;
  const { level, plaintextModulus } = cts[0]!;
  const t = plaintextModulus!;
  const basis = context.basis(level);
  const limitBits = log2BigInt(context.modulus(level)) - Math.log2(2 * t);
  const factors = Float64Array.from({ length: cts.length * basis.length }, (_, i) =>
    balancedResidue(BigInt(t), parameters.dataPrimes[i % basis.length]!),
  );
  return withScratch(kernel, { secret: true }, (scratch) => {
    const phases = decryptPhases(secretKey, cts, scratch);
    const rows = scratch.list(cts.length, n);
    kernel.multiplyScalars(ring, phases, phases, factors, basis, 1);
    kernel.compose(ring, rows, phases, basis);
    return Array.from(rows, (handle) => statistics(context, handle, t, limitBits));
  });
}

function statistics({ kernel, n }: Context, handle: number, t: number, limitBits: number): MeasuredNoise {
  const row = new Float64Array(n);
  kernel.read(handle, 0, row);
  const largest = row.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
  const sum = largest === 0 ? 0 : row.reduce((total, x) => total + (x / largest) ** 2, 0);
  row.fill(0);
  const largestBits = Math.log2(largest / t);
  return { deviationBits: largestBits + Math.log2(sum / n) / 2, largestBits, budgetBits: limitBits - largestBits };
}

function requireSmall(context: Context, level: number): void {
  const bits = log2BigInt(context.modulus(level));
  if (bits <= MAX_MODULUS_BITS) return;
  throw new HesperError('invalid-argument', 'the noise of a ciphertext this large cannot be measured', {
    met: `log2(Q) = ${bits.toFixed(0)}`,
    wanted: `at most ${MAX_MODULUS_BITS}`,
    remedy: 'Switch to a lower level first',
  });
}
