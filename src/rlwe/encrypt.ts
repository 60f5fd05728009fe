import { inGroups, withScratch } from './buffers.ts';
import { type Ciphertext, handles, makeCiphertexts, repeat } from './ciphertext.ts';
import type { Context } from './context.ts';
import type { Plaintext } from './plaintext.ts';
import type { PublicKey } from './public-key.ts';
import { type SeedOptions, type SeedSource, seedSource } from './seeds.ts';

const GROUP = 32;

/**
 * Public-key encryption: (b u + e0 + m, a u + e1) with fresh ternary u and errors of standard deviation 3.24. Each
 * ciphertext has the level and scale of its plaintext. Noise in a coefficient: about 3.24 * sqrt(4 n / 3).
 * @throws 'context-mismatch', 'disposed', 'out-of-memory'
 */
export function encryptPublic(
  publicKey: PublicKey,
  plaintexts: readonly Plaintext[],
  options: SeedOptions = {},
): Ciphertext[] {
  const { context } = publicKey;
  for (const plaintext of plaintexts) context.requireOwn('plaintext', plaintext.context);
  const source = seedSource(options);
  const made: Ciphertext[] = [];
  try {
    for (const run of runsOfOneLevel(plaintexts)) {
      inGroups(run.length, GROUP, (start, end) =>
        made.push(...encryptGroup(context, publicKey, run.slice(start, end), source)),
      );
    }
    return made;
  } catch (error) {
    for (const ct of made) ct.dispose();
    throw error;
  }
}

/** Neighbours with equal level and scale together. */
function runsOfOneLevel(plaintexts: readonly Plaintext[]): Plaintext[][] {
  const runs: Plaintext[][] = [];
  for (const plaintext of plaintexts) {
    const last = runs.at(-1)?.[0];
    if (last?.level === plaintext.level && last.scale === plaintext.scale) runs.at(-1)!.push(plaintext);
    else runs.push([plaintext]);
  }
  return runs;
}

function encryptGroup(
  context: Context,
  publicKey: PublicKey,
  plaintexts: readonly Plaintext[],
  source: SeedSource,
): Ciphertext[] {
  const { level, scale } = plaintexts[0]!;
  const { kernel, ring } = context;
  const basis = context.basis(level);
  const count = plaintexts.length;
  return makeCiphertexts(context, repeat(count, { level, scale, parts: 2, form: 'ntt' }), (made) =>
    withScratch(kernel, { secret: true }, (scratch) => {
      const out = handles(made);
      const row = scratch.list(count, context.n);
      const element = scratch.list(count, basis.length * context.n);
      const pair = scratch.list(count, 2 * basis.length * context.n);
      const sampled = (sample: 'sampleTernary' | 'sampleError'): Int32Array => {
        const seeds = source.next(count);
        kernel[sample](ring, row, seeds);
        seeds.fill(0);
        kernel.spread(ring, element, row, basis);
        kernel.nttForward(ring, element, basis, 1);
        return element;
      };
      kernel.multiply(ring, out, new Int32Array(count).fill(publicKey.handle), sampled('sampleTernary'), basis, 2, 1);
      kernel.add(ring, element, sampled('sampleError'), handles(plaintexts), basis, 1, 1);
      kernel.insertPart(ring, pair, element, basis, 2, 0);
      kernel.insertPart(ring, pair, sampled('sampleError'), basis, 2, 1);
      kernel.add(ring, out, out, pair, basis, 2, 2);
    }),
  );
}
