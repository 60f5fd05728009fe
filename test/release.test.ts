import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Evaluator } from '../src/evaluator/evaluator.ts';
import { createTracer } from '../src/evaluator/trace.ts';
import type { Kernel } from '../src/kernel/kernel.ts';
import { loadKernel } from '../src/kernel/load.ts';
import { generatePrimes } from '../src/ring/primes.ts';
import { createContext } from '../src/rlwe/context.ts';
import { createParameters } from '../src/rlwe/parameters.ts';
import { decryptPrivate } from '../src/rlwe/secret/decrypt.ts';
import { encryptSymmetric } from '../src/rlwe/secret/encrypt-symmetric.ts';
import { flooding } from '../src/rlwe/secret/flooding.ts';
import { KeyGenerator } from '../src/rlwe/secret/key-generator.ts';
import { decryptForRelease } from '../src/rlwe/secret/release.ts';
import { ReleaseCounter } from '../src/rlwe/secret/release-counter.ts';
import { createCkksEvaluator } from '../src/schemes/ckks/evaluator.ts';

/** Circuits of one ciphertext, with what they compute at slot j. */
const circuits: Record<string, { run<C>(ev: Evaluator<C>, x: C): C[]; value(x: Float64Array, j: number): number }> = {
  nothing: { run: (_, x) => [x], value: (x, j) => x[j]! },
  'a square of three parts': { run: (ev, x) => ev.squareAll([x], undefined), value: (x, j) => x[j]! ** 2 },
  'a square, relinearised, rescaled and rotated': {
    run: (ev, x) => {
      const square = ev.relinearizeAll(ev.squareAll([x], undefined), undefined);
      return ev.rotateMany(ev.rescaleAll(square, undefined), [3]);
    },
    value: (x, j) => x[(j + 3) % x.length]! ** 2,
  },
};

/** At 128-bit security, from the tracer's worst case to released values. */
describe('releases of traced circuits', () => {
  const ringDegree = 16384;
  const primes = generatePrimes(ringDegree, [47, 47, 47, 47, 47, 47, 47, 48]);
  const literal = { ringDegree, dataPrimes: primes.slice(0, 6), specialPrimes: primes.slice(6) };
  const scale = 2 ** 80;
  const column = Float64Array.from({ length: ringDegree / 2 }, (_, j) => Math.sin(j));
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = await loadKernel();
  });
  afterAll(() => {
    expect(kernel.poolStats().liveBuffers).toBe(0);
    kernel.close();
  });

  it.each(Object.keys(circuits))('%s: within the declared bits; the worst case holds', async (name) => {
    const { run, value } = circuits[name]!;
    const tracer = createTracer({ ringDegree, primes: literal.dataPrimes, special: literal.specialPrimes });
    const traced = run(tracer.ev, tracer.fresh(scale, 1, 5, { encoded: true }));
    using context = createContext(createParameters(literal), kernel);
    const generator = new KeyGenerator(context);
    using secretKey = generator.secretKey();
    using relinearizationKey = generator.relinearizationKey(secretKey);
    using galoisKeys = generator.galoisKeys(secretKey, { steps: [3] });
    using ev = createCkksEvaluator(context, { relinearizationKey, galoisKeys });
    using scope = ev.scope();
    const [input] = encryptSymmetric(secretKey, [column], { scale });
    const results = run(ev, input!);
    const wanted = column.map((_, j) => value(column, j));

    using values = decryptPrivate(secretKey, results);
    const error = Math.max(...values.column(0).map((x, j) => Math.abs(x - wanted[j]!))) * results[0]!.scale;
    // Doubles know 2^-45 or so of the values: below that no error can be seen.
    expect(error).toBeLessThan(traced[0]!.worst + 2 ** -45 * results[0]!.scale);

    const { bits } = flooding(traced[0]!, { ringDegree, limit: 1024, statisticalBits: 30 });
    expect(bits).toBeGreaterThan(5);
    const counter = ReleaseCounter.start(secretKey, () => {});
    const released = await decryptForRelease(secretKey, results, { traced, counter, precisionBits: bits });
    const furthest = Math.max(...released.columns[0]!.map((x, j) => Math.abs(x - wanted[j]!)));
    expect(furthest).toBeLessThanOrEqual(2 ** -bits);
    if (results[0] !== input) input!.dispose();
    scope.dispose();
    for (const ct of results) ct.dispose();
  });
});
