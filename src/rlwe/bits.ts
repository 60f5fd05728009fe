/**
 * Integers of [0, 2^bits) without gaps, little-endian in bytes and bits, `bits` up to 49: what the kernel's `pack` does,
 * for rows that no ring of the kernel holds. `values.length * bits` is a multiple of 8.
 */
export function packBits(bytes: Uint8Array, values: ArrayLike<number>, bits: number): void {
  const low = Math.min(bits, HALF);
  let [carry, used, at] = [0, 0, 0];
  const put = (value: number, width: number): void => {
    carry += value * 2 ** used;
    for (used += width; used >= 8; used -= 8, carry = Math.floor(carry / 256)) bytes[at++] = carry % 256;
  };
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    put(value % 2 ** low, low);
    if (bits > low) put(Math.floor(value / 2 ** low), bits - low);
  }
}

/** The reverse. `bytes` has the exact length. */
export function unpackBits(values: Float64Array, bytes: Uint8Array, bits: number): void {
  const low = Math.min(bits, HALF);
  let [carry, held, at] = [0, 0, 0];
  const take = (width: number): number => {
    for (; held < width; held += 8) carry += bytes[at++]! * 2 ** held;
    const value = carry % 2 ** width;
    carry = Math.floor(carry / 2 ** width);
    held -= width;
    return value;
  };
  for (let i = 0; i < values.length; i++) {
    const value = take(low);
    values[i] = bits > low ? value + take(bits - low) * 2 ** low : value;
  }
}

/** Halves keep every intermediate number below 2^33. */
const HALF = 25;
