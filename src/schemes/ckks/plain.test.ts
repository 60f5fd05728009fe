import { availableKernels, loadKernel } from '../../kernel/load.ts';
import { engineParameters } from './engine.conformance.ts';
import { describePlain } from './plain.conformance.ts';

for (const { variant, available } of await availableKernels()) {
  if (!available || variant === 'reference') continue;
  describePlain(variant, () => loadKernel({ variant }), engineParameters(1024, [40, 36, 36]));
}
// 128 bits of security.
describePlain('the default kernel', () => loadKernel(), engineParameters(8192, [47, 44, 44, 40]));
