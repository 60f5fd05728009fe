import type { Context } from './context.ts';

/**
 * The kernel's slot k is the value at zeta^(5^k). Under the rotation generator 3, slot j is the value at zeta^(3^j): for
 * even j one of the kernel's slots, for odd j the complex conjugate of one, since 3^j = -5^k modulo 2n for some k.
 */
const known = new Map<number, Int32Array>();

/** For each slot the kernel's slot that holds it, or its conjugate where j is odd. Made once for each n. */
function placesOf(n: number): Int32Array {
  const found = known.get(n);
  if (found) return found;
  const slotOf = new Int32Array(2 * n);
  for (let k = 0, e = 1; k < n / 2; k++, e = (5 * e) % (2 * n)) slotOf[e] = k;
  const places = new Int32Array(n / 2);
  for (let j = 0, e = 1; j < n / 2; j++, e = (3 * e) % (2 * n)) places[j] = slotOf[j % 2 === 0 ? e : 2 * n - e]!;
  known.set(n, places);
  return places;
}

/** Slot vectors end to end, n / 2 each, from the order of the parameters to that of the kernel, in place. */
export function toKernelOrder(context: Context, re: Float64Array, im: Float64Array): void {
  eachVector(context, re, im, (places, slots, moved, sign) => {
    for (let j = 0; j < places.length; j += 2) moved[places[j]!] = slots[j]!;
    for (let j = 1; j < places.length; j += 2) moved[places[j]!] = sign * slots[j]!;
  });
}

/** The reverse. */
export function fromKernelOrder(context: Context, re: Float64Array, im: Float64Array): void {
  eachVector(context, re, im, (places, slots, moved, sign) => {
    for (let j = 0; j < places.length; j += 2) moved[j] = slots[places[j]!]!;
    for (let j = 1; j < places.length; j += 2) moved[j] = sign * slots[places[j]!]!;
  });
}

/** Moves each vector by `move`, whose `sign` is that of odd slots; nothing to do under generator 5. */
function eachVector(
  { n, parameters }: Context,
  re: Float64Array,
  im: Float64Array,
  move: (places: Int32Array, slots: Float64Array, moved: Float64Array, sign: 1 | -1) => void,
): void {
  if (parameters.rotationGenerator === 5) return;
  const places = placesOf(n);
  const moved = new Float64Array(n / 2);
  const run = (all: Float64Array, sign: 1 | -1): void => {
    for (let start = 0; start < all.length; start += n / 2) {
      const slots = all.subarray(start, start + n / 2);
      move(places, slots, moved, sign);
      slots.set(moved);
    }
  };
  run(re, 1);
  run(im, -1);
  moved.fill(0);
}
