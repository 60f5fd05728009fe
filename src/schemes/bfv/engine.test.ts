import { describe, expect, it } from 'vitest';
import { availableKernels, loadKernel } from '../../kernel/load.ts';
import { createReferenceKernel } from '../../kernel/reference.ts';
import { decryptIntegers } from '../../rlwe/secret/decrypt-integers.ts';
import { encryptIntegers } from '../../rlwe/secret/encrypt-integers.ts';
import { bfvParameters, describeBfv, openBfvEngine, slotModuli } from './engine.conformance.ts';

/** One modulus or several, small ones and large ones; one special prime and more. */
const small = {
  one: bfvParameters(1024, [44, 44, 44], [44], slotModuli(1024, [16])),
  side: bfvParameters(1024, [46, 46, 46, 46], [46, 46], slotModuli(1024, [14, 20, 16])),
  large: bfvParameters(1024, [47, 47, 47, 47, 47, 47], [47, 47], slotModuli(1024, [34])),
  digits: bfvParameters(1024, [44, 44, 44], [44], [4095]),
  manyDigits: bfvParameters(1024, [46, 46, 46, 46], [46, 46], [255, 256 + 1, 509]),
};

for (const { variant, available } of await availableKernels()) {
  if (!available || variant === 'reference') continue;
  const open = () => loadKernel({ variant });
  for (const parameters of [small.one, small.side, small.large]) describeBfv(variant, open, parameters, 'slots');
  for (const parameters of [small.digits, small.manyDigits]) describeBfv(variant, open, parameters, 'coefficients');
}

// Slots in the order of powers of 3.
describeBfv(
  'the default kernel',
  () => loadKernel(),
  bfvParameters(1024, [46, 46, 46, 46], [46], slotModuli(1024, [14, 20, 16]), 3),
  'slots',
);

// At 128 bits of security.
describeBfv(
  'the default kernel',
  () => loadKernel(),
  bfvParameters(8192, [47, 47, 47], [48], slotModuli(8192, [17])),
  'slots',
);

describe('BFV over the reference kernel', () => {
  it('multiplies, relinearises, switches the modulus, turns and adds', () => {
    const kernel = createReferenceKernel();
    const parameters = bfvParameters(1024, [44, 44], [44], slotModuli(1024, [14]));
    const engine = openBfvEngine(kernel, parameters, 'slots', { galois: { steps: [1] } });
    const { ev, secretKey } = engine;
    const x = Float64Array.from({ length: ev.slots }, (_, j) => (j % 101) - 50);
    const inputs = encryptIntegers(secretKey, [x], { encoding: 'slots' })[0]!;
    const result = ev.scoped(() => {
      const low = ev.rescaleAll(ev.relinearizeAll(ev.squareAll(inputs, undefined), undefined), undefined);
      return ev.addPlain(ev.rotateMany(low, [1]), [7]);
    });
    const half = x.length / 2;
    const turned = x.map((_, j) => x[j < half ? (j + 1) % half : half + ((j + 1) % half)]!);
    using values = decryptIntegers(secretKey, [result], { encoding: 'slots' });
    expect(values.numbers(0)).toEqual(turned.map((v) => v * v + 7));
    for (const ct of [...inputs, ...result]) ct.dispose();
    engine.close();
    expect(kernel.poolStats().liveBuffers).toBe(0);
    kernel.close();
  });
});
