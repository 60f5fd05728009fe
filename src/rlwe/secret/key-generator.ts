import { inverseExponent } from '../../ring/galois.ts';
import { disposeAll, withScratch } from '../buffers.ts';
import type { Context } from '../context.ts';
import { digitCount } from '../digits.ts';
import { encryptionsOf, RelinearizationKey, requireKeyParts } from '../evaluation-keys.ts';
import { type GaloisKeyOptions, GaloisKeys, galoisDemand } from '../galois-keys.ts';
import type { Scheme } from '../parameters.ts';
import { PublicKey, type PublicKeyShape } from '../public-key.ts';
import { type SeedOptions, type SeedSource, seedSource } from '../seeds.ts';
import { requireSpecialPrimes, SwitchingKey } from '../switching-key.ts';
import { SecretKey } from './secret-key.ts';
import { fillSwitchingKey, secretImage } from './switching.ts';

/** For which ciphertexts a relinearisation key is made. */
export interface RelinearizationKeyOptions {
  /** The largest number of ciphertext components it has to serve, 3 .. 9. Default 3: plain products. */
  readonly parts?: number;
  /** The highest level at which it will be used; lower ones need smaller keys. Default: the highest. */
  readonly level?: number;
}

const NO_MESSAGES = new Int32Array(0);

/** Makes keys of one context. Randomness comes from the operating system. */
export class KeyGenerator<S extends Scheme = Scheme> {
  readonly context: Context<S>;
  readonly #source: SeedSource;

  constructor(context: Context<S>, options: SeedOptions = {}) {
    this.context = context;
    this.#source = seedSource(options);
  }

  /** A fresh secret. Dispose it when its last answer is decrypted. */
  secretKey(): SecretKey<S> {
    return new SecretKey(this.context, this.#source);
  }

  /** @throws 'context-mismatch', 'disposed', 'out-of-memory' */
  publicKey(secretKey: SecretKey<S>, shape: PublicKeyShape = {}): PublicKey<S> {
    this.context.requireOwn('secret key', secretKey.context);
    const { kernel, ring } = this.context;
    const seed = this.#source.next(1);
    return filled(new PublicKey(this.context, seed, shape), (key) => {
      const errors = this.#source.next(1);
      kernel.maskSymmetric(ring, Int32Array.of(key.handle), NO_MESSAGES, secretKey.handle, seed, errors, key.basis);
      errors.fill(0);
    });
  }

  /**
   * Evaluation key for s^2 .. s^(parts-1).
   * @throws 'invalid-parameters' without special primes, 'parts-mismatch', 'invalid-argument', 'context-mismatch',
   *   'disposed'
   */
  relinearizationKey(secretKey: SecretKey<S>, options: RelinearizationKeyOptions = {}): RelinearizationKey<S> {
    const { context } = this;
    const shape = { parts: options.parts ?? 3, level: options.level ?? context.parameters.maxLevel };
    context.requireOwn('secret key', secretKey.context);
    requireSpecialPrimes(context);
    requireKeyParts(shape.parts);
    context.requireLevel(shape.level);
    const seeds = this.#source.next(encryptionsOf(context, shape));
    return filled(new RelinearizationKey(context, shape, seeds), (key) => {
      withScratch(context.kernel, { secret: true }, (scratch) => {
        const basis = context.keyBasis(shape.level);
        const secret = Int32Array.of(secretKey.inKeyOrder);
        const power = scratch.list(1, basis.length * context.n);
        key.powers.forEach((switching, i) => {
          context.kernel.multiply(context.ring, power, i === 0 ? secret : power, secret, basis, 1, 1);
          fillSwitchingKey(switching, { from: power[0]!, to: secretKey.handle }, this.#source);
        });
      });
    });
  }

  /**
   * Keys for the rotations (and the conjugation) asked for, and no others.
   * @throws 'invalid-parameters' without special primes, 'invalid-argument', 'context-mismatch', 'disposed'
   */
  galoisKeys(secretKey: SecretKey<S>, options: GaloisKeyOptions): GaloisKeys<S> {
    const { context } = this;
    context.requireOwn('secret key', secretKey.context);
    requireSpecialPrimes(context);
    const demand = galoisDemand(context, options);
    const keys = new Map<number, SwitchingKey>();
    try {
      for (const [exponent, level] of demand) keys.set(exponent, this.#galoisKey(secretKey, exponent, level));
    } catch (error) {
      disposeAll([...keys.values()]);
      throw error;
    }
    return new GaloisKeys(context, keys);
  }

  /** From s to its image under the inverse automorphism. */
  #galoisKey(secretKey: SecretKey<S>, exponent: number, level: number): SwitchingKey {
    const { context } = this;
    const seeds = this.#source.next(digitCount(context.parameters, level));
    return filled(new SwitchingKey(context, level, seeds), (key) => {
      withScratch(context.kernel, { secret: true }, (scratch) => {
        const to = secretImage(scratch, secretKey, inverseExponent(exponent, context.n));
        fillSwitchingKey(key, { from: secretKey.inKeyOrder, to }, this.#source);
      });
    });
  }
}

function filled<T extends { dispose(): void }>(key: T, body: (key: T) => void): T {
  try {
    body(key);
    return key;
  } catch (error) {
    key.dispose();
    throw error;
  }
}
