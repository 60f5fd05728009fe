/**
 * How speed is measured here: both sides warm, result objects reused, samples of at least 15 ms taken in turn
 * (ours, peer, peer, ours, ...), the least of at least 9 each. One thread is measured in process CPU time, several in
 * wall-clock time.
 */
export interface Sampled {
  readonly microseconds: number;
  readonly samples: number;
}

const MIN_SAMPLES = 9;
const SAMPLE_MS = 15;

export const clockFor = (threads: number): 'cpu' | 'wall' => (threads === 1 ? 'cpu' : 'wall');

/** Times every function and returns the least time per call of each, in the order given. */
export function measureInTurn(
  functions: readonly (() => void)[],
  clock: 'cpu' | 'wall',
  samples = MIN_SAMPLES,
): Sampled[] {
  const now = clock === 'cpu' ? cpuMs : () => performance.now();
  const repeats = functions.map((f) => repeatsFor(f, now));
  const best = functions.map(() => Number.POSITIVE_INFINITY);
  for (let s = 0; s < samples; s++) {
    const order = functions.map((_, i) => (s % 2 === 0 ? i : functions.length - 1 - i));
    for (const i of order) best[i] = Math.min(best[i]!, sample(functions[i]!, repeats[i]!, now));
  }
  return best.map((ms) => ({ microseconds: round(ms * 1000), samples }));
}

function sample(f: () => void, repeats: number, now: () => number): number {
  const start = now();
  for (let r = 0; r < repeats; r++) f();
  return (now() - start) / repeats;
}

/** Warms up, and finds how many calls fill a sample. */
function repeatsFor(f: () => void, now: () => number): number {
  f();
  for (let repeats = 1; ; repeats *= 2) {
    const each = sample(f, repeats, now);
    if (each * repeats >= SAMPLE_MS) return Math.max(1, Math.ceil((SAMPLE_MS * 1.2) / each));
  }
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Three significant digits are more than a shared machine gives. */
export const round = (x: number): number => Number(x.toPrecision(4));

/** One row of `hesper bench`. Absent values are null. */
export interface BenchRow {
  readonly op: string;
  readonly scheme: string | null;
  readonly kernel: string;
  readonly n: number;
  readonly logQ: number | null;
  readonly dataBits: number | null;
  readonly chain: readonly number[] | null;
  readonly threads: number;
  readonly microseconds: number;
  readonly samples: number;
  readonly peer: string | null;
  readonly peerVersion: string | null;
  readonly peerChain: readonly number[] | null;
  readonly peerMicroseconds: number | null;
  readonly ratio: number | null;
  readonly [more: string]: unknown;
}

/** A row without a peer. */
export const ownRow = (
  row: Pick<BenchRow, 'op' | 'kernel' | 'n' | 'threads' | 'microseconds' | 'samples'> & Record<string, unknown>,
): BenchRow => ({
  scheme: null,
  logQ: null,
  dataBits: null,
  chain: null,
  peer: null,
  peerVersion: null,
  peerChain: null,
  peerMicroseconds: null,
  ratio: null,
  ...row,
});
