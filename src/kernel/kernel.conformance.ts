import { describe } from 'vitest';
import { describeBorder } from './border.conformance.ts';
import { describePointwise } from './conformance-pointwise.ts';
import { describeTransform } from './conformance-transform.ts';
import type { Kernel } from './kernel.ts';
import { describeVerbs } from './verbs.conformance.ts';

/** What every kernel must do. `kernel` is called inside the tests. */
export function describeKernel(name: string, kernel: () => Kernel): void {
  describe(name, () => {
    describeTransform(kernel);
    describePointwise(kernel);
    describeVerbs(kernel);
    describeBorder(kernel);
  });
}
