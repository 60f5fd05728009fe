import { disposeAll } from './buffers.ts';
import { type Ciphertext, handles, makeCiphertexts } from './ciphertext.ts';
import { type Plaintext, runsOfOneLevel } from './plaintext.ts';
import type { PublicKey } from './public-key.ts';
import { type SeedOptions, seedSource } from './seeds.ts';

/**
 * Public-key encryption: (b u + e0 + m, a u + e1) with fresh ternary u and errors of standard deviation 3.24, as one
 * kernel job for each run of one level. Each ciphertext has the level and scale of its plaintext. Noise in a
 * coefficient: about 3.24 * sqrt(4 n / 3).
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
  const all: Ciphertext[] = [];
  try {
    for (const run of runsOfOneLevel(plaintexts)) {
      const shapes = run.map(({ level, scale }) => ({ level, scale, parts: 2, form: 'ntt' as const }));
      const made = makeCiphertexts(context, shapes, (out) => {
        const { kernel, ring } = context;
        const ternary = source.next(run.length);
        const errors = source.next(2 * run.length);
        const basis = context.basis(run[0]!.level);
        kernel.maskPublic(ring, handles(out), handles(run), publicKey.handle, ternary, errors, basis);
        ternary.fill(0);
        errors.fill(0);
      });
      all.push(...made);
    }
    return all;
  } catch (error) {
    disposeAll(all);
    throw error;
  }
}
