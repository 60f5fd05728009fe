import { round } from './harness.ts';
import type { Seal } from './seal.ts';

/** node-seal's transforms: a BFV ciphertext of 2 parts over the data primes of `chain`, to NTT form and back. */
export interface PeerNtt {
  /** Bits of the primes; the last one is for keys. */
  readonly chain: readonly number[];
  /** Transforms of one prime in one call, for dividing. */
  readonly transforms: number;
  forward(): void;
  inverse(): void;
}

/** The peer's NTT at ring degree n, taken as ciphertext transforms divided by 2 L. Runs in browsers, too. */
export function nttOf(seal: Seal, n: number): PeerNtt {
  const parms = seal.EncryptionParameters(seal.SchemeType.bfv);
  parms.setPolyModulusDegree(n);
  const modulus = seal.CoeffModulus.BFVDefault(n, seal.SecurityLevel.tc128);
  const chain = Array.from(modulus.toArray(), (q) => round(Math.log2(Number(q))));
  parms.setCoeffModulus(modulus);
  parms.setPlainModulus(seal.PlainModulus.Batching(n, 20));
  const context = seal.Context(parms, true, seal.SecurityLevel.tc128);
  const keys = seal.KeyGenerator(context);
  const encoder = seal.BatchEncoder(context);
  const encryptor = seal.Encryptor(context, keys.createPublicKey());
  const evaluator = seal.Evaluator(context);
  const cipher = encryptor.encrypt(encoder.encode(Int32Array.from({ length: n }, (_, i) => i % 1000)));
  const transformed = evaluator.cipherTransformToNtt(cipher);
  const into = seal.CipherText();
  const data = chain.length - 1; // the last prime is for keys
  return {
    chain,
    transforms: 2 * data,
    forward: () => evaluator.cipherTransformToNtt(cipher, into),
    inverse: () => evaluator.cipherTransformFromNtt(transformed, into),
  };
}
