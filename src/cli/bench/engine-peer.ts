import type { PeerOp, PeerTimes, Samples, TimedOp } from './engine-ops.ts';
import type { Chain } from './engine-terms.ts';
import { type Held, loadSeal, type Seal, type SealContext, sealVersion } from './seal.ts';

export interface SealEngine<Op extends string> {
  readonly version: string;
  /** Data primes, then the special one. */
  readonly primes: readonly number[];
  readonly ops: Readonly<Record<Op, TimedOp>>;
  dispose(): void;
}

/**
 * node-seal's CKKS over a chain. Every result goes into an object that is used again, plaintexts are encoded
 * beforehand. It has no scalars: a constant is an encoded vector.
 * @throws 'missing-peer'
 */
export async function peerEngine(
  n: number,
  chain: Chain,
  scale: number,
  samples: Samples,
): Promise<SealEngine<PeerOp>> {
  const { seal, keep, version, dispose } = await startSeal();
  const { context, primes } = sealContext({ seal, keep }, n, chain);
  return { version, primes, ops: peerOps(seal, context, scale, samples, keep), dispose };
}

type Keep = <T extends Held>(object: T) => T;

/** node-seal; what `keep` is given is deleted by `dispose()`, the last first. @throws 'missing-peer' */
export async function startSeal(): Promise<{ seal: Seal; keep: Keep; version: string; dispose(): void }> {
  const seal = await loadSeal();
  const held: Held[] = [];
  return {
    seal,
    version: sealVersion(),
    keep: (object) => {
      held.push(object);
      return object;
    },
    dispose: () => {
      for (const object of held.splice(0).reverse()) object.delete();
    },
  };
}

/** 128 bits of security; BFV modulo t where that is given, else CKKS. */
export function sealContext(
  { seal, keep }: { readonly seal: Seal; readonly keep: Keep },
  n: number,
  { data, special }: Chain,
  t?: number,
): { context: SealContext; primes: number[] } {
  const parms = keep(seal.EncryptionParameters(t === undefined ? seal.SchemeType.ckks : seal.SchemeType.bfv));
  const modulus = keep(seal.CoeffModulus.Create(n, Int32Array.from([...data, ...special])));
  parms.setPolyModulusDegree(n);
  parms.setCoeffModulus(modulus);
  if (t !== undefined) parms.setPlainModulus(keep(seal.Modulus(BigInt(t))));
  const context = keep(seal.Context(parms, true, seal.SecurityLevel.tc128));
  return { context, primes: Array.from(modulus.toArray(), Number) };
}

function peerOps(seal: Seal, context: SealContext, scale: number, samples: Samples, keep: Keep): PeerTimes {
  const generator = keep(seal.KeyGenerator(context));
  const secret = keep(generator.secretKey());
  const relin = keep(generator.createRelinKeys());
  const galois = keep(generator.createGaloisKeys(Int32Array.of(1)));
  const encoder = keep(seal.CKKSEncoder(context));
  const encryptor = keep(seal.Encryptor(context, keep(generator.createPublicKey()), secret));
  const decryptor = keep(seal.Decryptor(context, secret));
  const evaluator = keep(seal.Evaluator(context));
  const [into, product, opened] = [keep(seal.CipherText()), keep(seal.CipherText()), keep(seal.PlainText())];
  const encode = (values: Float64Array): Held => keep(encoder.encode(values, scale));
  const [x, weights] = [encode(samples.x), encode(samples.weights)];
  const constant = encode(samples.x.map(() => samples.scalar));
  const [a, b] = [keep(encryptor.encrypt(x)), keep(encryptor.encrypt(encode(samples.y)))];
  const three = keep(evaluator.multiply(a, b));
  const two = keep(evaluator.relinearize(three, relin));
  const openedA = keep(decryptor.decrypt(a));

  const slots = (cipher: Held): Float64Array => {
    decryptor.decrypt(cipher, opened);
    return encoder.decode(opened);
  };
  /** Writes `into`, which is then opened. */
  const writes = (run: () => unknown): TimedOp => ({
    per: 1,
    run: () => void run(),
    results: () => {
      run();
      return [slots(into)];
    },
  });
  /** Makes a key, which is then tried. */
  const makes = (make: () => Held, use: (key: Held) => unknown): TimedOp => ({
    per: 1,
    run: () => make().delete(),
    results: () => {
      const key = make();
      use(key);
      key.delete();
      return [slots(into)];
    },
  });
  return {
    encode: {
      per: 1,
      run: () => void encoder.encode(samples.x, scale, opened),
      results: () => {
        encoder.encode(samples.x, scale, opened);
        return [encoder.decode(opened)];
      },
    },
    decode: { per: 1, run: () => void encoder.decode(openedA), results: () => [encoder.decode(openedA)] },
    'encrypt-symmetric': writes(() => encryptor.encryptSymmetric(x, into)),
    'encrypt-public': writes(() => encryptor.encrypt(x, into)),
    decrypt: { per: 1, run: () => void decryptor.decrypt(a, opened), results: () => [slots(a)] },
    add: writes(() => evaluator.add(a, b, into)),
    'multiply-plain': writes(() => evaluator.multiplyPlain(a, weights, into)),
    'multiply-scalar': writes(() => evaluator.multiplyPlain(a, constant, into)),
    'multiply-relinearize': writes(() => {
      evaluator.multiply(a, b, product);
      evaluator.relinearize(product, relin, into);
    }),
    relinearize: writes(() => evaluator.relinearize(three, relin, into)),
    rescale: writes(() => evaluator.rescaleToNext(two, into)),
    rotate: writes(() => evaluator.rotateVector(a, 1, galois, into)),
    'keygen-relinearization': makes(
      () => generator.createRelinKeys(),
      (key) => evaluator.relinearize(three, key, into),
    ),
    'keygen-galois': makes(
      () => generator.createGaloisKeys(Int32Array.of(1)),
      (key) => evaluator.rotateVector(a, 1, key, into),
    ),
  };
}
