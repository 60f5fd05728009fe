/** A level at which ciphertexts rest between products, and the scale they have there. */
export interface Rung {
  readonly level: number;
  readonly scale: number;
}

/** Rungs end, in bits, where their scale is further than this from the wanted one. */
const FAR = 12;

/**
 * One rung per product: a product of two ciphertexts of one rung, scale S^2, rescaled, has exactly the scale of the next
 * rung. `scale`, that of the highest rung, is to be near the primes (or near products of two neighbours: then a rung
 * drops both), so that all rungs stay near it; level 0 may have a larger prime. There are no rungs where products
 * cannot come back to about that scale.
 * Approximate rescaling done exactly: eprint 2020/1118, 2020/1203.
 *
 * @param primes data primes, level = index
 */
export function scaleLadder(primes: readonly number[], scale: number): Rung[] {
  const rungs: Rung[] = [];
  let next: Rung | undefined = { level: primes.length - 1, scale };
  for (; next && distance(next.scale, scale) < FAR; next = rungBelow(next, primes, scale)) rungs.push(next);
  return rungs;
}

function rungBelow(rung: Rung, primes: readonly number[], wanted: number): Rung | undefined {
  if (rung.level === 0) return undefined;
  let level = rung.level - 1;
  let scale = rung.scale ** 2 / primes[rung.level]!;
  while (level > 0 && distance(scale / primes[level]!, wanted) < distance(scale, wanted)) scale /= primes[level--]!;
  return { level, scale };
}

const distance = (a: number, b: number): number => Math.abs(Math.log2(a / b));
