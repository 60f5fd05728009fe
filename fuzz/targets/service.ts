/** What a server and a client say to each other. */

import type { Plan } from '../../src/compiler/plan.ts';
import { loadPlan, savePlan } from '../../src/compiler/save-plan.ts';
import { type ErrorCode, HesperError } from '../../src/errors.ts';
import { HEADER_BYTES as OBJECT_HEADER } from '../../src/format/header.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { disposeAll } from '../../src/rlwe/buffers.ts';
import { InferenceClient } from '../../src/service/client/inference-client.ts';
import { failureFrame, frame, HEADER_BYTES, parseFrame } from '../../src/service/protocol.ts';
import { InferenceServer } from '../../src/service/server/inference-server.ts';
import type { InferenceSession } from '../../src/service/server/inference-session.ts';
import type { MakeTarget, Target } from '../target.ts';
import { underHeader } from './objects.ts';
import { approximatePlan, changedPlan, exactPlan, planBound, resealedPlan } from './plans.ts';

interface Sides {
  readonly server: InferenceServer;
  readonly client: InferenceClient;
  readonly session: InferenceSession;
  readonly request: Uint8Array;
}

function connect(kernel: Kernel, plan: Plan): Sides {
  const server = new InferenceServer(kernel, plan);
  const client = new InferenceClient(kernel, server.offer());
  const session = server.accept(client.hello());
  const sides = { server, client, session, request: client.encrypt([Float64Array.of(0.5, -0.5)]) };
  // Contexts keep what the first message needs: that is not to be taken for a leak.
  client.decrypt(session.handle(sides.request), 1).dispose();
  return sides;
}

/** Plans of both schemes, one of them with evaluation keys. */
const plans = [() => approximatePlan('eager'), exactPlan];

/** Messages are read once into the kernel; an offer makes keys of the size that its parameters need. */
const bound = (length: number): number => 2 ** 22 + 128 * length;

/** Lengths of the frame, and of the sections in it by their first bytes, right again; objects under their header. */
function reframed(bytes: Uint8Array, samples: readonly Uint8Array[]): Uint8Array | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const copy = bytes.slice();
  const sample = samples.find((one) => one[6] === copy[6]) ?? samples[0]!;
  copy.set(sample.subarray(0, 8));
  new DataView(copy.buffer).setUint32(12, copy.length - HEADER_BYTES, true);
  return copy;
}

const withSides =
  (
    make: (sides: readonly Sides[], kernel: Kernel) => Pick<Target, 'samples' | 'read' | 'repair' | 'mutate'>,
  ): MakeTarget =>
  (kernel) => {
    const sides = plans.map((plan) => connect(kernel, plan()));
    const target = make(sides, kernel);
    return {
      repair: (bytes) => reframed(bytes, target.samples),
      ...target,
      bound,
      dispose: () => disposeAll(sides.flatMap(({ session, client, server }) => [session, client, server])),
    };
  };

/** Every reader is tried, each for its own plan: an input is accepted where one of them takes it. */
function first(readers: readonly (() => void)[]): void {
  let last: unknown;
  for (const read of readers)
    try {
      read();
      return;
    } catch (error) {
      if (!(error instanceof HesperError)) throw error;
      last = error;
    }
  throw last;
}

/** A plan from a file, at a server that is to be: it follows the program before it offers it. */
export const servedPlan: MakeTarget = (kernel) => ({
  samples: plans.map((plan) => savePlan(plan())),
  read: (bytes) => {
    new InferenceServer(kernel, loadPlan(bytes)).dispose();
    return {};
  },
  bound: planBound,
  mutate: changedPlan,
  repair: resealedPlan,
});

/** A client's hello, at the server. */
export const hello: MakeTarget = withSides((sides) => ({
  samples: sides.flatMap(({ client }) => [client.hello(), client.hello({ keys: 'id' })]),
  read: (bytes) => {
    first(
      sides.map(
        ({ server }) =>
          () =>
            server.accept(bytes).dispose(),
      ),
    );
    return {};
  },
}));

/** A client's request, at the session: never an exception, and an answer or a failure that is no fault of the server. */
export const request: MakeTarget = withSides((sides) => ({
  samples: sides.map((side) => side.request),
  read: (bytes) => {
    first(
      sides.map(
        ({ session }) =>
          () =>
            requireAnswer(session.handle(bytes)),
      ),
    );
    return {};
  },
}));

function requireAnswer(bytes: Uint8Array): void {
  const { kind, payload } = parseFrame(bytes);
  if (kind === 'answer') return;
  const { code, message } = JSON.parse(new TextDecoder().decode(payload)) as { code: ErrorCode; message: string };
  throw new HesperError(code, message, { remedy: '' });
}

/** A server's offer, at a client that is to be. */
export const offer: MakeTarget = withSides((sides, kernel) => ({
  samples: sides.map(({ server }) => server.offer()),
  read: (bytes) => {
    new InferenceClient(kernel, bytes).dispose();
    return {};
  },
  mutate: (bytes, random) => withPlan(bytes, (plan) => changedPlan(plan, random)),
  repair: (bytes) => withPlan(bytes, (plan) => resealedPlan(plan) ?? plan),
}));

/** The one section of an offer changed, with the lengths around it. */
function withPlan(bytes: Uint8Array, change: (plan: Uint8Array) => Uint8Array): Uint8Array {
  const start = HEADER_BYTES + 4;
  if (bytes.length < start + OBJECT_HEADER) return bytes;
  const plan = change(bytes.slice(start));
  const payload = new Uint8Array(4 + plan.length);
  new DataView(payload.buffer).setUint32(0, plan.length, true);
  payload.set(plan, 4);
  return frame('offer', 0, payload);
}

/** A server's answer and its word that it is ready, at the client. */
export const answer: MakeTarget = withSides((sides) => ({
  samples: [
    ...sides.map(({ session, request: one }) => session.handle(one)),
    sides[0]!.session.ready(),
    failureFrame(1, new HesperError('out-of-memory', 'none left', { remedy: 'Wait' })),
  ],
  read: (bytes) => {
    first([
      ...sides.map(
        ({ client }) =>
          () =>
            client.decrypt(bytes, 1).dispose(),
      ),
      () => sides[0]!.client.confirm(bytes),
    ]);
    return {};
  },
  repair: (bytes) => {
    const whole = reframed(bytes, [sides[0]!.session.handle(sides[0]!.request)]);
    return whole && withObject(whole, sides[0]!);
  },
}));

function withObject(bytes: Uint8Array, { request: sample }: Sides): Uint8Array {
  const object = underHeader(bytes.slice(HEADER_BYTES), sample.subarray(HEADER_BYTES));
  if (object) bytes.set(object, HEADER_BYTES);
  return bytes;
}
