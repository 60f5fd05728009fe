import { createReferenceKernel } from '../../kernel/reference.ts';
import { bfvParameters, describeBfv, slotModuli } from './engine.conformance.ts';

describeBfv('reference', createReferenceKernel, bfvParameters(1024, [44, 44], [44], slotModuli(1024, [14])), 'slots');
describeBfv('reference', createReferenceKernel, bfvParameters(1024, [44, 44], [44], [1001]), 'coefficients');
