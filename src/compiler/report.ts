import { addWork, noOperations, priceOf } from '../evaluator/work.ts';
import type { Graph } from '../graph/graph.ts';
import { validate } from '../graph/validate.ts';
import { operators } from '../ops/all.ts';
import { checkSecurity } from '../security/check.ts';
import { DEFAULT_PROFILE } from '../security/tables.ts';
import type { Built } from './build.ts';
import type { Calibration } from './calibrate.ts';
import { type Demand, loadCostOf } from './choose-parameters.ts';
import { modelDigest } from './digest.ts';
import { keyPowers, reportLayer } from './layer-report.ts';
import { keyBytes, polynomialBytes, uploadBytes } from './memory.ts';
import type { QuantizationLoss } from './passes/quantize.ts';
import type { CkksPlan, PlanLayer } from './plan.ts';
import { PLAN_VERSION } from './plan-fields.ts';
import type { Prediction } from './predict.ts';
import type { QuantizedStage } from './stages.ts';
import { workOf } from './structure.ts';

/** What the passes found out. */
export interface Findings {
  readonly graph: Graph;
  readonly stages: readonly QuantizedStage[];
  readonly calibration: Calibration;
  readonly demand: Demand;
  readonly built: Built;
  readonly prediction: Prediction;
  readonly loss: QuantizationLoss;
  readonly calibrationInputs: number;
}

/** Puts the plan together. Throws 'insecure-parameters' if the search ever went beyond the table. */
export function assemble({ graph, stages, demand, built, prediction, loss, ...rest }: Findings): CkksPlan {
  const { ringDegree: n, dataPrimes, specialPrimes, choice } = built;
  checkSecurity(n, [...dataPrimes, ...specialPrimes], demand.security);
  const layers = layersOf(stages, built, rest.calibration);
  const output = built.outputs[0]!;
  const powers = keyPowers(choice.steps);
  const evaluationKeyBytes = keyBytes(powers.length, n, dataPrimes, specialPrimes);
  const answer = polynomialBytes(n, dataPrimes.slice(0, output.level + 1)) * output.parts * built.outputs.length;
  const { costs } = demand;
  const load = loadCostOf(built.program.inputs, dataPrimes.length, n, costs);
  return {
    version: PLAN_VERSION,
    model: graph.name,
    modelDigest: modelDigest(graph),
    scheme: 'ckks',
    ringDegree: n,
    dataPrimes: [...dataPrimes],
    specialPrimes: [...specialPrimes],
    logQ: built.logQ,
    logQP: built.logQP,
    securityBits: demand.security,
    securityTable: DEFAULT_PROFILE,
    slots: n / 2,
    inputShape: [...graph.inputShape],
    outputShape: [...validate(graph, operators).at(-1)!],
    input: {
      ciphertexts: built.program.inputs,
      level: dataPrimes.length - 1,
      scale: built.inputScale,
      declaration: declarationOf(graph),
    },
    output: { ciphertexts: built.outputs.length, level: output.level, parts: output.parts, scale: output.scale },
    evaluationKeyPowers: powers,
    relinearization: policyOf(stages, choice.structure.relinearize),
    objective: demand.objective,
    weightBits: Math.max(...layers.map((layer) => layer.weightBits)),
    layers,
    precision: {
      statedBits: demand.precisionBits,
      predictedBits: prediction.bits,
      maxOutput: prediction.maxOutput,
      quantizationRmsBits: loss.rmsBits,
      quantizationWorstBits: loss.worstBits,
      quantizationAgreement: loss.agreement,
      calibrationInputs: rest.calibrationInputs,
    },
    messages: {
      uploadBytes: uploadBytes(built.program.inputs, n, dataPrimes),
      downloadBytes: answer,
      evaluationKeyBytes,
    },
    memoryBytes: built.ciphertextBytes + 2 * evaluationKeyBytes,
    operations: { ...built.operations },
    cost: {
      model: costs.name,
      loadSeconds: load / 1e9,
      evaluateSeconds: priceOf(built.operations, costs, n) / 1e9,
    },
    program: built.program,
  };
}

const declarationOf = ({ input }: Graph): CkksPlan['input']['declaration'] =>
  input ? { range: [...input.range], scale: input.scale } : null;

function layersOf(stages: readonly QuantizedStage[], built: Built, { bounds }: Calibration): PlanLayer[] {
  const { steps } = built.choice;
  const work = workOf(stages, steps, built.ringDegree);
  return steps.map((step, i): PlanLayer => {
    const stage = stages[i]!;
    const operations = noOperations();
    for (const item of work[i]!) addWork(operations, item);
    return {
      ...reportLayer(stage, step, operations),
      scaleBits: Math.log2(built.scales[i]!.before),
      rescaledBits: Math.log2(built.scales[i]!.after),
      boundBits: Math.log2(Math.max(bounds[i + 1]!, 2 ** -60)),
    };
  });
}

function policyOf(stages: readonly QuantizedStage[], choices: readonly string[]): CkksPlan['relinearization'] {
  const used = new Set(choices.filter((_, i) => stages[i]!.kind === 'square'));
  if (used.size > 1) return 'mixed';
  const [only = 'none'] = used;
  return only === 'none' ? 'never' : (only as 'lazy' | 'eager');
}
