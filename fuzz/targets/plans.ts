/** Plans, for the server and for the client, models and checkpoints. */
import { sha256 } from '@noble/hashes/sha2.js';
import { loadClientPlan, saveClientPlan } from '../../src/compiler/client-plan.ts';
import { plan } from '../../src/compiler/compile.ts';
import { clientPlan } from '../../src/compiler/plan.ts';
import { loadPlan, savePlan } from '../../src/compiler/save-plan.ts';
import { MAX_NAMES } from '../../src/compiler/save-program.ts';
import { HEADER_BYTES } from '../../src/format/header.ts';
import { adam } from '../../src/heras/compile.ts';
import { dense } from '../../src/heras/layers/dense.ts';
import { inputLayer } from '../../src/heras/layers/input-layer.ts';
import { modelFromBytes } from '../../src/heras/load.ts';
import { sequential } from '../../src/heras/sequential.ts';
import { checkpointFromBytes, checkpointToBytes } from '../../src/training/checkpoint.ts';
import { startState } from '../../src/training/optimizer.ts';
import type { Rounding } from '../../src/training/rounding.ts';
import { changedJson } from '../json.ts';
import type { Random } from '../random.ts';
import type { MakeTarget } from '../target.ts';
import { underHeader } from './objects.ts';

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

/** Text becomes JavaScript objects of some hundred times its size. Stated in docs/format.md. */
const textBound = (length: number): number => 2 ** 21 + 128 * length;
/** Runs of names may be MAX_NAMES long, 8 bytes each. */
export const planBound = (length: number): number => textBound(length) + 8 * MAX_NAMES;

/** Header and digest right again. */
export function resealedPlan(bytes: Uint8Array): Uint8Array | undefined {
  const copy = underHeader(bytes, bytes);
  copy?.set(sha256(copy.subarray(HEADER_BYTES)), 16);
  return copy;
}

/** The JSON of a plan with one value changed, and the lengths that follow from it. */
export function changedPlan(bytes: Uint8Array, random: Random): Uint8Array {
  if (bytes.length < HEADER_BYTES + 8) return bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const start = HEADER_BYTES + 8 + 4 * view.getUint32(HEADER_BYTES + 4, true);
  const end = start + view.getUint32(HEADER_BYTES, true);
  if (end > bytes.length) return bytes;
  const text = changedJson(bytes.subarray(start, end), random);
  if (text === undefined) return bytes;
  const changed = new Uint8Array(start + text.length + bytes.length - end);
  changed.set(bytes.subarray(0, start));
  changed.set(text, start);
  changed.set(bytes.subarray(end), start + text.length);
  new DataView(changed.buffer).setUint32(HEADER_BYTES, text.length, true);
  return changed;
}

/** The same for a model, whose header is JSON padded to a multiple of 4. */
function changedModel(bytes: Uint8Array, random: Random): Uint8Array {
  if (bytes.length < 16) return bytes;
  const end = 16 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(12, true);
  const text = end > bytes.length ? undefined : changedJson(bytes.subarray(16, end), random);
  if (text === undefined) return bytes;
  const length = Math.ceil(text.length / 4) * 4;
  const changed = new Uint8Array(16 + length + bytes.length - end).fill(0x20);
  changed.set(bytes.subarray(0, 16));
  changed.set(text, 16);
  changed.set(bytes.subarray(end), 16 + length);
  new DataView(changed.buffer).setUint32(12, length, true);
  return changed;
}

/** A digest at the end, over all before it. */
function resealedModel(bytes: Uint8Array): Uint8Array | undefined {
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
  repair: resealedPlan,
  mutate: changedPlan,
});

export const clientPlanBytes: MakeTarget = () => ({
  samples: [approximatePlan('eager'), exactPlan()].map((made) => saveClientPlan(clientPlan(made))),
  read: (bytes) => {
    const read = loadClientPlan(bytes);
    return { save: () => saveClientPlan(read) };
  },
  bound: textBound,
  repair: resealedPlan,
  mutate: changedPlan,
});

export const model: MakeTarget = () => ({
  samples: [approximateModel(), exactModel()].map((made) => made.toBytes()),
  read: (bytes) => {
    const read = modelFromBytes(bytes);
    return { save: () => read.toBytes() };
  },
  bound: textBound,
  // Its text may be written in any way.
  expands: () => true,
  repair: resealedModel,
  mutate: changedModel,
});

/** A training run between two epochs, read into the state of the run that goes on. */
export const checkpoint: MakeTarget = () => {
  const state = () => startState(adam({ useEma: true }), [new Float32Array(3), new Float32Array(2)], true);
  const sample = (roundings: readonly (Rounding | null)[]) =>
    checkpointToBytes({
      fingerprint: 'f',
      seed: 1,
      epoch: 2,
      history: { loss: [0.5, 0.25] },
      roundings,
      state: state(),
    });
  return {
    samples: [sample([null, null]), sample([{ scale: 4, limit: 8, powers: true }, null])],
    read: (bytes) => {
      const target = state();
      const rest = checkpointFromBytes(bytes, target);
      return { save: () => checkpointToBytes({ ...rest, state: target }) };
    },
    bound: textBound,
    expands: () => true,
    repair: resealedModel,
    mutate: changedModel,
  };
};
