import { addPlainOperations, linearOperations, productOperations } from '../../evaluator/operations.ts';
import { addWork, noOperations, type OperationCounts, type Work } from '../../evaluator/work.ts';
import type { Graph } from '../../graph/graph.ts';
import { validate } from '../../graph/validate.ts';
import { operators } from '../../ops/all.ts';
import { generatePrimes } from '../../ring/primes.ts';
import { checkSecurity } from '../../security/check.ts';
import { DEFAULT_PROFILE } from '../../security/tables.ts';
import { modelDigest } from '../digest.ts';
import { keyBytes, polynomialBytes, uploadBytes } from '../memory.ts';
import { PLAN_VERSION } from '../plan-fields.ts';
import type { QuantizedStage } from '../stages.ts';
import { type Step, widthOf } from '../structure.ts';
import type { LayerBound } from './bounds.ts';
import { candidatesOf } from './candidates.ts';
import type { IntegerNetwork } from './discretize.ts';
import { plaintextModuli } from './plaintext-moduli.ts';
import type { BfvPlan, BfvPlanLayer } from './plan.ts';
import { lowerToBfvProgram } from './program.ts';
import { type BfvChoice, type BfvDemand, type BfvRow, FAILURE_BITS, type Judged, judge } from './search.ts';
import { deviationBits, gainsOf, noiseAlong, type StageNoise } from './stage-noise.ts';
import { traceBfv } from './trace.ts';
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
  const input = { level: dataPrimes.length - 1, parts: 2, scale: network.input.scale };
  const { results, bytes } = traceBfv(program, input, n);
  const output = results[0]!;
  const exactBits = dataPrimes.map((q) => Math.log2(q));
  const setting = { n, t: moduli.at(-1)!, primeBits: exactBits, specialBits: Math.log2(specialPrimes[0] ?? 1) };
  const noise = noiseAlong(gainsOf(network.stages, demand.encoding), steps, setting);
  const layers = layersOf(findings, noise, exactBits, moduli.at(-1)!);
  const judged = judge(noise.at(-1)!, exactBits.slice(0, output.level + 1), moduli, n * results.length);
  const powers = keyPowers(steps);
  const evaluationKeyBytes = keyBytes(powers.length, n, dataPrimes, specialPrimes);
  const answer = polynomialBytes(n, dataPrimes.slice(0, output.level + 1)) * output.parts * results.length;
  const operations = noOperations();
  for (const layer of layers) addWork(operations, layer.operations);
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
    logQ: exactBits.reduce((sum, b) => sum + b, 0),
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
    failure: failureOf(judged, moduli.length * n * results.length),
    messages: {
      uploadBytes: moduli.length * uploadBytes(program.inputs, n, dataPrimes),
      downloadBytes: moduli.length * answer,
      evaluationKeyBytes,
    },
    memoryBytes: bytes + 2 * evaluationKeyBytes,
    operations,
    cost: {
      model: demand.costs.name,
      loadSeconds: choice.loadCost / 1e9,
      evaluateSeconds: choice.evaluateCost / 1e9,
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

function layersOf(
  { network, bounds, choice, demand }: BfvFindings,
  noise: readonly StageNoise[],
  primeBits: readonly number[],
  t: number,
): BfvPlanLayer[] {
  const { n, steps, specialBits } = choice;
  const setting = { n, encoding: demand.encoding, t, primeBits, special: specialBits > 0 ? 1 : 0 };
  const shapes = shapesOf(network.stages, demand.encoding);
  return steps.map((step, i): BfvPlanLayer => {
    const stage = network.stages[i]!;
    const operations: OperationCounts = noOperations();
    for (const item of [...stageWork(shapes[i]!, step, setting), ...papersWork(stage)]) addWork(operations, item);
    const linear = stage.kind === 'linear' ? stage : null;
    const bound = bounds[i + 1]!;
    const left = primeBits.slice(0, step.limbs - step.drops).reduce((sum, bits) => sum + bits, 0);
    const noiseBits = deviationBits(noise[i]!);
    return {
      names: [...stage.names],
      kind: stage.kind,
      inputs: linear ? linear.rows.inputs : widthOf(stage),
      outputs: widthOf(stage),
      weights: linear ? linear.rows.values.length : 0,
      weightBits: linear ? linear.bits : 0,
      weightScale: linear ? linear.rows.scale : 1,
      level: step.limbs - 1,
      partsBefore: step.partsOut,
      parts: step.parts,
      scale: network.scales[i]!,
      bound: `${bound.integer}`,
      boundBits: bitsOf(bound.integer),
      plaintextBits: bitsOf(bound.plaintext),
      degree: bound.degree,
      relinearize: step.relinearize,
      drops: step.drops,
      noiseBits,
      worstBits: noise[i]!.worst,
      budgetBits: left - Math.log2(t) - 1 - noiseBits,
      operations,
    };
  });
}

/** What papers count of a stage. */
const papersWork = (stage: QuantizedStage): Work[] =>
  stage.kind === 'linear'
    ? [linearOperations(stage.rows), addPlainOperations(stage.bias)]
    : [productOperations(stage.width)];

/** Powers of the secret that meet a relinearisation. */
function keyPowers(steps: readonly Step[]): number[] {
  const most = Math.max(2, ...steps.filter((step) => step.relinearize).map((step) => step.partsOut));
  return Array.from({ length: most - 2 }, (_, i) => i + 2);
}

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

function failureOf(judged: Judged, count: number): BfvPlan['failure'] {
  const text = judged.worstCase
    ? 'impossible by the worst-case bound'
    : `at most 2^-${FAILURE_BITS} over all ${count} coefficients by the average-case model (predicted 2^-${Math.floor(judged.failureBits)})`;
  const { failureBits: bits, budgetBits, worstCase } = judged;
  return { bits, worstCase, budgetBits, text };
}
