import { balancedResidue } from '../../ring/modulus.ts';
import { type Scratch, withScratch } from '../buffers.ts';
import type { Context } from '../context.ts';
import { keyCount, RelinearizationKey, requireKeyParts, requireSpecialPrime } from '../evaluation-keys.ts';
import { PublicKey } from '../public-key.ts';
import { SEED_BYTES, type SeedOptions, type SeedSource, seedSource } from '../seeds.ts';
import { maskAll, maskMemory } from './mask.ts';
import { SecretKey } from './secret-key.ts';

export interface RelinearizationKeyOptions {
  /** The largest number of ciphertext components it has to serve, 3 .. 9. Default 3: plain products. */
  readonly parts?: number;
}

/** Makes keys of one context. Randomness comes from the operating system. */
export class KeyGenerator {
  readonly context: Context;
  readonly #source: SeedSource;

  constructor(context: Context, options: SeedOptions = {}) {
    this.context = context;
    this.#source = seedSource(options);
  }

  /** A fresh secret. Dispose it when its last answer is decrypted. */
  secretKey(): SecretKey {
    return new SecretKey(this.context, this.#source);
  }

  /** @throws 'context-mismatch', 'disposed' */
  publicKey(secretKey: SecretKey): PublicKey {
    this.context.requireOwn('secret key', secretKey.context);
    const basis = this.context.basis(this.context.parameters.maxLevel);
    const seed = this.#source.next(1);
    return filled(new PublicKey(this.context, seed), (key) =>
      withScratch(this.context.kernel, { secret: true }, (scratch) => {
        const halves = this.#maskedZeros(scratch, secretKey, seed, basis);
        this.#insert(scratch, Int32Array.of(key.handle), halves, seed, basis);
      }),
    );
  }

  /**
   * Evaluation key for s^2 .. s^(parts-1).
   * @throws 'invalid-parameters' without a special prime, 'parts-mismatch', 'context-mismatch', 'disposed'
   */
  relinearizationKey(secretKey: SecretKey, { parts = 3 }: RelinearizationKeyOptions = {}): RelinearizationKey {
    this.context.requireOwn('secret key', secretKey.context);
    requireSpecialPrime(this.context);
    requireKeyParts(parts);
    const seeds = this.#source.next(keyCount(this.context, parts));
    return filled(new RelinearizationKey(this.context, parts, seeds), (key) => {
      for (let power = 2; power < parts; power++) this.#fillPower(key, secretKey, power);
    });
  }

  /** The encryptions of P * g_j * s^power, one for each data prime. */
  #fillPower(key: RelinearizationKey, secretKey: SecretKey, power: number): void {
    const { kernel, ring, keyBasis, parameters } = this.context;
    const digits = parameters.dataPrimes.length;
    const first = (power - 2) * digits;
    const seeds = key.seeds.slice(first * SEED_BYTES, (first + digits) * SEED_BYTES);
    withScratch(kernel, { secret: true }, (scratch) => {
      const halves = this.#maskedZeros(scratch, secretKey, seeds, keyBasis);
      const message = scratch.list(digits, keyBasis.length * this.context.n);
      const [secret] = powerOfSecret(scratch, secretKey, power);
      kernel.multiplyScalars(ring, message, new Int32Array(digits).fill(secret!), this.#gadget(), keyBasis, 1);
      kernel.add(ring, halves, halves, message, keyBasis, 1, 1);
      this.#insert(scratch, key.handles.subarray(first, first + digits), halves, seeds, keyBasis);
    });
  }

  /** P * g_j as residues, [digit][limb]: P mod q_j in limb j, zero elsewhere. */
  #gadget(): Float64Array {
    const { dataPrimes, specialPrimes } = this.context.parameters;
    const limbs = dataPrimes.length + 1;
    const out = new Float64Array(dataPrimes.length * limbs);
    dataPrimes.forEach((q, j) => {
      out[j * limbs + j] = balancedResidue(BigInt(specialPrimes[0]!), q);
    });
    return out;
  }

  /** -a s + e in NTT form, one element for each seed. */
  #maskedZeros(scratch: Scratch, secretKey: SecretKey, uniform: Uint8Array, basis: Int32Array): Int32Array {
    const { kernel, ring, n } = this.context;
    const count = uniform.length / SEED_BYTES;
    const halves = scratch.list(count, basis.length * n);
    const zeros = new Float64Array(basis.length * n);
    for (const handle of halves) kernel.write(handle, 0, zeros);
    const error = this.#source.next(count);
    maskAll(secretKey, halves, maskMemory(scratch, count, basis.length, n), { uniform, error }, basis);
    error.fill(0);
    kernel.nttForward(ring, halves, basis, 1);
    return halves;
  }

  /** Writes both halves of each encryption: the given ones, and the expansion of the seeds. */
  #insert(scratch: Scratch, out: Int32Array, halves: Int32Array, seeds: Uint8Array, basis: Int32Array): void {
    const { kernel, ring, n } = this.context;
    const uniform = scratch.list(out.length, basis.length * n);
    kernel.sampleUniform(ring, uniform, seeds, basis, 1, 0);
    kernel.nttForward(ring, uniform, basis, 1);
    kernel.insertPart(ring, out, halves, basis, 2, 0);
    kernel.insertPart(ring, out, uniform, basis, 2, 1);
  }
}

function powerOfSecret(scratch: Scratch, secretKey: SecretKey, power: number): Int32Array {
  const { kernel, ring, keyBasis, n } = secretKey.context;
  const secret = Int32Array.of(secretKey.handle);
  const out = scratch.list(1, keyBasis.length * n);
  kernel.multiply(ring, out, secret, secret, keyBasis, 1, 1);
  for (let k = 2; k < power; k++) kernel.multiply(ring, out, out, secret, keyBasis, 1, 1);
  return out;
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
