import { availableKernels, loadKernel } from '../../kernel/load.ts';
import { engineParameters } from './engine.conformance.ts';
import { describeSwitching } from './switching.conformance.ts';

/** Small rings; digits above and below the special product, last digits that are full and that are not. */
const small = [
  engineParameters(1024, [40, 36, 36, 36], 40),
  engineParameters(2048, [40, 36, 36, 36, 36], 38, 36),
  engineParameters(1024, [40, 36, 36, 36], 38, 40, 36),
];

for (const { variant, available } of await availableKernels()) {
  if (!available || variant === 'reference') continue;
  for (const parameters of small) describeSwitching(variant, () => loadKernel({ variant }), parameters);
}

// At 128 bits of security.
for (const parameters of [
  engineParameters(4096, [34, 34], 38),
  engineParameters(8192, [47, 44, 44], 47),
  engineParameters(16384, [47, 44, 44, 44, 44], 48, 48),
])
  describeSwitching('the default kernel', () => loadKernel(), parameters);
