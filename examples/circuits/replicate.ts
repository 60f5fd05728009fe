// One slot to many: two numbers picked out of a ciphertext, each into all slots, and four numbers copied over and over.
import { broadcastSlots, keysNeeded, maskSlots, replicate } from 'hesper/circuits';
import type { Evaluator } from 'hesper/he';
import { bits, setup, show } from './setup.ts';

const slots = 4096;
const firstFour = Float64Array.of(1, 1, 1, 1);
const circuit = <C>(ev: Evaluator<C>, [x]: readonly C[]): C[] => [
  ...broadcastSlots(ev, x!, [2, 1000]),
  ...replicate(ev, maskSlots(ev, x!, [firstFour]), { count: slots / 4, stride: 4 }),
];

const he = await setup({ ringDegree: 2 * slots, levels: 1, needs: keysNeeded(slots, 1, circuit) });
const x = Float64Array.from({ length: slots }, (_, t) => t / slots);
const [second, thousandth, copies] = he.run([x], circuit);

const everywhere = (value: number) => new Float64Array(slots).fill(value);
const worst = Math.min(
  bits(everywhere(x[2]!), second!),
  bits(everywhere(x[1000]!), thousandth!),
  bits(
    x.map((_, t) => x[t % 4]!),
    copies!,
  ),
);
console.log(`replicated: ${show(second!, 1)}, ${show(thousandth!, 1)}, ${worst} bits`);
he.dispose();
