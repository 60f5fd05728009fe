import { HesperError } from '../errors.ts';
import type { Kernel, RingId } from '../kernel/kernel.ts';
import { product } from '../ring/modulus.ts';
import { powerModulo, primitiveRoot } from '../ring/primes.ts';
import { disposed } from './buffers.ts';
import { birthplace, unwatch, watch } from './leaks.ts';
import { type Parameters, requireChecked } from './parameters.ts';

/**
 * Parameters at work: a kernel, and in it the ring of these parameters. Keys, ciphertexts and evaluators belong to
 * one context and refuse objects of another. Prime i of the ring is data prime i; special primes come last.
 */
export class Context {
  readonly parameters: Parameters;
  readonly kernel: Kernel;
  /** Ring indices of the special primes. Never changed. */
  readonly special: Int32Array;
  readonly #ring: RingId;
  readonly #bases: readonly Int32Array[];
  readonly #allPrimes: Int32Array;
  readonly #moduli: readonly bigint[];
  readonly #imaginaryUnits: readonly bigint[];
  #alive = true;

  /** @throws 'invalid-parameters' */
  constructor(parameters: Parameters, kernel: Kernel) {
    requireChecked(parameters);
    this.parameters = parameters;
    this.kernel = kernel;
    const { ringDegree, dataPrimes, specialPrimes } = parameters;
    const primes = [...dataPrimes, ...specialPrimes];
    const roots = primes.map((p) => primitiveRoot(p, ringDegree));
    this.#ring = kernel.createRing(ringDegree, primes, roots);
    this.#imaginaryUnits = primes.map((p, i) => powerModulo(BigInt(roots[i]!), BigInt(ringDegree / 2), BigInt(p)));
    watch(this, { kind: 'context', place: birthplace(), giveBack: destroying(kernel, this.#ring) });
    this.#allPrimes = Int32Array.from(primes.keys());
    this.special = this.#allPrimes.slice(dataPrimes.length);
    this.#bases = dataPrimes.map((_, level) => this.#allPrimes.slice(0, level + 1));
    this.#moduli = dataPrimes.map((_, level) => product(dataPrimes.slice(0, level + 1)));
  }

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

  /** Ring indices of all primes, in the order of the ring: data, then special. Never changed. */
  get allPrimes(): Int32Array {
    return this.#allPrimes;
  }

  /** The basis of evaluation keys cut to a level: special primes first, then data primes 0 .. level. */
  keyBasis(level: number): Int32Array {
    return Int32Array.from([...this.special, ...this.basis(level)]);
  }

  /** The product of the primes of a level. */
  modulus(level: number): bigint {
    this.requireLevel(level);
    return this.#moduli[level]!;
  }

  /**
   * root^(n/2) modulo prime i of the ring: what X^(n/2), which is the number i in every slot, is at the first half of
   * an NTT row; its negative at the second.
   */
  imaginaryUnit(i: number): bigint {
    return this.#imaginaryUnits[i]!;
  }

  requireLevel(level: number): void {
    if (Number.isInteger(level) && level >= 0 && level <= this.parameters.maxLevel) return;
    throw new HesperError('invalid-argument', 'no such level', {
      met: level,
      wanted: `0 .. ${this.parameters.maxLevel}`,
      remedy: 'Use a level of the parameters',
    });
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
    this.kernel.destroyRing(this.#ring);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** @throws 'invalid-parameters' for parameters that were not made by `createParameters` or its siblings */
export const createContext = (parameters: Parameters, kernel: Kernel): Context => new Context(parameters, kernel);

/** Made apart from the context: closures of one scope hold on to all that any of them names, `this` included. */
const destroying = (kernel: Kernel, ring: RingId) => (): void => kernel.destroyRing(ring);
