import { createRequire } from 'node:module';
import { HesperError } from '../../errors.ts';
import { round } from './harness.ts';

/** node-seal's transforms: a BFV ciphertext of 2 parts over `chain.length` primes, to NTT form and back. */
export interface PeerNtt {
  readonly version: string;
  readonly chain: readonly number[];
  /** Transforms in one call, for dividing. */
  readonly transforms: number;
  forward(): void;
  inverse(): void;
}

/** Opaque objects of node-seal, and the few of its functions that are used here (its own types do not resolve). */
type Opaque = object;
interface Parms {
  setPolyModulusDegree(n: number): void;
  setCoeffModulus(modulus: Opaque): void;
  setPlainModulus(modulus: Opaque): void;
}
interface Transforms {
  cipherTransformToNtt(cipher: Opaque, into?: Opaque): Opaque;
  cipherTransformFromNtt(cipher: Opaque, into?: Opaque): Opaque;
}
interface Seal {
  readonly SchemeType: { readonly bfv: Opaque };
  readonly SecurityLevel: { readonly tc128: Opaque };
  readonly CoeffModulus: { BFVDefault(n: number, level: Opaque): { toArray(): BigUint64Array } };
  readonly PlainModulus: { Batching(n: number, bits: number): Opaque };
  EncryptionParameters(scheme: Opaque): Parms;
  Context(parms: Parms, expand: boolean, level: Opaque): Opaque;
  KeyGenerator(context: Opaque): { createPublicKey(): Opaque };
  BatchEncoder(context: Opaque): { encode(values: Int32Array): Opaque };
  Encryptor(context: Opaque, key: Opaque): { encrypt(plain: Opaque): Opaque };
  Evaluator(context: Opaque): Transforms;
  CipherText(): Opaque;
}

/**
 * Loads node-seal, an independent engine (Microsoft SEAL 4 in WebAssembly, one thread).
 * @throws 'missing-peer'
 */
async function loadSeal(): Promise<Seal> {
  try {
    const { default: SEAL } = (await import('node-seal' as string)) as { default: () => Promise<Seal> };
    return await SEAL();
  } catch {
    throw new HesperError('missing-peer', 'node-seal is needed for comparison', {
      wanted: 'node-seal 6.0.3',
      remedy: 'Run `npm i -D node-seal@6.0.3`, or bench without a peer by --no-peer',
    });
  }
}

/** The peer's NTT at ring degree n, taken as ciphertext transforms divided by 2 L. */
export async function peerNtt(n: number): Promise<PeerNtt> {
  const seal = await loadSeal();
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
    version: installedVersion(),
    chain,
    transforms: 2 * data,
    forward: () => evaluator.cipherTransformToNtt(cipher, into),
    inverse: () => evaluator.cipherTransformFromNtt(transformed, into),
  };
}

const installedVersion = (): string => createRequire(import.meta.url)('node-seal/package.json').version;
