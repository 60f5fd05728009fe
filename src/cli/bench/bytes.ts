import {
  type Ciphertext,
  type Context,
  createContext,
  createParameters,
  encryptIntegers,
  encryptIntegersToBytes,
  encryptSymmetric,
  encryptSymmetricSeededToBytes,
  type Form,
  generatePrimes,
  type Kernel,
  KeyGenerator,
  loadCiphertexts,
  loadGaloisKeys,
  loadIntegerCiphertexts,
  loadRelinearizationKey,
  type Scheme,
  type SecretKey,
  saveCiphertexts,
  saveGaloisKeys,
  saveRelinearizationKey,
} from '../../he.ts';
import { type PeerSizes, peerSizes, type SealSizes } from './bytes-peer.ts';
import { type BenchRow, clockFor, measureInTurn, ownRow, round } from './harness.ts';
import type { BenchOptions } from './options.ts';
import { perThreads } from './threads.ts';

/** Ciphertexts in a batch. */
const BATCH = 8;
/** Bits of the data primes; behind them one special prime, as in SEAL. */
const chains: Readonly<Record<number, readonly number[]>> = {
  8192: [40, 40, 40, 44],
  32768: [44, 44, 44, 44, 44, 44, 44, 44, 44, 44, 47],
};

/**
 * Packed bytes to checked residues in the kernel's memory and back, GB/s: the rows alone, whole objects (with transforms
 * where they are kept in NTT form), objects with seeds (with their expansion). Sizes beside those of SEAL's format.
 */
export const benchBytes = (options: BenchOptions): Promise<{ kernel: Kernel; rows: BenchRow[] }> =>
  perThreads(options, [1], async (kernel) => {
    const rows: BenchRow[] = [];
    for (const n of options.degrees ?? [8192, 32768])
      for (const scheme of (options.schemes ?? ['ckks', 'bfv']) as Scheme[])
        rows.push(...(await benchObjects(kernel, scheme, n, options)));
    return rows;
  });

/** One kind of object: bytes that are there, and the two ways, if both exist. */
interface Case {
  readonly what: string;
  readonly bytes: number;
  readonly load: () => void;
  readonly store?: () => void;
  readonly sizes?: SealSizes | undefined;
  /** How many of SEAL's objects these bytes are. */
  readonly count?: number;
}

async function benchObjects(kernel: Kernel, scheme: Scheme, n: number, options: BenchOptions): Promise<BenchRow[]> {
  const chain = chains[n] ?? chains[8192]!;
  const primes = generatePrimes(n, scheme === 'bfv' ? [...chain, 20] : chain);
  const parameters = createParameters({
    ringDegree: n,
    dataPrimes: primes.slice(0, chain.length - 1),
    specialPrimes: primes.slice(chain.length - 1, chain.length),
    ...(scheme === 'bfv' ? { plaintextModuli: primes.slice(chain.length) } : {}),
  });
  const context = createContext(parameters, kernel);
  const peer = options.peer ? await peerSizes(scheme, n, chain) : undefined;
  const { cases, dispose } = makeCases(context, peer);
  const ways = cases.flatMap(({ what, load, store, ...facts }) => [
    { op: `load ${what}`, run: load, ...facts },
    ...(store ? [{ op: `store ${what}`, run: store, ...facts }] : []),
  ]);
  const times = measureInTurn(
    ways.map(({ run }) => run),
    clockFor(kernel.threads),
    options.samples,
  );
  dispose();
  context.dispose();
  return ways.map(({ op, bytes, sizes, count = 1 }, i) => {
    const { microseconds, samples } = times[i]!;
    const facts = { op, kernel: kernel.variant, n, threads: kernel.threads, microseconds, samples, scheme };
    const each = bytes / count;
    return ownRow({
      ...facts,
      chain,
      bytes: each,
      gbPerSecond: round(bytes / (1000 * microseconds)),
      ...(sizes && peer ? beside(each, op, sizes, peer.version) : {}),
    });
  });
}

/** Ratios of bytes: in full to in full, seeded (as keys are) to all three. */
function beside(bytes: number, op: string, sizes: SealSizes, version: string): Partial<BenchRow> {
  const ratio = (to: number): number => round(bytes / to);
  const seeded = { ratioToSeeded: ratio(sizes.seeded), ratioToSeededZstd: ratio(sizes.seededZstd) };
  const facts = { peer: 'node-seal', peerVersion: version, peerBytes: sizes, ratioToFull: ratio(sizes.full) };
  return / ciphertexts$/.test(op) && !op.includes('seeded') ? facts : { ...facts, ...seeded };
}

function makeCases(context: Context, peer: PeerSizes | undefined): { cases: Case[]; dispose: () => void } {
  const generator = new KeyGenerator(context);
  const secretKey = generator.secretKey();
  const relinearizationKey = generator.relinearizationKey(secretKey, { parts: 3 });
  const galoisKeys = generator.galoisKeys(secretKey, { steps: [1] });
  const { full, seeded, cts, load } = batches(context, secretKey);
  const rowBytes = new Uint8Array(full.length - HEAD);
  const { kernel, ring } = context;
  const basis = context.basis(context.parameters.maxLevel);
  const handles = Int32Array.from(cts, ({ handle }) => handle);
  const part = rowBytes.subarray(0, rowBytes.length / 2);
  kernel.pack(ring, part, handles, basis, 2, 0);
  const scratch = Int32Array.from(cts, () => kernel.allocate(basis.length * context.n));
  const relinearization = saveRelinearizationKey(relinearizationKey);
  const galois = saveGaloisKeys(galoisKeys);
  const into = new Uint8Array(full.length);
  const freed = (list: readonly { dispose(): void }[]): void => {
    for (const object of list) object.dispose();
  };
  const cases: Case[] = [
    {
      what: 'rows',
      bytes: part.length,
      load: () => kernel.unpack(ring, scratch, part, basis, 1, 0),
      store: () => kernel.pack(ring, part, scratch, basis, 1, 0),
    },
    {
      what: 'ciphertexts',
      bytes: full.length,
      count: BATCH,
      load: () => freed(load(full)),
      store: () => void saveCiphertexts(cts, { into }),
      sizes: peer?.ciphertext,
    },
    {
      what: 'seeded ciphertexts',
      bytes: seeded.length,
      count: BATCH,
      load: () => freed(load(seeded)),
      sizes: peer?.ciphertext,
    },
    {
      what: 'relinearisation key',
      bytes: relinearization.length,
      load: () => loadRelinearizationKey(context, relinearization).dispose(),
      store: () => void saveRelinearizationKey(relinearizationKey),
      sizes: peer?.relinearizationKey,
    },
    {
      what: 'Galois key',
      bytes: galois.length,
      load: () => loadGaloisKeys(context, galois).dispose(),
      store: () => void saveGaloisKeys(galoisKeys),
    },
  ];
  const dispose = (): void => {
    freed([...cts, galoisKeys, relinearizationKey, secretKey]);
    for (const handle of scratch) kernel.release(handle);
  };
  return { cases, dispose };
}

/** Header and shape of a batch. */
const HEAD = 64;

interface Batches {
  readonly cts: readonly Ciphertext<Scheme, Form>[];
  readonly full: Uint8Array;
  readonly seeded: Uint8Array;
  readonly load: (bytes: Uint8Array) => readonly Ciphertext<Scheme, Form>[];
}

/** The same batch in full and with seeds, and its loader. */
function batches(context: Context, secretKey: SecretKey): Batches {
  const columns = Array.from({ length: BATCH }, (_, c) =>
    Float64Array.from({ length: context.n / 2 }, (_, j) => (c * j) % 101),
  );
  if (context.parameters.scheme === 'ckks') {
    const own = { context: context as Context<'ckks'>, secretKey: secretKey as SecretKey<'ckks'> };
    const cts = encryptSymmetric(own.secretKey, columns, { scale: 2 ** 30 });
    const seeded = encryptSymmetricSeededToBytes(own.secretKey, columns, { scale: 2 ** 30 });
    return {
      cts,
      seeded,
      full: saveCiphertexts(cts),
      load: (bytes: Uint8Array) => loadCiphertexts(own.context, bytes),
    };
  }
  const own = { context: context as Context<'bfv'>, secretKey: secretKey as SecretKey<'bfv'> };
  const integers = columns.map((column) => Int32Array.from(column));
  const [cts] = encryptIntegers(own.secretKey, integers, { encoding: 'slots' });
  const [seeded] = encryptIntegersToBytes(own.secretKey, integers, { encoding: 'slots' });
  const load = (bytes: Uint8Array) => loadIntegerCiphertexts(own.context, bytes);
  return { cts: cts!, seeded: seeded!, full: saveCiphertexts(cts!), load };
}
