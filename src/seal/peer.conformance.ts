import type { Held, Seal } from '../cli/bench/seal.ts';

/** node-seal for tests of exchange: the few functions that they need. */
export interface Saved extends Held {
  saveArray(compression?: Held): Uint8Array;
}

export interface Loadable extends Saved {
  loadArray(context: Held, bytes: Uint8Array): void;
}

type Op1 = (a: Held) => Loadable;
type Op2 = (a: Held, b: Held) => Loadable;

export interface PeerEvaluator extends Held {
  add: Op2;
  sub: Op2;
  negate: Op1;
  addPlain: Op2;
  subPlain: Op2;
  multiplyPlain: Op2;
  multiply: Op2;
  square: Op1;
  relinearize: Op2;
  rescaleToNext: Op1;
  cipherModSwitchToNext: Op1;
  cipherTransformToNtt: Op1;
  rotateRows(a: Held, steps: number, keys: Held): Loadable;
  rotateColumns(a: Held, keys: Held): Loadable;
  rotateVector(a: Held, steps: number, keys: Held): Loadable;
  complexConjugate(a: Held, keys: Held): Loadable;
}

interface PeerEncoder extends Held {
  encode(values: Float64Array | Int32Array, scale?: number): Loadable;
  decode(plain: Held, signed?: boolean): Float64Array | Int32Array;
}

interface PeerGenerator extends Held {
  secretKey(): Held;
  createPublicKey(): Loadable;
  createPublicKeySerializable(): Saved;
  createRelinKeys(): Loadable;
  createRelinKeysSerializable(): Saved;
  createGaloisKeys(steps?: Int32Array): Loadable;
  createGaloisKeysSerializable(steps?: Int32Array): Saved;
}

interface PeerEncryptor extends Held {
  encrypt(plain: Held): Loadable;
  encryptSymmetric(plain: Held): Loadable;
  encryptSymmetricSerializable(plain: Held): Saved;
}

interface PeerParms extends Saved {
  setPolyModulusDegree(n: number): void;
  setCoeffModulus(modulus: Held): void;
  setPlainModulus(modulus: Held): void;
  loadArray(bytes: Uint8Array): void;
}

/** The library itself, with what `Seal` leaves out. */
export type PeerLibrary = Omit<Seal, 'EncryptionParameters' | 'CipherText' | 'PlainText'> & {
  readonly ComprModeType: { readonly none: Held; readonly zlib: Held; readonly zstd: Held };
  readonly SecurityLevel: { readonly none: Held; readonly tc128: Held };
  EncryptionParameters(scheme?: Held): PeerParms;
  CipherText(): Loadable;
  PlainText(): Loadable;
  PublicKey(): Loadable;
  RelinKeys(): Loadable;
  GaloisKeys(): Loadable;
};

export interface Peer {
  readonly library: PeerLibrary;
  readonly parms: PeerParms;
  readonly context: Held & { parametersSet(): boolean };
  readonly generator: PeerGenerator;
  readonly evaluator: PeerEvaluator;
  readonly encoder: PeerEncoder;
  readonly none: Held;
  readonly isExact: boolean;
  encryptor(publicKey?: Held): PeerEncryptor;
  /** Opens a ciphertext to its slots. */
  open(ct: Held): Float64Array;
  /** The slots of a plaintext. */
  openPlain(plain: Held): Float64Array;
  /** An object read from bytes. */
  load<T extends Loadable>(empty: T, bytes: Uint8Array): T;
}

export async function loadPeer(): Promise<PeerLibrary> {
  const { default: start } = (await import('node-seal' as string)) as { default: () => Promise<PeerLibrary> };
  return await start();
}

export interface PeerShape {
  readonly n: number;
  /** Bits of data primes, then of the special one. */
  readonly bits: readonly number[];
  /** Given, the scheme is BFV. */
  readonly t?: number;
  readonly secure?: boolean;
}

/** A context of SEAL with keys of its own. */
export function openPeer(library: PeerLibrary, { n, bits, t, secure = true }: PeerShape): Peer {
  const { SchemeType, CoeffModulus } = library;
  const parms = library.EncryptionParameters(t === undefined ? SchemeType.ckks : SchemeType.bfv);
  parms.setPolyModulusDegree(n);
  parms.setCoeffModulus(CoeffModulus.Create(n, Int32Array.from(bits)));
  if (t !== undefined) parms.setPlainModulus(library.Modulus(BigInt(t)));
  return peerOf(library, parms, t !== undefined, secure);
}

/** The same from parameters that crossed as bytes. */
export function loadPeerParameters(library: PeerLibrary, bytes: Uint8Array, isExact: boolean, secure = true): Peer {
  const { SchemeType } = library;
  const parms = library.EncryptionParameters(isExact ? SchemeType.bfv : SchemeType.ckks);
  parms.loadArray(bytes);
  return peerOf(library, parms, isExact, secure);
}

function peerOf(library: PeerLibrary, parms: PeerParms, isExact: boolean, secure: boolean): Peer {
  const { SecurityLevel, ComprModeType } = library;
  const context = library.Context(parms as never, true, secure ? SecurityLevel.tc128 : SecurityLevel.none);
  const generator = library.KeyGenerator(context) as unknown as PeerGenerator;
  const secretKey = generator.secretKey();
  const encoder = (isExact ? library.BatchEncoder(context) : library.CKKSEncoder(context)) as unknown as PeerEncoder;
  const decryptor = library.Decryptor(context, secretKey);
  const openPlain = (plain: Held) => Float64Array.from(isExact ? encoder.decode(plain, true) : encoder.decode(plain));
  return {
    library,
    parms,
    context,
    generator,
    encoder,
    evaluator: library.Evaluator(context) as unknown as PeerEvaluator,
    none: ComprModeType.none,
    encryptor: (publicKey = generator.createPublicKey()) =>
      library.Encryptor(context, publicKey, secretKey) as unknown as PeerEncryptor,
    open: (ct) => openPlain(decryptor.decrypt(ct)),
    openPlain,
    isExact,
    load: (empty, bytes) => {
      empty.loadArray(context, bytes);
      return empty;
    },
  };
}
