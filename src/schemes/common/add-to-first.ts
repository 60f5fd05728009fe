import { withScratch } from '../../rlwe/buffers.ts';
import { type Ciphertext, type Form, handles, makeCiphertexts } from '../../rlwe/ciphertext.ts';
import type { Scheme } from '../../rlwe/parameters.ts';

/** One ring element added to each ciphertext, all of one level, form and number of parts: only part 0 changes. */
export function addToFirst<S extends Scheme, F extends Form>(
  cts: readonly Ciphertext<S, F>[],
  elements: Int32Array,
): Ciphertext<S, F>[] {
  const { context, level, parts } = cts[0]!;
  const { kernel, ring, n } = context;
  const basis = context.basis(level);
  const ones = new Float64Array(cts.length * basis.length).fill(1);
  return makeCiphertexts(
    context,
    cts.map(({ shape }) => shape),
    (made) =>
      withScratch(kernel, { secret: false }, (scratch) => {
        const first = scratch.list(cts.length, basis.length * n);
        const [out, a] = [handles(made), handles(cts)];
        kernel.extractPart(ring, first, a, basis, parts, 0);
        kernel.add(ring, first, first, elements, basis, 1, 1);
        kernel.multiplyScalars(ring, out, a, ones, basis, parts);
        kernel.insertPart(ring, out, first, basis, parts, 0);
      }),
  );
}
