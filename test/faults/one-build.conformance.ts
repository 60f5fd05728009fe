/** The conformance suite over the build that HESPER_KERNEL_FILE and HESPER_KERNEL name. */

import { describePointwise } from '../../src/kernel/conformance-pointwise.ts';
import { describeTransform } from '../../src/kernel/conformance-transform.ts';
import { loadKernel } from '../../src/kernel/load.ts';

const kernel = await loadKernel({ threads: 1 });
describeTransform(() => kernel);
describePointwise(() => kernel);
