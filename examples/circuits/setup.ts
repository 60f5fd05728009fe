// What all these examples need: parameters at 128-bit security, exactly the keys that a circuit asks for, and a managed
// evaluator, which relinearises, rescales and aligns by itself. `examples/he` shows the engine bare.

import { type KeyNeeds, type ManagedEvaluator, managed } from 'hesper/circuits';
import {
  type Ciphertext,
  chooseCkksParameters,
  createCkksEvaluator,
  createContext,
  decryptPrivate,
  encryptSymmetric,
  KeyGenerator,
  loadKernel,
  maxLogQP,
  precisionReport,
} from 'hesper/he';

export interface Setup {
  /** A power of two; half of it are the slots of a ciphertext. 128-bit security limits what primes it can carry. */
  readonly ringDegree: number;
  /** How many products deep. */
  readonly levels: number;
  readonly needs: KeyNeeds;
}

export async function setup({ ringDegree, levels, needs }: Setup) {
  // Numbers are multiplied by a scale before they are rounded to integers: the larger, the more precise. Every level
  // takes a prime of that size; what security allows in all, beside two primes of 48 bits, is shared out.
  const scaleBits = Math.min(45, Math.floor((maxLogQP(ringDegree)! - 96) / levels));
  const scale = 2 ** scaleBits;
  const parameters = chooseCkksParameters({ ringDegree, depth: levels, scaleBits, firstBits: 48 });
  const context = createContext(parameters, await loadKernel());

  // The owner of the data makes the keys and gives those for evaluation away.
  const generator = new KeyGenerator(context);
  const secretKey = generator.secretKey();
  const relinearizationKey = needs.relinearization ? generator.relinearizationKey(secretKey) : undefined;
  const galoisKeys = generator.galoisKeys(secretKey, { steps: needs.rotations, conjugation: needs.conjugation });

  const bare = createCkksEvaluator(context, { relinearizationKey, galoisKeys });
  const ev = managed(bare, { primes: parameters.dataPrimes, scale });

  /** Encrypts columns of numbers, runs the circuit, decrypts; what lies between is disposed of. */
  function run(
    columns: readonly Float64Array[],
    circuit: (
      ev: ManagedEvaluator<Ciphertext<'ckks'>>,
      xs: readonly Ciphertext<'ckks'>[],
    ) => readonly Ciphertext<'ckks'>[],
  ): Float64Array[] {
    const inputs = encryptSymmetric(secretKey, columns, { scale });
    const outputs = bare.scoped(() => ev.settle(circuit(ev, inputs)));
    const values = decryptPrivate(secretKey, outputs);
    for (const ct of [...inputs, ...outputs]) ct.dispose();
    return outputs.map((_, i) => values.column(i));
  }

  function dispose(): void {
    for (const owner of [bare, galoisKeys, relinearizationKey, secretKey, context]) owner?.dispose();
  }
  return { run, dispose };
}

/** Correct bits behind the point, in the worst slot. */
export const bits = (exact: Float64Array, got: Float64Array): number => Math.floor(precisionReport(exact, got).bitsMin);

/** A few numbers, readably. */
export const show = (values: Float64Array, count = 4): string =>
  Array.from(values.subarray(0, count), (v) => v.toFixed(3)).join(', ');
