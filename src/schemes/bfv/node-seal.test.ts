import { describe, expect, it } from 'vitest';
import { sealContext, startSeal } from '../../cli/bench/engine-peer.ts';
import type { SealCipher } from '../../cli/bench/seal.ts';
import { bigintsOf, createIntegerEvaluator } from '../../evaluator/clear-integer.ts';
import type { Evaluator } from '../../evaluator/evaluator.ts';
import { createRandom } from '../../evaluator/random.ts';
import { linearRows } from '../../evaluator/rows.ts';
import { loadKernel } from '../../kernel/load.ts';
import { balancedResidue } from '../../ring/modulus.ts';
import { decryptIntegers } from '../../rlwe/secret/decrypt-integers.ts';
import { encryptIntegers } from '../../rlwe/secret/encrypt-integers.ts';
import { bfvParameters, openBfvEngine, slotModuli } from './engine.conformance.ts';

/** x y + x^2, turned by one, times w, plus w, rows swapped. */
function circuit<C>(ev: Evaluator<C>, cts: readonly C[], w: Float64Array): C[] {
  const products = ev.multiplyPairs(cts, [
    [0, 1],
    [0, 0],
  ]);
  const sum = ev.relinearizeAll(ev.linear(products, linearRows([[1, 1]], 2)), undefined);
  const turned = ev.rotateMany(ev.rescaleAll(sum, undefined), [1]);
  const weighted = ev.linearPlain(turned, { inputs: 1, rows: [[{ from: 0, weight: w }]] });
  return ev.conjugateAll(ev.addPlain(weighted, [w]), undefined);
}

/** The same by node-seal. */
async function bySeal(n: number, t: number, [x, y, w]: readonly Float64Array[]): Promise<Int32Array> {
  const { seal, keep, dispose } = await startSeal();
  const chain = { data: [47, 47, 47], special: [48] };
  const { context } = sealContext({ seal, keep }, n, chain, t);
  const generator = keep(seal.KeyGenerator(context));
  const relin = keep(generator.createRelinKeys());
  const galois = keep(generator.createGaloisKeys(Int32Array.of(0, 1)));
  const encoder = keep(seal.BatchEncoder(context));
  const encryptor = keep(seal.Encryptor(context, keep(generator.createPublicKey())));
  const decryptor = keep(seal.Decryptor(context, keep(generator.secretKey())));
  const evaluator = keep(seal.Evaluator(context));
  const encode = (values: Float64Array) => keep(encoder.encode(Int32Array.from(values)));
  const a: SealCipher = keep(encryptor.encrypt(encode(x!)));
  const b: SealCipher = keep(encryptor.encrypt(encode(y!)));
  const sum = keep(evaluator.add(keep(evaluator.multiply(a, b)), keep(evaluator.square(a))));
  const low = keep(evaluator.cipherModSwitchToNext(keep(evaluator.relinearize(sum, relin))));
  const turned = keep(evaluator.rotateRows(low, 1, galois));
  const weighted = keep(evaluator.multiplyPlain(turned, encode(w!)));
  const out = keep(evaluator.rotateColumns(keep(evaluator.addPlain(weighted, encode(w!))), galois));
  const integers = encoder.decode(keep(decryptor.decrypt(out)), true);
  dispose();
  return integers;
}

describe('BFV beside node-seal', () => {
  it.each([17, 28])('gives the same integers, under the same n and a t of %i bits', async (bits) => {
    const n = 8192;
    const parameters = bfvParameters(n, [47, 47, 47], [48], slotModuli(n, [bits]));
    const [t] = parameters.plaintextModuli as [number];
    const random = createRandom(bits);
    const column = (size: number) =>
      Float64Array.from({ length: n }, () => Math.round((2 * random.uniform() - 1) * size));
    const [x, y, w] = [column((t - 1) / 2), column((t - 1) / 2), column((t - 1) / 2)] as const;

    const kernel = await loadKernel();
    const engine = openBfvEngine(kernel, parameters, 'slots', { galois: { steps: [1], conjugation: true } });
    const inputs = encryptIntegers(engine.secretKey, [x, y], { encoding: 'slots' })[0]!;
    const [ours] = engine.ev.scoped(() => {
      const out = circuit(engine.ev, inputs, w);
      using values = decryptIntegers(engine.secretKey, [out], { encoding: 'slots' });
      return [values.numbers(0)];
    });
    for (const ct of inputs) ct.dispose();
    engine.close();
    kernel.close();

    const clear = createIntegerEvaluator(n);
    const [exact] = circuit(clear, [clear.fresh(x), clear.fresh(y)], w);
    const reduced = bigintsOf(exact!).map((value) => balancedResidue(value, t));
    expect([...ours!]).toEqual(reduced);
    expect([...(await bySeal(n, t, [x, y, w]))]).toEqual(reduced);
  });
});
