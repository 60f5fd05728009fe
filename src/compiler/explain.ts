import { explainBfv } from './bfv/explain.ts';
import type { CkksClientPlan, ClientPlan, PlanLayer } from './plan.ts';
import { shapeText, tableLines } from './text-table.ts';

/** The plan as a readable text: what was chosen and why it suffices, then one line per layer. */
export const explain = (plan: ClientPlan): string => (plan.scheme === 'bfv' ? explainBfv(plan) : explainCkks(plan));

function explainCkks(plan: CkksClientPlan): string {
  return [...headline(plan), '', ...tableLines([layerTitles, ...plan.layers.map(layerRow)]), '', ...totals(plan)].join(
    '\n',
  );
}

function headline(plan: CkksClientPlan): string[] {
  const { precision, input, output } = plan;
  const keys = plan.evaluationKeyPowers;
  return tableLines(
    [
      ['model', `${plan.model}: ${shapeText(plan.inputShape)} -> ${shapeText(plan.outputShape)}`],
      ['scheme', `${plan.scheme}, ring degree ${plan.ringDegree}, ${plan.slots} inputs per batch`],
      [
        'security',
        `${plan.securityBits} bits (${plan.securityTable}): log QP = ${plan.logQP.toFixed(1)}, log Q = ${plan.logQ.toFixed(1)}`,
      ],
      ['data primes', plan.dataPrimes.map((q) => `${q} (${Math.log2(q).toFixed(1)} bits)`).join(', ')],
      ['special prime', plan.specialPrimes.map((q) => `${q} (${Math.log2(q).toFixed(1)} bits)`).join(', ') || 'none'],
      [
        'relinearise',
        keys.length === 0 ? 'never, no evaluation key' : `${plan.relinearization}, keys for s^${keys.join(', s^')}`,
      ],
      ['input', `${input.ciphertexts} ciphertexts, scale 2^${Math.log2(input.scale).toFixed(2)}, level ${input.level}`],
      [
        'output',
        `${output.ciphertexts} ciphertexts of ${output.parts} parts, scale 2^${Math.log2(output.scale).toFixed(2)}, level ${output.level}`,
      ],
      [
        'precision',
        `stated ${precision.statedBits} bits below the largest output (${precision.maxOutput.toPrecision(3)}), simulated ${precision.predictedBits.toFixed(1)}`,
      ],
      [
        'integer weights',
        `${plan.weightBits} bits; against the float network ${precision.quantizationRmsBits.toFixed(1)} bits rms, ` +
          `${precision.quantizationWorstBits.toFixed(1)} worst, ${(100 * precision.quantizationAgreement).toFixed(1)} % equal decisions ` +
          `on ${precision.calibrationInputs} inputs`,
      ],
    ],
    'left',
  );
}

const layerTitles = [
  'layer',
  'in',
  'out',
  'weights',
  'w bits',
  'primes',
  'parts',
  'scale',
  'bound',
  'then',
  'relin',
  'rescale',
  'NTTs',
  'M MAC',
]; // prettier-ignore

function layerRow(layer: PlanLayer): string[] {
  const { operations } = layer;
  const then = [layer.relinearize ? 'relinearise' : '', layer.drops > 0 ? `drop ${layer.drops}` : ''].filter(Boolean);
  return [
    layer.names.join('+'),
    `${layer.inputs}`,
    `${layer.outputs}`,
    layer.kind === 'linear' ? `${layer.weights}` : '',
    layer.kind === 'linear' ? `${layer.weightBits}` : '',
    `${layer.level + 1}`,
    `${layer.parts}`,
    `2^${layer.rescaledBits.toFixed(1)}`,
    `2^${layer.boundBits.toFixed(1)}`,
    then.join(', '),
    `${operations.relinearizations}`,
    `${operations.rescalings}`,
    `${operations.ntts}`,
    (operations.multiplyAccumulates / 1e6).toFixed(0),
  ];
}

function totals({ operations, messages, memoryBytes, cost, slots }: CkksClientPlan): string[] {
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  const seconds = cost.loadSeconds + cost.evaluateSeconds;
  return tableLines(
    [
      [
        'operations',
        `${operations.jobs} jobs, ${operations.relinearizations} relinearisations, ${operations.rescalings} rescalings, ` +
          `${operations.ntts} NTTs, ${(operations.multiplyAccumulates / 1e9).toFixed(2)} G multiply-accumulates`,
      ],
      [
        'messages',
        `upload ${megabytes(messages.uploadBytes)}, download ${megabytes(messages.downloadBytes)}, ` +
          `evaluation keys ${megabytes(messages.evaluationKeyBytes)} per batch`,
      ],
      ['server memory', megabytes(memoryBytes)],
      [
        'estimate',
        `load ${cost.loadSeconds.toFixed(2)} s, evaluate ${cost.evaluateSeconds.toFixed(2)} s per batch and thread ` +
          `(${cost.model}): ${Math.round(slots / seconds)} inputs per second`,
      ],
    ],
    'left',
  );
}
