/** What the types of `hesper/he` refuse. Read by tsc, never run: each marked line has to be an error, and no other may be. */
import {
  type Ciphertext,
  type Context,
  type chooseCkksParameters,
  createBfvEvaluator,
  createCkksEvaluator,
  createContext,
  createParameters,
  decode,
  decryptIntegers,
  decryptPrivate,
  encode,
  encodeIntegers,
  encryptIntegers,
  encryptPublic,
  encryptSymmetric,
  type GaloisKeys,
  type Kernel,
  KeyGenerator,
  loadCiphertexts,
  loadIntegerCiphertexts,
  loadParameters,
  loadPublicKey,
  type Parameters,
  type ParametersLiteral,
  type PublicKey,
  type RelinearizationKey,
  type Scheme,
  type SecretKey,
} from 'hesper/he';

/** Whether two types are the same, not only assignable. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Same<A, B>): void => {};

export function parametersOf(literal: ParametersLiteral, moduli: readonly number[], bytes: Uint8Array): void {
  const primes = [12289];
  const ckks = createParameters({ ringDegree: 1024, dataPrimes: primes });
  const bfv = createParameters({ ringDegree: 1024, dataPrimes: primes, plaintextModuli: [257] });
  const listed = createParameters({ ringDegree: 1024, dataPrimes: primes, plaintextModuli: moduli });
  const either = createParameters(literal);
  same<typeof ckks, Parameters<'ckks'>>(true);
  same<typeof bfv, Parameters<'bfv'>>(true);
  same<typeof listed, Parameters<'bfv'>>(true);
  same<typeof either, Parameters<Scheme>>(true);
  same<ReturnType<typeof chooseCkksParameters>, Parameters<'ckks'>>(true);
  same<ReturnType<typeof loadParameters>, Parameters<Scheme>>(true);
  // @ts-expect-error the literal has plaintext moduli
  const wrong: Parameters<'ckks'> = bfv;
  // @ts-expect-error bytes do not say at compile time which scheme they are of
  const unknown: Parameters<'bfv'> = loadParameters(bytes);
  void [wrong, unknown];
}

export function contextsOf(kernel: Kernel, parameters: Parameters<'ckks'>, received: Parameters): void {
  const context = createContext(parameters, kernel);
  same<typeof context, Context<'ckks'>>(true);
  const unknown = createContext(received, kernel);
  createCkksEvaluator(context);
  createCkksEvaluator(unknown.ofScheme('ckks'));
  // @ts-expect-error the scheme has to be looked at first
  createCkksEvaluator(unknown);
  // @ts-expect-error the other scheme
  createBfvEvaluator(context);
}

export function evaluatorsOf(ckks: Context<'ckks'>, bfv: Context<'bfv'>): void {
  const approximate = createCkksEvaluator(ckks);
  const exact = createBfvEvaluator(bfv);
  const reals = encryptSymmetric(new KeyGenerator(ckks).secretKey(), [Float64Array.of(1)], { scale: 2 ** 30 });
  const integers = encryptIntegers(new KeyGenerator(bfv).secretKey(), [[1n]], { encoding: 'slots' })[0]!;
  same<(typeof reals)[number], Ciphertext<'ckks', 'ntt'>>(true);
  same<(typeof integers)[number], Ciphertext<'bfv', 'coefficient'>>(true);
  approximate.squareAll(reals);
  exact.squareAll(exact.squareAll(integers));
  // @ts-expect-error which steps?
  approximate.rotateMany(reals);
  // @ts-expect-error reals and integers do not mix
  approximate.squareAll(integers);
  // @ts-expect-error nor the other way round
  exact.squareAll(reals);
  // @ts-expect-error not even in one list
  exact.linear([...integers, ...reals], { rows: [] });
}

export function formsOf(ckks: Context<'ckks'>, stored: Ciphertext<'ckks', 'coefficient'>): void {
  const evaluator = createCkksEvaluator(ckks);
  const anyForm: Ciphertext<'ckks', 'ntt' | 'coefficient'> = stored;
  // @ts-expect-error the verbs of CKKS work on transformed polynomials
  evaluator.rotateMany([stored], [1]);
  // @ts-expect-error which may be either is not known to be transformed
  evaluator.rescaleAll([anyForm]);
  const both: Ciphertext<'bfv'> = {} as Ciphertext<'bfv', 'ntt'>;
  // @ts-expect-error the type says coefficients
  const coefficients: Ciphertext<'bfv', 'coefficient'> = both;
  void coefficients;
}

export function keysOf(
  ckks: Context<'ckks'>,
  bfv: Context<'bfv'>,
  keys: { relinearization: RelinearizationKey<'bfv'>; rotations: GaloisKeys<'bfv'>; secret: SecretKey<'bfv'> },
): void {
  createBfvEvaluator(bfv, { relinearizationKey: keys.relinearization, galoisKeys: keys.rotations });
  // @ts-expect-error a key of the other scheme
  createCkksEvaluator(ckks, { relinearizationKey: keys.relinearization });
  // @ts-expect-error likewise
  createCkksEvaluator(ckks, { galoisKeys: keys.rotations });
  // @ts-expect-error likewise
  new KeyGenerator(ckks).publicKey(keys.secret);
  // @ts-expect-error likewise
  encryptSymmetric(keys.secret, [Float64Array.of(1)], { scale: 2 ** 30 });
}

export function messagesOf(
  ckks: Context<'ckks'>,
  bfv: Context<'bfv'>,
  publicKey: { ckks: PublicKey<'ckks'>; bfv: PublicKey<'bfv'> },
): void {
  const plaintexts = encode(ckks, [Float64Array.of(1)], { scale: 2 ** 30 });
  decode(plaintexts);
  encryptPublic(publicKey.ckks, plaintexts);
  // @ts-expect-error slots of reals have no place under BFV
  encode(bfv, [Float64Array.of(1)], { scale: 2 ** 30 });
  // @ts-expect-error integers have none under CKKS
  encodeIntegers(ckks, [[1n]], { encoding: 'slots' });
  // @ts-expect-error a public key of the other scheme
  encryptPublic(publicKey.bfv, plaintexts);
}

export function decryptionOf(
  secret: { ckks: SecretKey<'ckks'>; bfv: SecretKey<'bfv'> },
  ct: { ckks: Ciphertext<'ckks'>; bfv: Ciphertext<'bfv'>; any: Ciphertext },
): void {
  decryptPrivate(secret.ckks, [ct.ckks]);
  decryptIntegers(secret.bfv, [[ct.bfv]], { encoding: 'slots' });
  // @ts-expect-error integers are decrypted by decryptIntegers
  decryptPrivate(secret.ckks, [ct.bfv]);
  // @ts-expect-error reals by decryptPrivate
  decryptIntegers(secret.bfv, [[ct.ckks]], { encoding: 'slots' });
  // @ts-expect-error a key of the other scheme
  decryptPrivate(secret.bfv, [ct.ckks]);
  // @ts-expect-error which scheme it is of is not known
  decryptPrivate(secret.ckks, [ct.any]);
}

export function bytesOf(ckks: Context<'ckks'>, bfv: Context<'bfv'>, bytes: Uint8Array): void {
  const key = loadPublicKey(bfv, bytes);
  same<typeof key, PublicKey<'bfv'>>(true);
  // @ts-expect-error integers come by loadIntegerCiphertexts
  loadCiphertexts(bfv, bytes);
  // @ts-expect-error reals by loadCiphertexts
  loadIntegerCiphertexts(ckks, bytes);
}
