import { isVector, sizeOf } from './plain.ts';
import type { LinearRows, Plain, PlainRows } from './verbs.ts';
import type { OperationCounts, Work } from './work.ts';

/**
 * Operations on whole ciphertexts as papers count them ("HOPs" in Faster CryptoNets, arXiv 1811.09953, table 2): one
 * product for every weight that is not zero, even if it is +-1 (an addition) or +-2^k (a shift, in coefficient encoding),
 * of which there is a count of its own; one sum for every term of a row but its first; one plain sum for every constant
 * that is not zero; one product of ciphertexts for every activation.
 */
export interface HomomorphicOperations {
  readonly plainCipherAdds: number;
  readonly cipherCipherAdds: number;
  readonly plainCipherMultiplications: number;
  /** Of those, weights +-1, and weights +-2^k, k > 0. */
  readonly unitMultiplications: number;
  readonly shiftMultiplications: number;
  readonly cipherCipherMultiplications: number;
  /** Of the four columns. */
  readonly total: number;
}

/** The columns of a trace. */
export function homomorphicOperations(count: OperationCounts): HomomorphicOperations {
  const { plainCipherAdds, cipherCipherAdds, plainCipherMultiplications, cipherCipherMultiplications } = count;
  const { unitMultiplications, shiftMultiplications } = count;
  return {
    plainCipherAdds,
    cipherCipherAdds,
    plainCipherMultiplications,
    unitMultiplications,
    shiftMultiplications,
    cipherCipherMultiplications,
    total: plainCipherAdds + cipherCipherAdds + plainCipherMultiplications + cipherCipherMultiplications,
  };
}

const counted = new WeakMap<LinearRows, Work>();

/** Integer weights of a row-compressed matrix. Matrices never change, so each is looked through once. */
export function linearOperations(rows: LinearRows): Work {
  const found = counted.get(rows) ?? operationsOf(rows);
  counted.set(rows, found);
  return found;
}

function operationsOf({ outputs, rowStart, values }: LinearRows): Work {
  let [products, sums, units, shifts] = [0, 0, 0, 0];
  for (let r = 0; r < outputs; r++) {
    let used = 0;
    for (let k = rowStart[r]!; k < rowStart[r + 1]!; k++) {
      const weight = Math.abs(values[k]!);
      if (weight === 0) continue;
      used++;
      if (weight === 1) units++;
      else if (isPowerOfTwo(weight)) shifts++;
    }
    products += used;
    sums += Math.max(0, used - 1);
  }
  return columns(products, sums, units, shifts);
}

/** Weights per slot, or in full precision: those that are integers at their scale may be +-1 or +-2^k as well. */
export function linearPlainOperations({ rows, scale }: PlainRows): Work {
  const used = rows.map((row) => row.filter(({ weight }) => isUsed(weight)));
  const terms = used.flat();
  const weights = terms.map(({ weight, scale: own = scale ?? 1 }) =>
    typeof weight === 'number' ? Math.abs(weight * own) : Number.NaN,
  );
  return columns(
    terms.length,
    used.reduce((sum, row) => sum + Math.max(0, row.length - 1), 0),
    weights.filter((weight) => weight === 1).length,
    weights.filter((weight) => weight > 1 && isPowerOfTwo(weight)).length,
  );
}

const columns = (products: number, sums: number, units: number, shifts: number): Work => ({
  plainCipherMultiplications: products,
  cipherCipherAdds: sums,
  unitMultiplications: units,
  shiftMultiplications: shifts,
});

export const addPlainOperations = (plains: readonly Plain[]): Work => ({
  plainCipherAdds: plains.filter(isUsed).length,
});

export const productOperations = (count: number): Work => ({ cipherCipherMultiplications: count });

export const sumOperations = (terms: number): Work => ({ cipherCipherAdds: Math.max(0, terms - 1) });

const isUsed = (plain: Plain): boolean => (isVector(plain) ? sizeOf(plain).max > 0 : plain !== 0);

const isPowerOfTwo = (value: number): boolean => Number.isInteger(Math.log2(value)) && 2 ** Math.log2(value) === value;
