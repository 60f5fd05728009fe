import { availableKernels, loadKernel } from '../../kernel/load.ts';
import { createReferenceKernel } from '../../kernel/reference.ts';
import { describeEngine } from './engine.conformance.ts';

describeEngine('reference', createReferenceKernel, 1024);

// Real sizes at 128 bits: 4096 with two primes, 8192 with four, and a special prime each.
for (const { variant, available } of await availableKernels()) {
  if (!available || variant === 'reference') continue;
  describeEngine(variant, () => loadKernel({ variant }), 1024);
  describeEngine(variant, () => loadKernel({ variant }), 8192);
}
describeEngine('the default kernel', () => loadKernel(), 4096);
