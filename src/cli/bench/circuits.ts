import {
  chebyshevFit,
  evaluatePolynomial,
  type KeyNeeds,
  keysNeeded,
  type ManagedEvaluator,
  managed,
  multiplyDense,
  packDense,
  prepareDenseMatrix,
  seriesValue,
} from '../../circuits.ts';
import { HesperError } from '../../errors.ts';
import {
  type Ciphertext,
  type CkksEvaluator,
  createCkksEvaluator,
  createContext,
  createParameters,
  decryptPrivate,
  encryptSymmetric,
  galoisKeysBytes,
  generatePrimes,
  type Kernel,
  KeyGenerator,
  type Parameters,
  precisionReport,
  relinearizationKeyBytes,
} from '../../he.ts';
import { type BenchRow, clockFor, measureInTurn, ownRow, round } from './harness.ts';
import type { BenchOptions } from './options.ts';
import { perThreads } from './threads.ts';

/** A circuit of one input under encryption, with the exact answer. */
interface Problem {
  readonly op: string;
  readonly ringDegree: number;
  /** Of the primes; those of the levels are the scale's as well. */
  readonly bits: { readonly special: readonly number[]; readonly first: number; readonly levels: readonly number[] };
  readonly needs: KeyNeeds;
  readonly input: Float64Array;
  readonly exact: Float64Array;
  /** Fewer correct bits than these fail the benchmark. */
  readonly wantedBits: number;
  /** Milliseconds to lay out a matrix; its encoding is part of the first run. */
  readonly prepareMs?: number;
  run(ev: ManagedEvaluator<Ciphertext<'ckks'>>, x: Ciphertext<'ckks'>): Ciphertext<'ckks'>;
}

/** Whole circuits at 128-bit security, plaintexts prepared: fresh ciphertext in, settled ciphertext out. */
export const benchCircuits = (options: BenchOptions): Promise<{ kernel: Kernel; rows: BenchRow[] }> =>
  perThreads(options, [1, 2], async (kernel) =>
    [matrixVector(), chebyshev()]
      .filter(({ op }) => options.only?.includes(op) ?? true)
      .map((problem) => measure(kernel, problem, options.samples)),
  );

/** 1,024 x 1,024 plaintext matrix times an encrypted vector, one level. */
function matrixVector(): Problem {
  const [slots, size] = [4096, 1024];
  const values = Float64Array.from({ length: size * size }, (_, i) => Math.sin(i * (i % 1013)));
  const x = Float64Array.from({ length: size }, (_, j) => Math.cos(j));
  const start = performance.now();
  const matrix = prepareDenseMatrix(slots, { rows: size, columns: size, values });
  const prepareMs = performance.now() - start;
  return {
    op: `matvec-${size}`,
    ringDegree: 2 * slots,
    bits: { special: [48], first: 48, levels: [45] },
    needs: keysNeeded(slots, 1, (ev, [ct]) => [multiplyDense(ev, matrix, ct!)]),
    input: packDense(matrix, x),
    exact: Float64Array.from({ length: size }, (_, i) => x.reduce((sum, v, j) => sum + v * values[i * size + j]!, 0)),
    wantedBits: 20,
    prepareMs,
    run: (ev, ct) => multiplyDense(ev, matrix, ct),
  };
}

/** A Chebyshev series of degree 31, no coefficient zero, five levels. */
function chebyshev(): Problem {
  const slots = 8192;
  const series = chebyshevFit((x) => Math.exp(x) / (1.1 + Math.sin(4 * x)), 31);
  const input = Float64Array.from({ length: slots }, (_, j) => Math.sin(j));
  return {
    op: 'chebyshev-31',
    ringDegree: 2 * slots,
    bits: { special: [48, 48], first: 48, levels: [45, 45, 45, 45, 45] },
    needs: keysNeeded(slots, 1, (ev, xs) => evaluatePolynomial(ev, series, xs)),
    input,
    exact: input.map((x) => seriesValue(series, x)),
    wantedBits: 20,
    run: (ev, ct) => evaluatePolynomial(ev, series, [ct])[0]!,
  };
}

function measure(kernel: Kernel, problem: Problem, samples: number | undefined): BenchRow {
  const { special, first: base, levels } = problem.bits;
  const primes = generatePrimes(problem.ringDegree, [...special, base, ...levels]);
  const dataPrimes = primes.slice(special.length);
  const parameters = createParameters({
    ringDegree: problem.ringDegree,
    dataPrimes,
    specialPrimes: primes.slice(0, special.length),
  });
  using context = createContext(parameters, kernel);
  const generator = new KeyGenerator(context);
  using secretKey = generator.secretKey();
  using relinearizationKey = generator.relinearizationKey(secretKey);
  using galoisKeys = generator.galoisKeys(secretKey, { steps: problem.needs.rotations });
  using bare = createCkksEvaluator(context, { relinearizationKey, galoisKeys });
  const scale = 2 ** levels[0]!;
  const ev = managed(bare, { primes: dataPrimes, scale });
  const [x] = encryptSymmetric(secretKey, [problem.input], { scale });
  const first = firstRun(problem, bare, ev, x!, (ct) => decryptPrivate(secretKey, [ct]).column(0));
  const [time] = measureInTurn([() => runOnce(problem, bare, ev, x!).dispose()], clockFor(kernel.threads), samples);
  x!.dispose();
  return ownRow({
    op: problem.op,
    scheme: 'ckks',
    kernel: kernel.variant,
    n: problem.ringDegree,
    ...chainOf(parameters),
    threads: kernel.threads,
    microseconds: time!.microseconds,
    samples: time!.samples,
    levels: levels.length,
    bits: round(first.bits),
    prepareMicroseconds: problem.prepareMs === undefined ? null : round(1000 * problem.prepareMs),
    firstRunMicroseconds: round(1000 * first.firstRunMs),
    keyBytes:
      (problem.needs.relinearization ? relinearizationKeyBytes(context, 3) : 0) +
      galoisKeysBytes(context, { steps: problem.needs.rotations }),
    rotations: problem.needs.rotations.length,
  });
}

function runOnce(
  problem: Problem,
  bare: CkksEvaluator,
  ev: ManagedEvaluator<Ciphertext<'ckks'>>,
  x: Ciphertext<'ckks'>,
): Ciphertext<'ckks'> {
  return bare.scoped(() => ev.settle([problem.run(ev, x)])[0]!);
}

/** The first run encodes the plaintexts; its result has to be right. */
function firstRun(
  problem: Problem,
  bare: CkksEvaluator,
  ev: ManagedEvaluator<Ciphertext<'ckks'>>,
  x: Ciphertext<'ckks'>,
  decrypt: (ct: Ciphertext<'ckks'>) => Float64Array,
): { bits: number; firstRunMs: number } {
  const start = performance.now();
  using out = runOnce(problem, bare, ev, x);
  const firstRunMs = performance.now() - start;
  const bits = precisionReport(problem.exact, decrypt(out)).bitsMin;
  if (bits >= problem.wantedBits) return { bits, firstRunMs };
  throw new HesperError('kernel-failure', `${problem.op} is less precise than it should be`, {
    met: `${bits.toFixed(1)} bits`,
    wanted: `${problem.wantedBits} bits`,
    remedy: 'Report it with the output of `hesper doctor`',
  });
}

function chainOf({ dataPrimes, specialPrimes, logQ, logQP }: Parameters) {
  const bitsOfPrime = (p: number): number => round(Math.log2(p));
  return {
    logQ: round(logQ),
    logQP: round(logQP),
    dataBits: round(logQ),
    chain: dataPrimes.map(bitsOfPrime),
    specialChain: specialPrimes.map(bitsOfPrime),
  };
}
