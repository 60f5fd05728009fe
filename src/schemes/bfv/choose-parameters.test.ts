import { describe, expect, it } from 'vitest';
import { multiplyAll } from '../../circuits/combine.ts';
import { loadKernel } from '../../kernel/load.ts';
import { log2BigInt, product } from '../../ring/modulus.ts';
import { isPrime } from '../../ring/primes.ts';
import type { Ciphertext } from '../../rlwe/ciphertext.ts';
import { createContext } from '../../rlwe/context.ts';
import { encryptIntegersPublic } from '../../rlwe/encrypt-integers.ts';
import { decryptIntegers } from '../../rlwe/secret/decrypt-integers.ts';
import { KeyGenerator } from '../../rlwe/secret/key-generator.ts';
import { measureNoise } from '../../rlwe/secret/measure-noise.ts';
import { maxLogQP } from '../../security/check.ts';
import { chooseBfvParameters } from './choose-parameters.ts';
import { createBfvEvaluator } from './evaluator.ts';

const coded = (code: string) => expect.objectContaining({ name: 'HesperError', code });

describe('chooseBfvParameters', () => {
  it.each([
    { depth: 0, plaintextBits: 1, ringDegree: 4096 },
    { depth: 1, plaintextBits: 16, ringDegree: 4096 },
    { depth: 2, plaintextBits: 32, ringDegree: 8192 },
    { depth: 6, plaintextBits: 20, ringDegree: 16384 },
    { depth: 12, plaintextBits: 20, ringDegree: 32768 },
  ])('depth $depth, $plaintextBits bits: within the table, integers in slots', ({ ringDegree, ...demand }) => {
    const parameters = chooseBfvParameters(demand);
    const { dataPrimes, specialPrimes, plaintextModuli, securityBits } = parameters;
    expect([parameters.scheme, parameters.ringDegree, securityBits]).toEqual(['bfv', ringDegree, 128]);
    expect(log2BigInt(product([...dataPrimes, ...specialPrimes]))).toBeLessThanOrEqual(maxLogQP(ringDegree)!);
    const [t] = plaintextModuli as [number];
    expect([plaintextModuli.length, isPrime(t), t % (2 * ringDegree)]).toEqual([1, true, 1]);
    expect(t).toBeGreaterThan(2 ** demand.plaintextBits);
    expect(t).toBeLessThan(2 ** demand.plaintextBits * 2 + 80 * ringDegree);
  });

  it('holds what it promises: sums of products of sums, of the largest integers', async () => {
    const kernel = await loadKernel();
    for (const demand of [
      { depth: 1, plaintextBits: 24, terms: 8 },
      { depth: 3, plaintextBits: 20, terms: 2 },
    ]) {
      using context = createContext(chooseBfvParameters(demand), kernel);
      const generator = new KeyGenerator(context);
      using secretKey = generator.secretKey();
      using publicKey = generator.publicKey(secretKey);
      using relinearizationKey = generator.relinearizationKey(secretKey);
      using evaluator = createBfvEvaluator(context, { relinearizationKey });
      using _scope = evaluator.scope();
      const column = Array.from({ length: context.n }, (_, j) => BigInt(j % 3) - 1n);
      const [fresh] = encryptIntegersPublic(publicKey, [column]);
      let ct: Ciphertext<'bfv'> = fresh![0]!;
      const sum = { outputs: 1, inputs: 1, rowStart: Int32Array.of(0, 1), columns: Int32Array.of(0), scale: 1 };
      const weights = { ...sum, values: Int32Array.of(demand.terms) };
      let wanted = column.map((x) => x * BigInt(demand.terms));
      ct = evaluator.linear([ct], weights)[0]!;
      for (let i = 0; i < demand.depth; i++) {
        const [square] = evaluator.relinearizeAll(multiplyAll(evaluator, [ct], [ct]), undefined);
        ct = evaluator.linear([square!], weights)[0]!;
        wanted = wanted.map((x) => x * x * BigInt(demand.terms));
      }
      using decrypted = decryptIntegers(secretKey, [[ct]]);
      expect(decrypted.integers(0)).toEqual(wanted);
      expect(measureNoise(secretKey, [ct]).of(0).budgetBits).toBeGreaterThan(1);
      fresh![0]!.dispose();
    }
    expect(kernel.poolStats().liveBuffers).toBe(0);
    kernel.close();
  });

  it('gives a smaller ring without key switching, and refuses what there is no ring for', () => {
    expect(chooseBfvParameters({ depth: 1, plaintextBits: 16, keySwitching: false }).specialPrimes).toEqual([]);
    expect(chooseBfvParameters({ depth: 0, plaintextBits: 20, slots: 30000 }).ringDegree).toBe(32768);
    expect(() => chooseBfvParameters({ depth: 3, plaintextBits: 40, ringDegree: 4096 })).toThrowError(
      coded('insecure-parameters'),
    );
    for (const demand of [
      { depth: -1, plaintextBits: 20 },
      { depth: 1, plaintextBits: 47 },
      { depth: 1, plaintextBits: 20, terms: 0 },
      { depth: 3, plaintextBits: 20, keySwitching: false },
    ])
      expect(() => chooseBfvParameters(demand)).toThrowError(coded('invalid-argument'));
  });
});
