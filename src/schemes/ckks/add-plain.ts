import { isVector } from '../../evaluator/plain.ts';
import type { Complex, Plain } from '../../evaluator/verbs.ts';
import { withScratch } from '../../rlwe/buffers.ts';
import { type Ciphertext, handles, makeCiphertexts } from '../../rlwe/ciphertext.ts';
import type { Context } from '../../rlwe/context.ts';
import { inGroupsBy } from '../common/lists.ts';
import type { PlaintextCache } from '../common/plaintext-cache.ts';
import { scalarResidues } from './scalar.ts';

/**
 * One plaintext for each ciphertext, at its level and scale; ciphertexts of one level and number of parts are one
 * kernel job (constants) or a few (vectors). Arguments were checked.
 * @throws 'scale-overflow'
 */
export function addPlain(
  context: Context,
  cache: PlaintextCache,
  cts: readonly Ciphertext[],
  plains: readonly Plain[],
): Ciphertext[] {
  const items = cts.map((ct, i) => ({ ct, plain: plains[i]! }));
  return inGroupsBy(
    items,
    ({ ct, plain }) => (ct.level * 16 + ct.parts) * 2 + (isVector(plain) ? 1 : 0),
    (group) => {
      const list = group.map(({ ct }) => ct);
      const { level } = list[0]!;
      const vectors = group.flatMap(({ ct, plain }) => (isVector(plain) ? [{ vector: plain, scale: ct.scale }] : []));
      if (vectors.length > 0)
        return cache.with(level, vectors, (encoded) => addVectors(context, list, handles(encoded)));
      return addConstants(
        context,
        list,
        group.map(({ plain }) => plain as number | Complex),
      );
    },
  );
}

function addConstants(
  context: Context,
  cts: readonly Ciphertext[],
  values: readonly (number | Complex)[],
): Ciphertext[] {
  const { level, parts } = cts[0]!;
  const scalars = values.flatMap((value, i) => scalarResidues(context, level, value, cts[i]!.scale));
  return makeCiphertexts(
    context,
    cts.map(({ shape }) => shape),
    (made) => {
      const { kernel, ring } = context;
      kernel.addScalars(ring, handles(made), handles(cts), Float64Array.from(scalars), context.basis(level), parts);
    },
  );
}

/** Only part 0 changes; the others are copied. */
function addVectors(context: Context, cts: readonly Ciphertext[], plaintexts: Int32Array): Ciphertext[] {
  const { level, parts } = cts[0]!;
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
        kernel.add(ring, first, first, plaintexts, basis, 1, 1);
        kernel.multiplyScalars(ring, out, a, ones, basis, parts);
        kernel.insertPart(ring, out, first, basis, parts, 0);
      }),
  );
}
