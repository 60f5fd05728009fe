/** The conformance suite over the build that HESPER_KERNEL_FILE and HESPER_KERNEL name. */
import { describeKernel } from '../../src/kernel/kernel.conformance.ts';
import { loadKernel } from '../../src/kernel/load.ts';

const kernel = await loadKernel();
describeKernel(`${kernel.features.join(' ')}, ${kernel.threads} threads`, () => kernel);
