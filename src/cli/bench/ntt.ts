import { HesperError } from '../../errors.ts';
import { generatePrimes, type Kernel } from '../../he.ts';
import { primitiveRoot } from '../../ring/primes.ts';
import { type BenchRow, clockFor, measureInTurn, ownRow, round } from './harness.ts';
import type { BenchOptions } from './options.ts';
import { peerNtt } from './peer.ts';
import { perThreads } from './threads.ts';

/** One prime: our forward and inverse transform beside node-seal's (one thread), in turn. */
export const benchNtt = (options: BenchOptions): Promise<{ kernel: Kernel; rows: BenchRow[] }> =>
  perThreads(options, [1], async (kernel) => {
    const rows: BenchRow[] = [];
    for (const n of options.degrees ?? [4096, 8192, 16384]) rows.push(...(await benchDegree(kernel, n, options.peer)));
    return rows;
  });

async function benchDegree(kernel: Kernel, n: number, withPeer: boolean): Promise<BenchRow[]> {
  const [prime] = generatePrimes(n, [47]) as [number];
  const ring = kernel.createRing(n, [prime], [primitiveRoot(prime, n)]);
  const basis = Int32Array.of(0);
  // One job of 8 transforms a thread, all of one prime: the border is crossed once, as it is in use.
  const list = Int32Array.from({ length: 8 * kernel.threads }, (_, k) => filled(kernel, n, prime, k));
  const before = new Float64Array(n);
  kernel.read(list[7]!, 0, before);
  const peer = withPeer ? await peerNtt(n) : null;
  const times = measureInTurn(
    [
      () => kernel.nttForward(ring, list, basis, 1),
      () => kernel.nttInverse(ring, list, basis, 1),
      ...(peer ? [peer.forward, peer.inverse] : []),
    ],
    clockFor(kernel.threads),
  );
  checkRoundTrip(kernel, ring, list, basis, n, prime);
  kernel.destroyRing(ring);
  for (const h of list) kernel.release(h);
  return (['ntt-forward', 'ntt-inverse'] as const).map((op, i) => {
    const microseconds = round(times[i]!.microseconds / list.length);
    const peerMicroseconds = peer ? round(times[i + 2]!.microseconds / peer.transforms) : null;
    return ownRow({
      op,
      kernel: kernel.variant,
      n,
      logQ: round(Math.log2(prime)),
      dataBits: round(Math.log2(prime)),
      chain: [round(Math.log2(prime))],
      threads: kernel.threads,
      microseconds,
      samples: times[i]!.samples,
      peer: peer ? 'node-seal' : null,
      peerVersion: peer?.version ?? null,
      peerChain: peer?.chain ?? null,
      peerMicroseconds,
      ratio: peerMicroseconds && round(peerMicroseconds / microseconds),
    });
  });
}

function filled(kernel: Kernel, n: number, prime: number, seed: number): number {
  const handle = kernel.allocate(n);
  kernel.write(handle, 0, pattern(n, prime, seed));
  return handle;
}

const pattern = (n: number, prime: number, seed: number): Float64Array =>
  Float64Array.from({ length: n }, (_, i) => ((i * 2654435761 + seed * 40503) % prime) - (prime - 1) / 2);

/** The timed buffers have been through thousands of transforms both ways; a fresh round trip must be the identity. */
function checkRoundTrip(
  kernel: Kernel,
  ring: number,
  list: Int32Array,
  basis: Int32Array,
  n: number,
  prime: number,
): void {
  const want = pattern(n, prime, 99);
  const got = new Float64Array(n);
  for (const h of list) kernel.write(h, 0, want);
  kernel.nttForward(ring, list, basis, 1);
  kernel.nttInverse(ring, list, basis, 1);
  for (const h of list) {
    kernel.read(h, 0, got);
    if (got.some((x, i) => x !== want[i])) {
      throw new HesperError('kernel-failure', 'inverse NTT of NTT is not the identity', {
        met: kernel.variant,
        remedy: 'Report it with the output of `hesper doctor`',
      });
    }
  }
}
