import { describeIntegerEvaluator, INTEGER_STEPS } from '../../evaluator/evaluator-integer.conformance.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { availableKernels, loadKernel } from '../../kernel/load.ts';
import { createReferenceKernel } from '../../kernel/reference.ts';
import type { IntegerEncoding } from '../../rlwe/integers.ts';
import type { Parameters } from '../../rlwe/parameters.ts';
import { bfvParameters, openBfvEngine, slotModuli, subjectOf } from './engine.conformance.ts';

const galois = { steps: INTEGER_STEPS, conjugation: true };

function describeBfv(
  name: string,
  makeKernel: () => Kernel | Promise<Kernel>,
  parameters: Parameters,
  encoding: IntegerEncoding,
): void {
  const { ringDegree: n, plaintextModuli, dataPrimes, specialPrimes } = parameters;
  const primes = `${dataPrimes.length} primes and ${specialPrimes.length} special`;
  describeIntegerEvaluator(
    `BFV, ${encoding}, ${name}, n = ${n}, t = ${plaintextModuli.join(', ')}, ${primes}`,
    async () => {
      const kernel = await makeKernel();
      const keys = encoding === 'slots' ? { parts: 3, galois } : { parts: 3 };
      return subjectOf(kernel, openBfvEngine(kernel, parameters, encoding, keys), encoding);
    },
    { hasSlots: encoding === 'slots' },
  );
}

/** One modulus or several, small ones and large ones; one special prime and more. */
const small = {
  one: bfvParameters(1024, [44, 44, 44], [44], slotModuli(1024, [16])),
  side: bfvParameters(1024, [46, 46, 46, 46], [46, 46], slotModuli(1024, [14, 20, 16])),
  large: bfvParameters(1024, [47, 47, 47, 47, 47, 47], [47, 47], slotModuli(1024, [34])),
  digits: bfvParameters(1024, [44, 44, 44], [44], [4095]),
  manyDigits: bfvParameters(1024, [46, 46, 46, 46], [46, 46], [255, 256 + 1, 509]),
};

describeBfv('reference', createReferenceKernel, bfvParameters(1024, [44, 44], [44], slotModuli(1024, [14])), 'slots');
describeBfv('reference', createReferenceKernel, bfvParameters(1024, [44, 44], [44], [1001]), 'coefficients');

for (const { variant, available } of await availableKernels()) {
  if (!available || variant === 'reference') continue;
  const open = () => loadKernel({ variant });
  for (const parameters of [small.one, small.side, small.large]) describeBfv(variant, open, parameters, 'slots');
  for (const parameters of [small.digits, small.manyDigits]) describeBfv(variant, open, parameters, 'coefficients');
}

// At 128 bits of security.
describeBfv(
  'the default kernel',
  () => loadKernel(),
  bfvParameters(8192, [47, 47, 47], [48], slotModuli(8192, [17])),
  'slots',
);
