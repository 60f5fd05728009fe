import { addPlainOperations, linearOperations, productOperations } from '../../evaluator/operations.ts';
import { addWork, noOperations, type OperationCounts, type Work } from '../../evaluator/work.ts';
import type { Graph } from '../../graph/graph.ts';
import { validate } from '../../graph/validate.ts';
import { operators } from '../../ops/all.ts';
import { generatePrimes } from '../../ring/primes.ts';
import { checkSecurity } from '../../security/check.ts';
import { DEFAULT_PROFILE } from '../../security/tables.ts';
import { modelDigest } from '../digest.ts';
import { keyPowers, reportLayer } from '../layer-report.ts';
import { keyBytes, polynomialBytes, uploadBytes } from '../memory.ts';
import { PLAN_VERSION } from '../plan-fields.ts';
import type { QuantizedStage } from '../stages.ts';
import type { LayerBound } from './bounds.ts';
import { candidatesOf } from './candidates.ts';
import type { IntegerNetwork } from './discretize.ts';
import { plaintextModuli } from './plaintext-moduli.ts';
import type { BfvPlan, BfvPlanLayer } from './plan.ts';
import { lowerToBfvProgram } from './program.ts';
import { type BfvChoice, type BfvDemand, type BfvRow, FAILURE_BITS } from './search.ts';
import { deviationBits, gainsOf, noiseAlong } from './stage-noise.ts';
import { type BfvTrace, traceBfv } from './trace.ts';
import { shapesOf, stageWork } from './work.ts';

export interface BfvFindings {
  readonly graph: Graph;
  readonly network: IntegerNetwork;
  /** Of the input and behind each stage. */
  readonly bounds: readonly LayerBound[];
  readonly demand: BfvDemand;
  readonly rows: readonly BfvRow[];
  readonly choice: BfvChoice;
  readonly workingBytes: number;
}

/** Puts the plan together. Throws 'insecure-parameters' if the search ever went beyond the table. */
export function assembleBfv(findings: BfvFindings): BfvPlan {
  const { graph, network, demand, choice } = findings;
  const { n, steps } = choice;
  const { dataPrimes, specialPrimes, moduli } = numbersOf(findings);
  const { logQP } = checkSecurity(n, [...dataPrimes, ...specialPrimes], demand.security);
  const program = lowerToBfvProgram({
    stages: network.stages,
    steps,
    ringDegree: n,
    workingBytes: findings.workingBytes,
  });
  const input = { level: dataPrimes.length - 1, scale: network.input.scale };
  const numbers = { ringDegree: n, dataPrimes, specialPrimes, encoding: demand.encoding, input };
  const traces = moduli.map((t) => traceBfv(program, numbers, t, demand.costs));
  const { results, bytes, operations } = traces.at(-1)!;
  const output = results[0]!;
  const layers = layersOf(findings, numbers, moduli.at(-1)!);
  const powers = keyPowers(steps);
  const evaluationKeyBytes = keyBytes(powers.length, n, dataPrimes, specialPrimes);
  const answer = polynomialBytes(n, dataPrimes.slice(0, output.level + 1)) * output.parts * results.length;
  return {
    version: PLAN_VERSION,
    model: graph.name,
    modelDigest: modelDigest(graph),
    scheme: 'bfv',
    encoding: demand.encoding,
    ringDegree: n,
    dataPrimes,
    specialPrimes,
    plaintextModuli: moduli,
    logQ: logOf(dataPrimes),
    logQP,
    securityBits: demand.security,
    securityTable: DEFAULT_PROFILE,
    slots: demand.encoding === 'slots' ? n : 1,
    inputShape: [...graph.inputShape],
    outputShape: [...validate(graph, operators).at(-1)!],
    input: {
      ciphertexts: program.inputs,
      level: input.level,
      scale: input.scale,
      range: [...network.input.range],
      integers: [...network.input.integers],
    },
    output: { ciphertexts: results.length, level: output.level, parts: output.parts, scale: network.scales.at(-1)! },
    evaluationKeyPowers: powers,
    relinearization: choice.relinearize,
    objective: demand.objective,
    weightBits: Math.max(...layers.map((layer) => layer.weightBits)),
    layers,
    exactness: exactnessOf(network),
    failure: failureOf(traces, n),
    messages: {
      uploadBytes: moduli.length * uploadBytes(program.inputs, n, dataPrimes),
      downloadBytes: moduli.length * answer,
      evaluationKeyBytes,
    },
    memoryBytes: bytes + 2 * evaluationKeyBytes,
    operations: { ...operations },
    cost: {
      model: demand.costs.name,
      loadSeconds: choice.loadCost / 1e9,
      evaluateSeconds: traces.reduce((sum, { cost }) => sum + cost, 0) / 1e9,
    },
    candidates: candidatesOf(findings),
    program,
  };
}

/** The primes and moduli that a choice of sizes stands for. */
function numbersOf({ bounds, demand, choice }: BfvFindings) {
  const { n, primeBits, specialBits, moduli } = choice;
  const primes = generatePrimes(n, [...primeBits, ...(specialBits > 0 ? [specialBits] : [])]);
  const dataPrimes = primes.slice(0, primeBits.length);
  const specialPrimes = primes.slice(primeBits.length);
  const bound = bounds.at(-1)!.plaintext;
  return { dataPrimes, specialPrimes, moduli: plaintextModuli(demand.encoding, n, bound, moduli.length, primes)! };
}

/** log2 of an integer; 0 for 0. */
const bitsOf = (value: bigint): number =>
  value === 0n ? 0 : value.toString(2).length - 53 <= 0 ? Math.log2(Number(value)) : log2BigInt(value);

function log2BigInt(value: bigint): number {
  const excess = value.toString(2).length - 53;
  return excess + Math.log2(Number(value >> BigInt(excess)));
}

const logOf = (primes: readonly number[]): number => primes.reduce((sum, q) => sum + Math.log2(q), 0);

type Numbers = Pick<BfvPlan, 'ringDegree' | 'dataPrimes' | 'specialPrimes' | 'encoding'>;

function layersOf({ network, bounds, choice }: BfvFindings, numbers: Numbers, t: number): BfvPlanLayer[] {
  const { steps } = choice;
  const { ringDegree: n, dataPrimes: primes, specialPrimes: special, encoding } = numbers;
  const primeBits = primes.map(Math.log2);
  const setting = { n, encoding, t, primeBits, special: special.length };
  const shapes = shapesOf(network.stages, encoding);
  const noise = noiseAlong(gainsOf(network.stages, encoding), steps, { n, t, encoding, primes, special });
  return steps.map((step, i): BfvPlanLayer => {
    const stage = network.stages[i]!;
    const operations: OperationCounts = noOperations();
    for (const item of [...stageWork(shapes[i]!, step, setting), ...countsOf(stage)]) addWork(operations, item);
    const bound = bounds[i + 1]!;
    const noiseBits = deviationBits(noise[i]!);
    return {
      ...reportLayer(stage, step, operations),
      scale: network.scales[i]!,
      bound: `${bound.integer}`,
      boundBits: bitsOf(bound.integer),
      plaintextBits: bitsOf(bound.plaintext),
      degree: bound.degree,
      noiseBits,
      worstBits: Math.log2(noise[i]!.worst),
      budgetBits: logOf(primes.slice(0, step.limbs - step.drops)) - Math.log2(2 * t) - noiseBits,
    };
  });
}

/** Operations as papers count them. */
const countsOf = (stage: QuantizedStage): Work[] =>
  stage.kind === 'square'
    ? [productOperations(stage.width)]
    : [linearOperations(stage.rows), addPlainOperations(stage.bias)];

function exactnessOf({ input, rounded, loss }: IntegerNetwork): BfvPlan['exactness'] {
  const [low, high] = input.range;
  const where = `inputs of [${low}, ${high}], rounded to multiples of 1/${input.scale}`;
  return {
    kind: input.calibrated ? 'calibrated range' : 'declared range',
    text: input.calibrated
      ? `exact only inside the calibrated range: ${where}`
      : `every output equals the integer model's, for ${where}`,
    roundedLayers: [...rounded],
    quantization: loss && { ...loss },
  };
}

/** Smaller probabilities are not told apart. */
const SURE_BITS = 10_000;

function failureOf(traces: readonly BfvTrace[], n: number): BfvPlan['failure'] {
  const bits = Math.min(SURE_BITS, ...traces.map((trace) => trace.failureBits)) - Math.log2(traces.length);
  const worstCase = traces.every((trace) => trace.worstCase);
  const count = traces.reduce((sum, trace) => sum + n * trace.results.length, 0);
  const text = worstCase
    ? 'impossible by the worst-case bound'
    : `at most 2^-${FAILURE_BITS} over all ${count} coefficients by the average-case model (predicted 2^-${Math.floor(bits)})`;
  return { bits, worstCase, budgetBits: Math.min(...traces.map(({ budgetBits }) => budgetBits)), text };
}
