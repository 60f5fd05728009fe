import { createRequire } from 'node:module';
import { HesperError } from '../../errors.ts';

/** An object in node-seal's memory. */
export interface Held {
  delete(): void;
}

/** A ciphertext; `parmsId` names its modulus. */
export interface SealCipher extends Held {
  readonly parmsId: Held;
}

export interface SealVector extends Held {
  toArray(): BigUint64Array;
}

interface Parms extends Held {
  setPolyModulusDegree(n: number): void;
  setCoeffModulus(modulus: Held): void;
  setPlainModulus(modulus: Held): void;
}

export interface SealContext extends Held {
  parametersSet(): boolean;
}

export interface SealKeyGenerator extends Held {
  secretKey(): Held;
  createPublicKey(): Held;
  createRelinKeys(): Held;
  createGaloisKeys(steps: Int32Array): Held;
}

/** Where a destination can be given it is written and nothing is returned. */
export interface SealEvaluator extends Held {
  add(a: Held, b: Held, into?: Held): Held;
  multiply(a: Held, b: Held, into?: Held): Held;
  addPlain(a: Held, plain: Held, into?: Held): Held;
  multiplyPlain(a: Held, plain: Held, into?: Held): Held;
  relinearize(a: Held, keys: Held, into?: Held): Held;
  rescaleToNext(a: Held, into?: Held): Held;
  square(a: Held, into?: Held): Held;
  cipherModSwitchToNext(a: Held, into?: Held): Held;
  plainTransformToNtt(plain: Held, parmsId: Held): Held;
  rotateRows(a: Held, steps: number, keys: Held, into?: Held): Held;
  rotateColumns(a: Held, keys: Held, into?: Held): Held;
  rotateVector(a: Held, steps: number, keys: Held, into?: Held): Held;
  cipherTransformToNtt(cipher: Held, into?: Held): Held;
  cipherTransformFromNtt(cipher: Held, into?: Held): Held;
}

/** The few functions of node-seal that are used here: its own types do not resolve. */
export interface Seal {
  readonly SchemeType: { readonly bfv: Held; readonly ckks: Held };
  readonly SecurityLevel: { readonly tc128: Held };
  readonly CoeffModulus: {
    BFVDefault(n: number, level: Held): SealVector;
    Create(n: number, bits: Int32Array): SealVector;
  };
  readonly PlainModulus: { Batching(n: number, bits: number): Held };
  EncryptionParameters(scheme: Held): Parms;
  Context(parms: Parms, expand: boolean, level: Held): SealContext;
  KeyGenerator(context: SealContext): SealKeyGenerator;
  Modulus(value: bigint): Held;
  BatchEncoder(context: SealContext): Held & {
    encode(values: Int32Array, into?: Held): Held;
    decode(plain: Held, signed: boolean): Int32Array;
  };
  CKKSEncoder(context: SealContext): Held & {
    encode(values: Float64Array, scale: number, into?: Held): Held;
    decode(plain: Held): Float64Array;
  };
  Encryptor(
    context: SealContext,
    publicKey: Held,
    secretKey?: Held,
  ): Held & { encrypt(plain: Held, into?: Held): SealCipher; encryptSymmetric(plain: Held, into?: Held): SealCipher };
  Decryptor(context: SealContext, secretKey: Held): Held & { decrypt(cipher: Held, into?: Held): Held };
  Evaluator(context: SealContext): SealEvaluator;
  CipherText(): SealCipher;
  PlainText(): Held;
}

/**
 * Loads node-seal, an independent engine (Microsoft SEAL in WebAssembly, one thread).
 * @throws 'missing-peer'
 */
export async function loadSeal(): Promise<Seal> {
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

export const sealVersion = (): string => createRequire(import.meta.url)('node-seal/package.json').version;
