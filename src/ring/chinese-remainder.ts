import { balancedResidue } from './modulus.ts';

/** Takes balanced residues modulo pairwise coprime odd moduli to the one integer below half their product. */
export type Combine = (residues: readonly number[]) => bigint;

/**
 * Mixed radix with balanced digits: x = d0 + d1 t0 + d2 t0 t1 + ..., every |d_i| < t_i / 2, so that |x| is below half
 * the product. Variable time.
 */
export function combiner(moduli: readonly number[]): Combine {
  const radices = moduli.map((_, i) => moduli.slice(0, i).reduce((m, t) => m * BigInt(t), 1n));
  const inverses = moduli.map((t, i) => inverse(radices[i]!, BigInt(t)));
  return (residues) => {
    const first = residues[0]!;
    if (residues.every((r) => r === first)) return BigInt(first);
    let x = BigInt(first);
    for (let i = 1; i < moduli.length; i++)
      x += BigInt(balancedResidue((BigInt(residues[i]!) - x) * inverses[i]!, moduli[i]!)) * radices[i]!;
    return x;
  };
}

/** x^-1 mod m, x and m coprime, by Euclid's algorithm. */
function inverse(x: bigint, m: bigint): bigint {
  let [a, b, u, v] = [x % m, m, 1n, 0n];
  while (b > 0n) [a, b, u, v] = [b, a % b, v, u - (a / b) * v];
  return ((u % m) + m) % m;
}
