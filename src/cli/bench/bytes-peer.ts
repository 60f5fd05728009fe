import { type Held, loadSeal, type Seal, type SealContext, sealVersion } from './seal.ts';

/** Something of node-seal that can be saved. */
interface Saved extends Held {
  saveArray(compression: Held): Uint8Array;
}

/** The functions of node-seal 6.0.3 that save. */
interface SavingSeal extends Seal {
  readonly ComprModeType: { readonly none: Held; readonly zstd: Held };
}

interface SavingKeys {
  createRelinKeys(): Saved;
  createRelinKeysSerializable(): Saved;
}

interface SavingEncryptor {
  encryptSymmetric(plain: Held): Saved;
  encryptSymmetricSerializable(plain: Held): Saved;
}

/** Bytes of one object in SEAL's format: every half in full; with seeds; with seeds and zstd. */
export interface SealSizes {
  readonly full: number;
  readonly seeded: number;
  readonly seededZstd: number;
}

export interface PeerSizes {
  readonly version: string;
  readonly ciphertext: SealSizes;
  readonly relinearizationKey: SealSizes;
}

/** A ciphertext and a relinearisation key of node-seal over primes of these bits, the last one special. */
export async function peerSizes(scheme: 'ckks' | 'bfv', n: number, bits: readonly number[]): Promise<PeerSizes> {
  const seal = (await loadSeal()) as SavingSeal;
  const context = contextOf(seal, scheme, n, bits);
  const keys = seal.KeyGenerator(context);
  const encryptor = seal.Encryptor(context, keys.createPublicKey(), keys.secretKey()) as unknown as SavingEncryptor;
  const plain = message(seal, context, scheme, n);
  const sizes = (whole: Saved, seeded: Saved): SealSizes => ({
    full: whole.saveArray(seal.ComprModeType.none).length,
    seeded: seeded.saveArray(seal.ComprModeType.none).length,
    seededZstd: seeded.saveArray(seal.ComprModeType.zstd).length,
  });
  const saving = keys as unknown as SavingKeys;
  return {
    version: sealVersion(),
    ciphertext: sizes(encryptor.encryptSymmetric(plain), encryptor.encryptSymmetricSerializable(plain)),
    relinearizationKey: sizes(saving.createRelinKeys(), saving.createRelinKeysSerializable()),
  };
}

function contextOf(seal: Seal, scheme: 'ckks' | 'bfv', n: number, bits: readonly number[]): SealContext {
  const parms = seal.EncryptionParameters(seal.SchemeType[scheme]);
  parms.setPolyModulusDegree(n);
  parms.setCoeffModulus(seal.CoeffModulus.Create(n, Int32Array.from(bits)));
  if (scheme === 'bfv') parms.setPlainModulus(seal.PlainModulus.Batching(n, 20));
  return seal.Context(parms, true, seal.SecurityLevel.tc128);
}

function message(seal: Seal, context: SealContext, scheme: 'ckks' | 'bfv', n: number): Held {
  const numbers = Array.from({ length: n / 2 }, (_, j) => (j * 37) % 101);
  if (scheme === 'bfv') return seal.BatchEncoder(context).encode(Int32Array.from(numbers));
  return seal.CKKSEncoder(context).encode(Float64Array.from(numbers), 2 ** 30);
}
