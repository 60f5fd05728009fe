import { describe } from 'vitest';
import { describeBorder } from './border.conformance.ts';
import type { Kernel } from './kernel.ts';
import { describeOperands } from './operands.conformance.ts';
import { describePlain } from './plain.conformance.ts';
import { describePointwise } from './pointwise.conformance.ts';
import { describeScaled } from './scaled.conformance.ts';
import { describeSeal } from './seal.conformance.ts';
import { describeSwitching } from './switching.conformance.ts';
import { describeTransform } from './transform.conformance.ts';
import { describeVerbs } from './verbs.conformance.ts';

/** What every kernel must do. `kernel` is called inside the tests. */
export function describeKernel(name: string, kernel: () => Kernel): void {
  describe(name, () => {
    describeVerbs(kernel);
    describeBorder(kernel);
    describeOperands(kernel);
    describePlain(kernel);
    describePointwise(kernel);
    describeScaled(kernel);
    describeSeal(kernel);
    describeSwitching(kernel);
    describeTransform(kernel);
  });
}
