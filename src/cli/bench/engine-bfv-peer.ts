import type { BfvOp, IntegerSamples } from './engine-bfv-ops.ts';
import type { TimedOp } from './engine-ops.ts';
import { type SealEngine, sealContext, startSeal } from './engine-peer.ts';
import type { Chain } from './engine-terms.ts';
import type { Held } from './seal.ts';

/**
 * node-seal's BFV over a chain. Every result goes into an object that is used again. Products with a vector are in NTT
 * form, the vector transformed beforehand, as on our side.
 * @throws 'missing-peer'
 */
export async function peerBfvEngine(n: number, chain: Chain, samples: IntegerSamples): Promise<SealEngine<BfvOp>> {
  const { seal, keep, version, dispose } = await startSeal();
  const { context, primes } = sealContext({ seal, keep }, n, chain, samples.t);
  const generator = keep(seal.KeyGenerator(context));
  const secret = keep(generator.secretKey());
  const relin = keep(generator.createRelinKeys());
  const galois = keep(generator.createGaloisKeys(Int32Array.of(1)));
  const encoder = keep(seal.BatchEncoder(context));
  const encryptor = keep(seal.Encryptor(context, keep(generator.createPublicKey()), secret));
  const decryptor = keep(seal.Decryptor(context, secret));
  const evaluator = keep(seal.Evaluator(context));
  const [into, between, opened] = [keep(seal.CipherText()), keep(seal.CipherText()), keep(seal.PlainText())];
  const message = keep(seal.PlainText());
  const [x, y, weights] = [samples.x, samples.y, samples.weights].map((v) => Int32Array.from(v)) as [
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  const encode = (values: Int32Array): Held => keep(encoder.encode(values));
  const [a, b] = [keep(encryptor.encrypt(encode(x))), keep(encryptor.encrypt(encode(y)))];
  const three = keep(evaluator.multiply(a, b));
  const factor = keep(evaluator.plainTransformToNtt(encode(weights), keep(a.parmsId)));

  const slots = (cipher: Held): Float64Array => {
    decryptor.decrypt(cipher, opened);
    return Float64Array.from(encoder.decode(opened, true));
  };
  /** Writes `into`, which is then opened. */
  const writes = (run: () => unknown, open: () => Float64Array = () => slots(into)): TimedOp => ({
    per: 1,
    run: () => void run(),
    results: () => {
      run();
      return [open()];
    },
  });
  const ops: Readonly<Record<BfvOp, TimedOp>> = {
    encode: writes(
      () => encoder.encode(x, message),
      () => Float64Array.from(encoder.decode(message, true)),
    ),
    'encrypt-symmetric': writes(() => {
      encoder.encode(x, message);
      encryptor.encryptSymmetric(message, into);
    }),
    'encrypt-public': writes(() => {
      encoder.encode(x, message);
      encryptor.encrypt(message, into);
    }),
    decrypt: { per: 1, run: () => void slots(a), results: () => [slots(a)] },
    add: writes(() => evaluator.add(a, b, into)),
    'multiply-plain': writes(
      () => {
        evaluator.cipherTransformToNtt(a, between);
        evaluator.multiplyPlain(between, factor, into);
      },
      () => {
        evaluator.cipherTransformFromNtt(into, between);
        return slots(between);
      },
    ),
    'multiply-relinearize': writes(() => {
      evaluator.multiply(a, b, between);
      evaluator.relinearize(between, relin, into);
    }),
    square: writes(() => evaluator.square(a, into)),
    relinearize: writes(() => evaluator.relinearize(three, relin, into)),
    'switch-modulus': writes(() => evaluator.cipherModSwitchToNext(a, into)),
    rotate: writes(() => evaluator.rotateRows(a, 1, galois, into)),
  };
  return { version, primes, ops, dispose };
}
