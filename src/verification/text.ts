import { tableLines } from '../compiler/text-table.ts';
import type { LayerCheck } from './verify-layers.ts';
import type { NetworkCheck } from './verify-network.ts';

export interface Checked {
  readonly network: NetworkCheck;
  readonly layers: readonly LayerCheck[];
  readonly passed: boolean;
}

/** What a verification found, predicted beside measured. */
export function verificationText({ network, layers, passed }: Checked): string {
  const bits = (value: number): string => value.toFixed(2);
  return [
    `${passed ? 'verified' : 'NOT VERIFIED'}: ${network.inputs} inputs at the ends of the range, ` +
      `${network.wrong} of ${network.outputs} outputs differ from the integer network`,
    `budget at the outputs: predicted ${bits(network.predictedBudgetBits)} bits above the deviation, ` +
      `measured ${bits(network.measuredBudgetBits)} bits above the largest coefficient`,
    '',
    ...tableLines([
      ['noise of', 'step', 'primes', 'parts', 'predicted', 'measured', 'difference'],
      ...network.noise.map(({ names, verb, level, parts, predictedBits, measuredBits }) => [
        names.join('+'),
        verb,
        `${level + 1}`,
        `${parts}`,
        bits(predictedBits),
        bits(measuredBits),
        bits(measuredBits - predictedBits),
      ]),
    ]),
    '',
    ...tableLines([
      ['layer alone', 'reaches', 'outputs', 'wrong', 'budget left'],
      ...layers.map(({ names, reach, wraps, outputs, wrong, budgetBits }) => [
        names.join('+'),
        wraps ? 'wraps' : `${(100 * reach).toFixed(1)} %`,
        `${outputs}`,
        `${wrong}`,
        wraps ? '' : bits(budgetBits),
      ]),
    ]),
  ].join('\n');
}
