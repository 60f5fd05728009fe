import { primitiveRoot } from '../ring/primes.ts';
import { withScratch } from '../rlwe/buffers.ts';
import type { Context } from '../rlwe/context.ts';

/**
 * Where the values of an NTT row stand. SEAL's row has at place s the value at r^(2 b(s) + 1), r the smallest primitive
 * 2n-th root of unity modulo the prime and b(s) the reversal of the log2 n bits of s. The kernel's order is its own, and
 * is found by looking at what it makes of X.
 */
interface Order {
  /** For place s of SEAL: e, where it has the value at root^e, root being the ring's own. */
  readonly exponents: Int32Array;
  /** For e: the kernel's place of the value at root^e. */
  readonly places: Int32Array;
}

const known = new WeakMap<Context, Map<number, Order>>();

/** Of prime i of the ring; made once. */
function orderOf(context: Context, i: number): Order {
  const orders = known.get(context) ?? new Map<number, Order>();
  known.set(context, orders);
  const found = orders.get(i);
  if (found) return found;
  const made = makeOrder(context, i);
  orders.set(i, made);
  return made;
}

function makeOrder(context: Context, i: number): Order {
  const { n, parameters } = context;
  const p = [...parameters.dataPrimes, ...parameters.specialPrimes][i]!;
  const { exponentOf, least } = oddPowers(primitiveRoot(p, n), n, p);
  const places = new Int32Array(2 * n);
  valuesOfX(context, i).forEach((x, place) => {
    places[exponentOf.get(x < 0 ? x + p : x)!] = place;
  });
  const bits = Math.log2(n);
  const exponents = Int32Array.from({ length: n }, (_, s) => (least * (2 * reversed(s, bits) + 1)) % (2 * n));
  return { exponents, places };
}

/** The odd powers of the root with their exponents, and the exponent of the least of them. */
function oddPowers(root: number, n: number, p: number): { exponentOf: Map<number, number>; least: number } {
  const [r, modulus] = [BigInt(root), BigInt(p)];
  const square = (r * r) % modulus;
  const exponentOf = new Map<number, number>();
  let [least, smallest] = [1, p];
  for (let e = 1, power = r; e < 2 * n; e += 2, power = (power * square) % modulus) {
    const value = Number(power);
    exponentOf.set(value, e);
    if (value < smallest) [least, smallest] = [e, value];
  }
  return { exponentOf, least };
}

function valuesOfX({ kernel, ring, n }: Context, i: number): Float64Array {
  const values = new Float64Array(n);
  values[1] = 1;
  withScratch(kernel, { secret: false }, (scratch) => {
    const row = scratch.list(1, n);
    kernel.write(row[0]!, 0, values);
    kernel.nttForward(ring, row, Int32Array.of(i), 1);
    kernel.read(row[0]!, 0, values);
  });
  return values;
}

function reversed(x: number, bits: number): number {
  let out = 0;
  for (let i = 0; i < bits; i++) out |= ((x >> i) & 1) << (bits - 1 - i);
  return out;
}

/**
 * For place s of SEAL's row of a polynomial a(X^g), the kernel's place in the row of a(X); g odd, 1 for a itself. Prime i
 * of the ring.
 */
export function kernelPlaces(context: Context, i: number, g = 1): Int32Array {
  const { exponents, places } = orderOf(context, i);
  const mask = 2 * context.n - 1;
  return exponents.map((e) => places[Math.imul(e, g) & mask]!);
}
