/** The conformance suite over both kernels at once; writes the file that HESPER_CASES names. */
import { writeFileSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { BoundKernel, variantNames } from '../../src/kernel/bound-kernel.ts';
import { describeKernel } from '../../src/kernel/kernel.conformance.ts';
import { loadNative } from '../../src/kernel/native.ts';
import { Twin } from './twin.ts';

const path = process.env.HESPER_CASES!;
const native = await loadNative();
if ('reason' in native) throw new Error(native.reason);
const twin = new Twin(native.border, path);
const facts = { variant: 'scalar', variantId: variantNames.indexOf('scalar'), threads: 1, reason: 'recorded' } as const;
const kernel = new BoundKernel(twin.border, facts);

describeKernel('recorded', () => kernel);

it('compares every kind of answer', () => {
  expect(Object.values(twin.tally.values).every((count) => count > 0)).toBe(true);
});

afterAll(() => {
  kernel.close();
  writeFileSync(`${path}.json`, JSON.stringify(twin.end()));
});
