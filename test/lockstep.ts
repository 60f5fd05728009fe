import { createComplexEvaluator } from '../src/evaluator/clear-complex.ts';
import type { Evaluator } from '../src/evaluator/evaluator.ts';
import { meanVariance } from '../src/evaluator/noise.ts';
import { createSimulator, type Simulated } from '../src/evaluator/simulate.ts';
import { createTracer, type FreshOptions, type Traced, type TraceOptions } from '../src/evaluator/trace.ts';
import { createSamplingTracer } from '../src/evaluator/trace-samples.ts';
import type { Arguments, ComplexVector, Verb } from '../src/evaluator/verbs.ts';
import { outputs } from '../src/evaluator/verbs.ts';
import type { OperationCounts } from '../src/evaluator/work.ts';
import type { WorkStats } from '../src/kernel/kernel.ts';
import type { Ciphertext } from '../src/rlwe/ciphertext.ts';
import { decryptPrivate } from '../src/rlwe/secret/decrypt.ts';
import type { SecretKey } from '../src/rlwe/secret/secret-key.ts';

/** One value as every interpreter has it; to circuits it looks like a ciphertext. */
export interface Locked {
  readonly real: Ciphertext<'ckks'>;
  readonly traced: Traced;
  readonly clear: ComplexVector;
  readonly simulated: Simulated | undefined;
  readonly level: number;
  readonly parts: number;
  readonly scale: number;
}

type Metadata = Pick<Locked, 'level' | 'parts' | 'scale'>;

/** What one call of a verb brought to light. Noise: mean squares and absolute values of slots, in scaled units. */
export interface Finding {
  readonly verb: Verb | 'fresh';
  readonly outputs: readonly OutputFinding[];
  readonly work: { readonly met: WorkStats; readonly traced: WorkStats };
  /** Nanoseconds: of processor time, and by the tracer's prices. */
  readonly cost: { readonly met: number; readonly traced: number };
}

export interface OutputFinding {
  readonly met: Metadata;
  readonly traced: Metadata;
  readonly simulated: Metadata | undefined;
  /** Mean square of the real part, or of one part on average where messages are complex. */
  readonly noise: { readonly met: number; readonly traced: number; readonly simulated: number | undefined };
  readonly largest: number;
  readonly worst: number;
  /** |message|: the largest, and what the tracer takes it to be. */
  readonly message: number;
  readonly bound: number;
}

export interface LockstepOptions {
  readonly ev: Evaluator<Ciphertext<'ckks'>>;
  readonly secretKey: SecretKey<'ckks'>;
  /**
   * 'static': the tracer bounds messages by itself. 'sampled': messages run along with it.
   */
  readonly bounds?: 'static' | 'sampled';
  /** Real messages and weights only. */
  readonly simulate?: boolean;
  readonly trace?: Partial<TraceOptions>;
}

export interface Lockstep {
  readonly ev: Evaluator<Locked>;
  readonly primes: readonly number[];
  readonly findings: Finding[];
  enter(real: readonly Ciphertext<'ckks'>[], clear: readonly ComplexVector[], options?: FreshOptions): Locked[];
  /** Disposes every ciphertext that came in or was made. */
  dispose(): void;
}

/**
 * Runs a circuit under encryption, in the clear, on the tracer and on the simulator at once, verb by verb, and notes
 * after each where they stand.
 */
export function createLockstep(options: LockstepOptions): Lockstep {
  const { ev: encrypted, secretKey, bounds: mode = 'static', simulate = false } = options;
  const { context } = secretKey;
  const { kernel, n } = context;
  const { dataPrimes: primes, specialPrimes: special } = context.parameters;
  const clear = createComplexEvaluator(n / 2);
  const setting = { ringDegree: n, primes, special, ...options.trace };
  const tracer = mode === 'static' ? staticTracer(setting) : samplingTracer(setting);
  const simulator = createSimulator({ ringDegree: n, primes, special, seed: 1 });
  const findings: Finding[] = [];
  const made: Ciphertext<'ckks'>[] = [];

  const run = <V extends Verb>(verb: V, cts: readonly Locked[], argument: Arguments[V]): Locked[] => {
    const values = call(
      clear,
      verb,
      cts.map((ct) => ct.clear),
      argument,
    );
    const counted = { ...tracer.count };
    const priced = tracer.cost();
    const traced = call(
      tracer.ev,
      verb,
      cts.map((ct) => ct.traced),
      argument,
    );
    const before = kernel.workStats();
    const started = process.cpuUsage();
    const real = call(
      encrypted,
      verb,
      cts.map((ct) => ct.real),
      argument,
    );
    const { user, system } = process.cpuUsage(started);
    const met = workBetween(before, kernel.workStats());
    made.push(...real);
    const simulated = simulate
      ? call(
          simulator.ev,
          verb,
          cts.map((ct) => ct.simulated!),
          argument,
        )
      : [];
    const out = real.map((ct, i): Locked => locked(ct, traced[i]!, values[i]!, simulated[i]));
    findings.push({
      verb,
      outputs: compared(secretKey, out),
      work: { met, traced: tracedWork(counted, tracer.count) },
      cost: { met: 1000 * (user + system), traced: tracer.cost() - priced },
    });
    return out;
  };
  const verbs = Object.keys(outputs) as Verb[];
  const ev = {
    slots: n / 2,
    ...Object.fromEntries(
      verbs.map((verb) => [verb, (cts: readonly Locked[], argument: never) => run(verb, cts, argument)]),
    ),
  } as unknown as Evaluator<Locked>;
  return {
    ev,
    primes,
    findings,
    enter: (real, values, fresh) => {
      made.push(...real);
      const out = real.map((ct, i) => {
        const value = values[i]!;
        const traced = tracer.fresh(ct, value, fresh);
        const simulated = simulate ? simulator.encrypt(value.re, ct.scale, ct.level, fresh?.kind) : undefined;
        return locked(ct, traced, value, simulated);
      });
      const none = { transforms: 0, keyProducts: 0, conversions: 0 };
      findings.push({
        verb: 'fresh',
        outputs: compared(secretKey, out),
        work: { met: none, traced: none },
        cost: { met: 0, traced: 0 },
      });
      return out;
    },
    dispose: () => {
      for (const ct of made.splice(0)) ct.dispose();
    },
  };
}

/** A tracer that takes a message in full. */
interface MessageTracer {
  readonly ev: Evaluator<Traced>;
  readonly count: OperationCounts;
  cost(): number;
  fresh(ct: Metadata, message: ComplexVector, options: FreshOptions | undefined): Traced;
}

function staticTracer(setting: TraceOptions): MessageTracer {
  const { ev, count, cost, fresh } = createTracer(setting);
  return {
    ev,
    count,
    cost,
    fresh: ({ scale, level }, message, options) =>
      fresh(scale, largestOf(message), level, { rms: Math.sqrt(meanSquareOf(message)), ...options }),
  };
}

function samplingTracer(setting: TraceOptions): MessageTracer {
  const { ev, count, cost, fresh } = createSamplingTracer(setting);
  return {
    ev: ev as unknown as Evaluator<Traced>,
    count,
    cost,
    fresh: ({ scale, level }, message, options) => fresh(scale, message, level, options),
  };
}

const call = <C, V extends Verb>(ev: Evaluator<C>, verb: V, cts: readonly C[], argument: Arguments[V]): C[] =>
  (ev[verb] as (cts: readonly C[], argument: Arguments[V]) => C[])(cts, argument);

const locked = (
  real: Ciphertext<'ckks'>,
  traced: Traced,
  clear: ComplexVector,
  simulated: Simulated | undefined,
): Locked => ({
  real,
  traced,
  clear,
  simulated,
  level: real.level,
  parts: real.parts,
  scale: real.scale,
});

const workBetween = (a: WorkStats, b: WorkStats): WorkStats => ({
  transforms: b.transforms - a.transforms,
  keyProducts: b.keyProducts - a.keyProducts,
  conversions: b.conversions - a.conversions,
});

const tracedWork = (a: OperationCounts, b: OperationCounts): WorkStats => ({
  transforms: b.ntts + b.encodingNtts - a.ntts - a.encodingNtts,
  keyProducts: b.keyProducts - a.keyProducts,
  conversions: b.conversions - a.conversions,
});

function compared(secretKey: SecretKey<'ckks'>, cts: readonly Locked[]): OutputFinding[] {
  const decrypted = decryptPrivate(
    secretKey,
    cts.map((ct) => ct.real),
    { complex: true },
  );
  const found = cts.map(({ real, traced, simulated, clear }, i): OutputFinding => {
    const { re, im } = decrypted.complexColumn(i);
    const isComplex = clear.im.some((y) => y !== 0);
    const errors = {
      re: re.map((x, j) => (x - clear.re[j]!) * real.scale),
      im: im.map((y, j) => (y - clear.im[j]!) * real.scale),
    }; // prettier-ignore
    const imitated = simulated?.values.map((x, j) => (x - clear.re[j]!) * simulated.scale);
    return {
      met: metadataOf(real),
      traced: metadataOf(traced),
      simulated: simulated && metadataOf(simulated),
      noise: {
        met: isComplex ? meanSquareOf(errors) / 2 : meanSquare(errors.re),
        traced: meanVariance(traced.noise),
        simulated: imitated && meanSquare(imitated),
      },
      largest: largestOf(errors),
      worst: traced.worst,
      message: largestOf(clear),
      bound: traced.bound,
    };
  });
  decrypted.dispose();
  return found;
}

const metadataOf = ({ level, parts, scale }: Metadata): Metadata => ({ level, parts, scale });

const meanSquare = (values: Float64Array): number => values.reduce((sum, v) => sum + v * v, 0) / values.length;

const meanSquareOf = ({ re, im }: ComplexVector): number => meanSquare(re) + meanSquare(im);

const largestOf = ({ re, im }: ComplexVector): number =>
  re.reduce((max, x, j) => Math.max(max, Math.hypot(x, im[j]!)), 0);

/** Bits between measured and predicted noise of each output: 0 is right, 1 twice the deviation. */
export const bitsApart = ({ noise }: OutputFinding, by: 'traced' | 'simulated' = 'traced'): number =>
  Math.log2(noise.met / noise[by]!) / 2;
