import { HesperError } from '../errors.ts';
import type { Kernel, RingId } from '../kernel/kernel.ts';
import type { RotationGenerator } from '../ring/galois.ts';
import { isPrime, leastPrimitiveRoot, primitiveRoot } from '../ring/primes.ts';
import { withScratch } from './buffers.ts';

/** Polynomials modulo a prime t = 1 mod 2n: each is n integers modulo t, its values at the odd powers of a root. */
export interface PlainRing {
  /** A ring of the kernel with t as its only prime. */
  readonly ring: RingId;
  /**
   * Where a slot stands in a row in NTT form. Slots are two rows of n / 2: number j of the first is the value at
   * root^(c^j), of the second at root^(-c^j), c the rotation generator (where it is 3, the root is the least one), so that X -> X^c turns both by one and X -> X^-1 swaps them.
   */
  readonly places: Int32Array;
}

/** The basis of a plain ring. */
export const ONLY_PRIME = Int32Array.of(0);

/** @throws 'invalid-argument' unless t is a prime 1 mod 2n */
export function makePlainRing(kernel: Kernel, n: number, t: number, generator: RotationGenerator): PlainRing {
  if (!suitsSlots(t, n)) throw notSuited(t, n);
  const root = generator === 3 ? leastPrimitiveRoot(t, n) : primitiveRoot(t, n);
  const ring = kernel.createRing(n, [t], [root]);
  try {
    return { ring, places: slotPlaces(exponents(kernel, ring, n, t, root), n, generator) };
  } catch (error) {
    kernel.destroyRing(ring);
    throw error;
  }
}

/** Whether integers modulo t can be put into slots. */
export const suitsSlots = (t: number, n: number): boolean => t % (2 * n) === 1 && isPrime(t);

/** e for each place of a row in NTT form: what stands there is the value at root^e. Found by looking at X itself. */
function exponents(kernel: Kernel, ring: RingId, n: number, t: number, root: number): Int32Array {
  const values = new Float64Array(n);
  values[1] = 1;
  withScratch(kernel, { secret: false }, (scratch) => {
    const row = scratch.list(1, n);
    kernel.write(row[0]!, 0, values);
    kernel.nttForward(ring, row, ONLY_PRIME, 1);
    kernel.read(row[0]!, 0, values);
  });
  const logarithms = powersOf(root, n, t);
  return Int32Array.from(values, (x) => logarithms.get(x < 0 ? x + t : x)!);
}

/** The odd powers of the root, to their exponents. */
function powersOf(root: number, n: number, t: number): ReadonlyMap<number, number> {
  const [r, modulus] = [BigInt(root), BigInt(t)];
  const square = (r * r) % modulus;
  const out = new Map<number, number>();
  for (let e = 1, power = r; e < 2 * n; e += 2, power = (power * square) % modulus) out.set(Number(power), e);
  return out;
}

function slotPlaces(exponents: Int32Array, n: number, generator: RotationGenerator): Int32Array {
  const placeOf = new Int32Array(2 * n);
  exponents.forEach((e, place) => {
    placeOf[e] = place;
  });
  const places = new Int32Array(n);
  for (let j = 0, e = 1; j < n / 2; j++, e = (generator * e) % (2 * n)) {
    places[j] = placeOf[e]!;
    places[n / 2 + j] = placeOf[2 * n - e]!;
  }
  return places;
}

const notSuited = (t: number, n: number): HesperError =>
  new HesperError('invalid-argument', 'this plaintext modulus is not suited to batching', {
    met: t,
    wanted: `a prime 1 mod ${2 * n}`,
    remedy: 'Take plaintext moduli from generatePrimes, or encode integers as coefficients',
  });
