/** Plans, for the server and for the client, and models. */
import { sha256 } from '@noble/hashes/sha2.js';
import { plan } from '../../src/compiler/compile.ts';
import { clientPlan } from '../../src/compiler/plan.ts';
import { loadClientPlan, loadPlan, saveClientPlan, savePlan } from '../../src/compiler/save-plan.ts';
import { dense } from '../../src/heras/layers/dense.ts';
import { inputLayer } from '../../src/heras/layers/input-layer.ts';
import { modelFromBytes } from '../../src/heras/load.ts';
import { sequential } from '../../src/heras/sequential.ts';
import type { MakeTarget } from '../target.ts';

const calibration = Array.from({ length: 16 }, (_, i) => Float64Array.of(Math.cos(i), Math.sin(i)));

export const approximateModel = () =>
  sequential({
    name: 'two',
    seed: 1,
    layers: [dense({ units: 2, inputShape: [2], activation: 'square' }), dense({ units: 1 })],
  });

export const exactModel = () =>
  sequential({
    name: 'one',
    seed: 1,
    layers: [inputLayer({ inputShape: [2], range: [-1, 1], scale: 2 }), dense({ units: 1 })],
  });

export const approximatePlan = (relinearize: 'never' | 'eager') =>
  plan(approximateModel().toGraph(), { calibration, precisionBits: 4, relinearize });
export const exactPlan = () => plan(exactModel().toGraph(), { scheme: 'bfv', calibration });

/** Numbers of the header become JavaScript objects, each of which is some ten times its text. */
const planBound = (length: number): number => 2 ** 22 + 256 * length;

/** A digest at the end, over all before it. */
function resealed(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length < 32) return undefined;
  const copy = bytes.slice();
  copy.set(sha256(copy.subarray(0, -32)), copy.length - 32);
  return copy;
}

export const serverPlan: MakeTarget = () => ({
  samples: [approximatePlan('never'), approximatePlan('eager'), exactPlan()].map(savePlan),
  read: (bytes) => {
    const read = loadPlan(bytes);
    return { save: () => savePlan(read) };
  },
  bound: planBound,
  repair: resealed,
});

export const clientPlanBytes: MakeTarget = () => ({
  samples: [approximatePlan('eager'), exactPlan()].map((made) => saveClientPlan(clientPlan(made))),
  read: (bytes) => {
    const read = loadClientPlan(bytes);
    return { save: () => saveClientPlan(read) };
  },
  bound: planBound,
  repair: resealed,
});

export const model: MakeTarget = () => ({
  samples: [approximateModel(), exactModel()].map((made) => made.toBytes()),
  read: (bytes) => {
    const read = modelFromBytes(bytes);
    return { save: () => read.toBytes() };
  },
  bound: planBound,
  repair: resealed,
});
