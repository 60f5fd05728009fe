import { shapeText, tableLines } from '../text-table.ts';
import type { BfvCandidate, BfvClientPlan, BfvPlanLayer } from './plan.ts';

/** A BFV plan as a readable text: what was chosen, why it is exact, one line per layer, and what it was chosen from. */
export function explainBfv(plan: BfvClientPlan): string {
  return [
    ...headline(plan),
    '',
    ...tableLines([layerTitles, ...plan.layers.map(layerRow)]),
    '',
    ...totals(plan),
    '',
    ...candidateLines(plan.candidates),
  ].join('\n');
}

const bits = (value: number): string => value.toFixed(1);
const sized = (q: number): string => `${q} (${bits(Math.log2(q))} bits)`;

function headline(plan: BfvClientPlan): string[] {
  const { input, output, exactness, failure } = plan;
  const keys = plan.evaluationKeyPowers;
  const rounded = exactness.roundedLayers;
  return tableLines(
    [
      ['model', `${plan.model}: ${shapeText(plan.inputShape)} -> ${shapeText(plan.outputShape)}`],
      [
        'scheme',
        `bfv, ${plan.encoding}, ring degree ${plan.ringDegree}, ${plan.slots} input${plan.slots > 1 ? 's' : ''} per batch`,
      ],
      [
        'security',
        `${plan.securityBits} bits (${plan.securityTable}): log QP = ${bits(plan.logQP)}, log Q = ${bits(plan.logQ)}`,
      ],
      ['plaintext moduli', plan.plaintextModuli.map(sized).join(', ')],
      ['data primes', plan.dataPrimes.map(sized).join(', ')],
      ['special prime', plan.specialPrimes.map(sized).join(', ') || 'none'],
      ['relinearise', keys.length === 0 ? 'never, no evaluation key' : `lazily, keys for s^${keys.join(', s^')}`],
      [
        'input',
        `${input.ciphertexts} ciphertexts per modulus, integers ${input.integers.join(' .. ')}, level ${input.level}`,
      ],
      ['output', `${output.ciphertexts} ciphertexts of ${output.parts} parts per modulus, level ${output.level}`],
      ['exactness', exactness.text],
      [
        'integer weights',
        rounded.length === 0 ? 'as trained' : `rounded to ${plan.weightBits} bits: ${rounded.join(', ')}`,
      ],
      ['decryption failure', failure.text],
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
  'integers',
  'plaintext',
  'degree',
  'noise',
  'budget',
  'then',
]; // prettier-ignore

function layerRow(layer: BfvPlanLayer): string[] {
  const then = [layer.relinearize ? 'relinearise' : '', layer.drops > 0 ? `drop ${layer.drops}` : ''].filter(Boolean);
  return [
    layer.names.join('+'),
    `${layer.inputs}`,
    `${layer.outputs}`,
    layer.kind === 'linear' ? `${layer.weights}` : '',
    layer.kind === 'linear' ? `${layer.weightBits}` : '',
    `${layer.level + 1}`,
    `${layer.parts}`,
    `2^${bits(layer.boundBits)}`,
    `2^${bits(layer.plaintextBits)}`,
    layer.degree > 0 ? `${layer.degree}` : '',
    `2^${bits(layer.noiseBits)}`,
    bits(layer.budgetBits),
    then.join(', '),
  ];
}

function totals({ operations, messages, memoryBytes, cost, slots, plaintextModuli }: BfvClientPlan): string[] {
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  const seconds = cost.loadSeconds + cost.evaluateSeconds;
  const sums =
    operations.shifts > 0
      ? `${(operations.shifts / 1e9).toFixed(2)} G shifted additions`
      : `${(operations.multiplyAccumulates / 1e9).toFixed(2)} G multiply-accumulates`;
  return tableLines(
    [
      [
        'operations',
        `${plaintextModuli.length} times: ${operations.squares} squares, ${operations.relinearizations} relinearisations, ` +
          `${operations.rescalings} modulus switches, ${operations.ntts} NTTs, ${sums}`,
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
          `(${cost.model}): ${(slots / seconds).toFixed(slots > 1 ? 0 : 2)} inputs per second`,
      ],
    ],
    'left',
  );
}

const candidateTitles = [
  'n',
  't bits',
  'relinearise',
  'primes',
  'log q',
  'log qp',
  'budget',
  'failure',
  'seconds',
  'MB',
  'why',
]; // prettier-ignore

/** The candidates with numbers that work; of the others how many there were. */
export function candidateLines(candidates: readonly BfvCandidate[]): string[] {
  const working = candidates.filter(({ dataPrimes }) => dataPrimes > 0);
  const none = candidates.length - working.length;
  return [
    ...tableLines([candidateTitles, ...working.map(candidateRow)]),
    ...(none > 0 ? [`${none} others do not fit the security table`] : []),
  ];
}

function candidateRow(one: BfvCandidate): string[] {
  return [
    `${one.chosen ? '*' : ' '} ${one.ringDegree}`,
    one.plaintextModuli.map((t) => bits(Math.log2(t))).join('+'),
    one.relinearization,
    `${one.dataPrimes}`,
    bits(one.logQ),
    bits(one.logQP),
    one.budgetBits === null ? '' : bits(one.budgetBits),
    one.failureBits === null ? 'impossible' : `2^-${Math.floor(one.failureBits)}`,
    one.seconds.toFixed(2),
    (one.messageBytes / 1e6).toFixed(1),
    one.reason,
  ];
}
