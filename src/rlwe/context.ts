import { HesperError } from '../errors.ts';
import type { Kernel, RingId } from '../kernel/kernel.ts';
import { product } from '../ring/modulus.ts';
import { powerModulo, primitiveRoot } from '../ring/primes.ts';
import { disposed } from './buffers.ts';
import { requireFactor, suffices } from './exact-parameters.ts';
import { birthplace, unwatch, watch } from './leaks.ts';
import { type Parameters, requireChecked, type Scheme } from './parameters.ts';
import { makePlainRing, type PlainRing } from './plain-ring.ts';

/**
 * Parameters at work: a kernel, and in it the ring of these parameters. Keys, ciphertexts and evaluators belong to
 * one context and refuse objects of another. Prime i of the ring is data prime i; behind them come the special primes,
 * and in BFV the auxiliary ones.
 */
export class Context<S extends Scheme = Scheme> {
  readonly parameters: Parameters<S>;
  readonly kernel: Kernel;
  /** Ring indices of the special primes. Never changed. */
  readonly special: Int32Array;
  readonly #ring: RingId;
  readonly #bases: readonly Int32Array[];
  readonly #allPrimes: Int32Array;
  readonly #moduli: readonly bigint[];
  readonly #imaginaryUnits: readonly bigint[];
  readonly #auxiliary: Int32Array;
  readonly #plainRings = new Map<number, PlainRing>();
  /** All rings of the kernel, for `dispose()` and for the day when nobody called it. */
  readonly #rings: RingId[] = [];
  #alive = true;

  /** @throws 'invalid-parameters' */
  constructor(parameters: Parameters<S>, kernel: Kernel) {
    requireChecked(parameters);
    this.parameters = parameters;
    this.kernel = kernel;
    const { ringDegree, dataPrimes, specialPrimes, auxiliaryPrimes } = parameters;
    const primes = [...dataPrimes, ...specialPrimes, ...auxiliaryPrimes];
    const roots = primes.map((p) => primitiveRoot(p, ringDegree));
    this.#ring = kernel.createRing(ringDegree, primes, roots);
    this.#rings.push(this.#ring);
    this.#imaginaryUnits = primes.map((p, i) => powerModulo(BigInt(roots[i]!), BigInt(ringDegree / 2), BigInt(p)));
    watch(this, { kind: 'context', place: birthplace(), giveBack: destroying(kernel, this.#rings) });
    const indices = Int32Array.from(primes.keys());
    this.#allPrimes = indices.slice(0, primes.length - auxiliaryPrimes.length);
    this.#auxiliary = indices.slice(this.#allPrimes.length);
    this.special = this.#allPrimes.slice(dataPrimes.length);
    this.#bases = dataPrimes.map((_, level) => this.#allPrimes.slice(0, level + 1));
    this.#moduli = dataPrimes.map((_, level) => product(dataPrimes.slice(0, level + 1)));
  }

  /** The ring degree: coefficients of a polynomial. */
  get n(): number {
    return this.parameters.ringDegree;
  }

  /** @throws 'disposed' */
  get ring(): RingId {
    if (!this.#alive) throw disposed('context');
    return this.#ring;
  }

  /** Ring indices of the primes of a level: 0 .. level. Never changed. @throws 'invalid-argument' */
  basis(level: number): Int32Array {
    this.requireLevel(level);
    return this.#bases[level]!;
  }

  /** Ring indices of the primes that keys are over, in the order of the ring: data, then special. Never changed. */
  get allPrimes(): Int32Array {
    return this.#allPrimes;
  }

  /** The basis of evaluation keys cut to a level: special primes first, then data primes 0 .. level. */
  keyBasis(level: number): Int32Array {
    return Int32Array.from([...this.special, ...this.basis(level)]);
  }

  /**
   * Ring indices of the auxiliary primes that a BFV product at this level needs, modulo t and with `parts` parts in its
   * smaller operand: as few as will do. @throws 'invalid-argument' for other moduli or more than 5 parts
   */
  auxiliary(level: number, t: number, parts: number): Int32Array {
    this.requirePlaintextModulus(t);
    requireFactor(parts);
    const { auxiliaryPrimes } = this.parameters;
    const demand = { n: this.n, q: this.modulus(level), t, parts };
    let count = 1;
    while (!suffices(auxiliaryPrimes.slice(0, count), demand)) count++;
    return this.#auxiliary.subarray(0, count);
  }

  /**
   * Integers modulo t, one in each of n slots, in the ring of the kernel that has t as its only prime. Made once.
   * @throws 'invalid-argument' for other moduli and those not suited to batching: t has to be a prime 1 mod 2n
   */
  plainRing(t: number): PlainRing {
    if (!this.#alive) throw disposed('context');
    this.requirePlaintextModulus(t);
    const known = this.#plainRings.get(t);
    if (known) return known;
    const made = makePlainRing(this.kernel, this.n, t, this.parameters.rotationGenerator);
    this.#rings.push(made.ring);
    this.#plainRings.set(t, made);
    return made;
  }

  /** The product of the primes of a level. */
  modulus(level: number): bigint {
    this.requireLevel(level);
    return this.#moduli[level]!;
  }

  /**
   * root^(n/2) modulo prime i of the ring: what X^(n/2), which is the number i in every slot where the rotation
   * generator is 5 (it is i and -i in turns where it is 3), is at the first half of
   * an NTT row; its negative at the second.
   */
  imaginaryUnit(i: number): bigint {
    return this.#imaginaryUnits[i]!;
  }

  /** @throws 'invalid-argument' unless it is a whole number, 0 .. the highest level of the parameters */
  requireLevel(level: number): void {
    if (Number.isInteger(level) && level >= 0 && level <= this.parameters.maxLevel) return;
    throw new HesperError('invalid-argument', 'no such level', {
      met: level,
      wanted: `0 .. ${this.parameters.maxLevel}`,
      remedy: 'Use a level of the parameters',
    });
  }

  /** @throws 'invalid-argument' unless t is a plaintext modulus of the parameters */
  requirePlaintextModulus(t: number): void {
    const { plaintextModuli } = this.parameters;
    if (plaintextModuli.includes(t)) return;
    throw new HesperError('invalid-argument', 'no such plaintext modulus', {
      met: t,
      wanted: plaintextModuli.length > 0 ? plaintextModuli.join(', ') : 'none: the scheme is CKKS',
      remedy: 'Name the modulus in the parameters',
    });
  }

  /** @throws 'context-mismatch' under parameters of the other scheme */
  requireScheme(scheme: Scheme): void {
    if (this.parameters.scheme === scheme) return;
    throw new HesperError('context-mismatch', 'these parameters are of another scheme', {
      met: this.parameters.scheme,
      wanted: scheme,
      remedy: scheme === 'bfv' ? 'Give the parameters plaintext moduli' : 'Make parameters without plaintext moduli',
    });
  }

  /** This context, as one of a scheme: where parameters came as bytes. @throws 'context-mismatch' if it is of the other */
  ofScheme<T extends Scheme>(scheme: T): Context<T> {
    this.requireScheme(scheme);
    return this as Context as Context<T>;
  }

  /** @throws 'context-mismatch' for an object of another context */
  requireOwn(what: string, context: Context): void {
    if (context === this) return;
    throw new HesperError('context-mismatch', `this ${what} belongs to another context`, {
      met: context.parameters.id,
      wanted: this.parameters.id,
      remedy: 'Make or load it with this context',
    });
  }

  /** Ends the ring. Dispose keys, ciphertexts and evaluators first. A second call does nothing. */
  dispose(): void {
    if (!this.#alive) return;
    this.#alive = false;
    unwatch(this);
    this.#plainRings.clear();
    destroying(this.kernel, this.#rings)();
  }

  /** For `using`: the same as `dispose()`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** @throws 'invalid-parameters' for parameters that were not made by `createParameters` or its siblings */
export const createContext = <S extends Scheme>(parameters: Parameters<S>, kernel: Kernel): Context<S> =>
  new Context(parameters, kernel);

/** Made apart from the context: closures of one scope hold on to all that any of them names, `this` included. */
const destroying = (kernel: Kernel, rings: RingId[]) => (): void => {
  for (const ring of rings.splice(0)) kernel.destroyRing(ring);
};
