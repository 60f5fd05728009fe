/** The transform in a browser: ours in both forms, and node-seal's, on one thread of one worker, in turn. */
import SEAL from 'node-seal/throws_wasm_worker_es.js';
import { nttOf } from '../src/cli/bench/peer-ntt.ts';
import type { Seal } from '../src/cli/bench/seal.ts';
import { type Kernel, loadKernel } from '../src/he.ts';
import { generatePrimes, primitiveRoot } from '../src/ring/primes.ts';

export interface Timed {
  readonly op: 'ntt-forward' | 'ntt-inverse';
  readonly features: readonly string[];
  /** Per transform of one prime: the least and the middle of all samples. */
  readonly microseconds: number;
  readonly medianMicroseconds: number;
  readonly samples: number;
}

interface Work {
  readonly op: Timed['op'];
  readonly features: readonly string[];
  readonly transforms: number;
  readonly run: () => void;
}

const LIST = 8;
const SAMPLE_MS = 2;

/** Bits of the primes, and the times of all three. */
export async function measure(
  n: number,
  bits: number,
  seconds: number,
): Promise<{ times: Timed[]; peerChain: readonly number[] }> {
  const relaxed = await loadKernel({ threads: 1 });
  const plain = await loadKernel({ threads: 1, features: { relaxed: false } });
  const seal = (await (SEAL as unknown as () => Promise<Seal>)()) as Seal;
  const peer = nttOf(seal, n);
  const theirs = { features: ['node-seal'], transforms: peer.transforms };
  const work: Work[] = [
    ...transformsOf(relaxed, n, bits),
    ...transformsOf(plain, n, bits),
    { op: 'ntt-forward', ...theirs, run: peer.forward },
    { op: 'ntt-inverse', ...theirs, run: peer.inverse },
  ];
  return { times: timed(work, seconds), peerChain: peer.chain };
}

/** One job of several rows: the border is crossed once, as it is in use. A round trip must be the identity. */
function transformsOf(kernel: Kernel, n: number, bits: number): Work[] {
  const [prime] = generatePrimes(n, [bits]) as [number];
  const ring = kernel.createRing(n, [prime], [primitiveRoot(prime, n)]);
  const basis = Int32Array.of(0);
  const pattern = Float64Array.from({ length: n }, (_, i) => ((i * 2654435761) % prime) - (prime - 1) / 2);
  const list = Int32Array.from({ length: LIST }, () => kernel.allocate(n));
  for (const handle of list) kernel.write(handle, 0, pattern);
  const forward = (): void => kernel.nttForward(ring, list, basis, 1);
  const inverse = (): void => kernel.nttInverse(ring, list, basis, 1);
  forward();
  const there = new Float64Array(n);
  kernel.read(list[0]!, 0, there);
  inverse();
  const back = new Float64Array(n);
  kernel.read(list[LIST - 1]!, 0, back);
  if (there.every((x, i) => x === pattern[i])) throw new Error('the transform does nothing');
  if (back.some((x, i) => x !== pattern[i])) throw new Error('inverse NTT of NTT is not the identity');
  const common = { features: kernel.features, transforms: LIST };
  return [
    { op: 'ntt-forward', ...common, run: forward },
    { op: 'ntt-inverse', ...common, run: inverse },
  ];
}

/** Short samples in turn, so that other work on the machine misses some of each. */
function timed(work: readonly Work[], seconds: number): Timed[] {
  const repeats = work.map(({ run }) => Math.max(1, Math.ceil(SAMPLE_MS / sample(run, 20))));
  const samples = work.map((): number[] => []);
  const end = performance.now() + 1000 * seconds;
  while (performance.now() < end) for (const [i, { run }] of work.entries()) samples[i]!.push(sample(run, repeats[i]!));
  return work.map(({ op, features, transforms }, i) => {
    const sorted = samples[i]!.sort((a, b) => a - b).map((ms) => (1000 * ms) / transforms);
    const middle = sorted[Math.floor(sorted.length / 2)]!;
    return { op, features, microseconds: sorted[0]!, medianMicroseconds: middle, samples: sorted.length };
  });
}

/** Milliseconds of one call. */
function sample(run: () => void, repeats: number): number {
  const start = performance.now();
  for (let i = 0; i < repeats; i++) run();
  return (performance.now() - start) / repeats;
}
