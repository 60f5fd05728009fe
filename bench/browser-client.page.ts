/** What a client does, in a browser: ours with relaxed SIMD and without, and node-seal, on one thread of one worker, in turn. */
import SEAL from 'node-seal/throws_wasm_worker_es.js';
import type { Held, Seal } from '../src/cli/bench/seal.ts';
import {
  createContext,
  createParameters,
  decryptPrivate,
  encode,
  encryptPublic,
  encryptSymmetric,
  encryptSymmetricSeededToBytes,
  KeyGenerator,
} from '../src/client.ts';
import { openClientKernel } from '../src/kernel/load-client.ts';
import { generatePrimes } from '../src/ring/primes.ts';

export const operations = [
  'key generation with relinearisation key',
  'encrypt, symmetric, to bytes',
  'encrypt, symmetric',
  'encrypt, public key',
  'decrypt and decode',
] as const;
export type Operation = (typeof operations)[number];

export interface Timed {
  readonly op: Operation;
  readonly features: readonly string[];
  /** The least and the middle of all samples, a sample being one call or the mean of several. */
  readonly milliseconds: number;
  readonly medianMilliseconds: number;
  readonly samples: number;
  /** The largest error of a decrypted slot, from the operations that encrypt: it was the real thing. */
  readonly error: number | undefined;
}

interface Work {
  readonly op: Operation;
  readonly features: readonly string[];
  readonly run: () => void;
  readonly error: number | undefined;
}

const SCALE = 2 ** 40;
const SAMPLE_MS = 4;

/** `bits`: of the data primes, then of the special one. */
export async function measure(n: number, bits: readonly number[], seconds: number): Promise<Timed[]> {
  const kernels = [await openClientKernel(true), await openClientKernel(false)];
  const ours = kernels.filter((k, i) => i === 0 || k.features.join() !== kernels[0]!.features.join());
  const seal = (await (SEAL as unknown as () => Promise<Seal>)()) as Seal;
  const work = [...ours.flatMap((kernel) => clientWork(kernel, n, bits)), ...sealWork(seal, n, bits)];
  return timed(work, seconds);
}

export interface Cold {
  readonly kernel: number;
  readonly context: number;
  readonly keys: number;
  readonly encrypt: number;
  readonly decrypt: number;
}

/** The first of everything in a fresh worker, in milliseconds: nothing is compiled yet, no table made. */
export async function cold(n: number, bits: readonly number[]): Promise<Cold> {
  let last = performance.now();
  const lap = (): number => {
    const before = last;
    last = performance.now();
    return last - before;
  };
  const loaded = await openClientKernel(true);
  const kernel = lap();
  const primes = generatePrimes(n, bits);
  const literal = { ringDegree: n, dataPrimes: primes.slice(0, -1), specialPrimes: primes.slice(-1) };
  const made = createContext(createParameters(literal), loaded);
  const context = lap();
  const generator = new KeyGenerator(made);
  const secretKey = generator.secretKey();
  generator.relinearizationKey(secretKey);
  const keys = lap();
  const [ct] = encryptSymmetric(secretKey, [columnOf(n)], { scale: SCALE });
  const encrypt = lap();
  decryptPrivate(secretKey, [ct!]);
  return { kernel, context, keys, encrypt, decrypt: lap() };
}

const columnOf = (n: number): Float64Array => Float64Array.from({ length: n / 2 }, (_, i) => Math.sin(i));
const largestDifference = (a: Float64Array, b: Float64Array): number =>
  a.reduce((max, x, i) => Math.max(max, Math.abs(x - b[i]!)), 0);

function clientWork(kernel: Awaited<ReturnType<typeof openClientKernel>>, n: number, bits: readonly number[]): Work[] {
  const primes = generatePrimes(n, bits);
  const literal = { ringDegree: n, dataPrimes: primes.slice(0, -1), specialPrimes: primes.slice(-1) };
  const context = createContext(createParameters(literal), kernel);
  const generator = new KeyGenerator(context);
  const secretKey = generator.secretKey();
  const publicKey = generator.publicKey(secretKey);
  const column = columnOf(n);
  const level = context.parameters.maxLevel;
  const [ct] = encryptSymmetric(secretKey, [column], { scale: SCALE });
  const values = decryptPrivate(secretKey, [ct!]);
  const error = largestDifference(values.column(0), column);
  const work = (op: Operation, run: () => void): Work => ({ op, features: kernel.features, run, error });
  return [
    work(operations[0], () => {
      const fresh = generator.secretKey();
      generator.relinearizationKey(fresh).dispose();
      fresh.dispose();
    }),
    work(operations[1], () => void encryptSymmetricSeededToBytes(secretKey, [column], { scale: SCALE })),
    work(operations[2], () => encryptSymmetric(secretKey, [column], { scale: SCALE })[0]!.dispose()),
    work(operations[3], () => {
      const [plaintext] = encode(context, [column], { scale: SCALE, level });
      encryptPublic(publicKey, [plaintext!])[0]!.dispose();
      plaintext!.dispose();
    }),
    work(operations[4], () => decryptPrivate(secretKey, [ct!]).dispose()),
  ];
}

/** The peer encrypts to its own memory only where it is asked for bytes by another call; so the same time stands for both. */
function sealWork(seal: Seal, n: number, bits: readonly number[]): Work[] {
  const parms = seal.EncryptionParameters(seal.SchemeType.ckks);
  parms.setPolyModulusDegree(n);
  parms.setCoeffModulus(seal.CoeffModulus.Create(n, Int32Array.from(bits)));
  const context = seal.Context(parms, true, seal.SecurityLevel.tc128);
  if (!context.parametersSet()) throw new Error('node-seal refuses the parameters');
  const generator = seal.KeyGenerator(context);
  const secret = generator.secretKey();
  const encryptor = seal.Encryptor(context, generator.createPublicKey(), secret);
  const decryptor = seal.Decryptor(context, secret);
  const encoder = seal.CKKSEncoder(context);
  const column = columnOf(n);
  const [plain, opened, into] = [seal.PlainText(), seal.PlainText(), seal.CipherText()];
  const message = (): Held => {
    encoder.encode(column, SCALE, plain);
    return plain;
  };
  const cipher = encryptor.encryptSymmetric(message());
  const decrypted = (): Float64Array => {
    decryptor.decrypt(cipher, opened);
    return encoder.decode(opened);
  };
  const error = largestDifference(decrypted(), column);
  const work = (op: Operation, run: () => void): Work => ({ op, features: ['node-seal'], run, error });
  return [
    work(operations[0], () => {
      const fresh = seal.KeyGenerator(context);
      fresh.createRelinKeys().delete();
      fresh.delete();
    }),
    work(operations[2], () => void encryptor.encryptSymmetric(message(), into)),
    work(operations[3], () => void encryptor.encrypt(message(), into)),
    work(operations[4], () => void decrypted()),
  ];
}

/** Short samples in turn, so that other work on the machine misses some of each. */
function timed(work: readonly Work[], seconds: number): Timed[] {
  for (const { run } of work) sample(run, 10);
  const repeats = work.map(({ run }) => Math.max(1, Math.ceil(SAMPLE_MS / sample(run, 5))));
  const samples = work.map((): number[] => []);
  const end = performance.now() + 1000 * seconds;
  while (performance.now() < end) for (const [i, { run }] of work.entries()) samples[i]!.push(sample(run, repeats[i]!));
  return work.map(({ op, features, error }, i) => {
    const sorted = samples[i]!.sort((a, b) => a - b);
    const medianMilliseconds = sorted[Math.floor(sorted.length / 2)]!;
    return { op, features, milliseconds: sorted[0]!, medianMilliseconds, samples: sorted.length, error };
  });
}

/** Milliseconds of one call. */
function sample(run: () => void, repeats: number): number {
  const start = performance.now();
  for (let i = 0; i < repeats; i++) run();
  return (performance.now() - start) / repeats;
}
