// Slots hold complex numbers: two real vectors travel in one ciphertext, are multiplied by i + 1 there, and are parted.

import { keysNeeded, packComplex, unpackComplex } from 'hesper/circuits';
import type { Evaluator } from 'hesper/he';
import { bits, setup, show } from './setup.ts';

const slots = 4096;
const circuit = <C>(ev: Evaluator<C>, [x, y]: readonly C[]): C[] => {
  const z = packComplex(ev, [x!], [y!]); // x + i y
  const turned = ev.linearPlain(z, { inputs: 1, rows: [[{ from: 0, weight: { re: 1, im: 1 } }]], scale: 1 }); // exact, no level
  return unpackComplex(ev, turned).flat(); // x - y and x + y
};

const he = await setup({ ringDegree: 2 * slots, levels: 1, needs: keysNeeded(slots, 2, circuit) });
const [x, y] = [3, 5].map((f) => Float64Array.from({ length: slots }, (_, t) => Math.sin(f * t)));
const [difference, sum] = he.run([x!, y!], circuit);

const worst = Math.min(
  bits(
    x!.map((v, t) => v - y![t]!),
    difference!,
  ),
  bits(
    x!.map((v, t) => v + y![t]!),
    sum!,
  ),
);
console.log(`complex parts: ${show(difference!, 3)}; ${show(sum!, 3)}; ${worst} bits`);
he.dispose();
