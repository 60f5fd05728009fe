import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BfvClientPlan } from '../compiler/bfv/plan.ts';
import { clearIntegers } from '../compiler/clear-outputs.ts';
import { saveClientPlan } from '../compiler/client-plan.ts';
import { plan } from '../compiler/compile.ts';
import type { Plan } from '../compiler/plan.ts';
import { loadPlan, savePlan } from '../compiler/save-plan.ts';
import { HesperError } from '../errors.ts';
import { averagePooling2d } from '../heras/layers/average-pooling-2d.ts';
import { conv2d } from '../heras/layers/conv2d.ts';
import { dense } from '../heras/layers/dense.ts';
import { flatten } from '../heras/layers/flatten.ts';
import { inputLayer } from '../heras/layers/input-layer.ts';
import { quadratic } from '../heras/layers/quadratic.ts';
import { sequential } from '../heras/sequential.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { loadKernel } from '../kernel/load.ts';
import { InferenceClient } from './client/inference-client.ts';
import { expectFrame, frame, joinSections, parseFrame, splitSections } from './protocol.ts';
import { InferenceServer } from './server/inference-server.ts';

const small = () =>
  sequential({
    name: 'small',
    seed: 7,
    layers: [
      inputLayer({ inputShape: [6, 6, 1], range: [-1, 1], scale: 8 }),
      conv2d({ filters: 2, kernelSize: 3, activation: 'square' }),
      averagePooling2d({ poolSize: 2 }),
      flatten(),
      dense({ units: 4 }),
      quadratic({ a: 0.5, b: 1, c: 0.25 }),
      dense({ units: 3 }),
    ],
  });

const images = (count: number, seed: number): Float64Array[] => {
  let state = seed;
  const next = () => (state = (state * 48271) % 2147483647) / 2147483647;
  return Array.from({ length: count }, () => Float64Array.from({ length: 36 }, () => 2 * next() - 1));
};

interface Sides {
  readonly client: InferenceClient;
  readonly server: InferenceServer;
  answer(request: Uint8Array): Uint8Array;
  dispose(): void;
}

function connect(kernel: Kernel, made: Plan): Sides {
  const server = new InferenceServer(kernel, loadPlan(savePlan(made)));
  const client = new InferenceClient(kernel, server.offer());
  const session = server.accept(client.hello());
  client.confirm(session.ready());
  return {
    client,
    server,
    answer: (request) => session.handle(request),
    dispose: () => {
      for (const x of [session, client, server]) x.dispose();
    },
  };
}

/** The error that `work` throws: a HesperError, or the test fails. */
function failure(work: () => unknown): HesperError {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(HesperError);
    return error as HesperError;
  }
  throw new Error('nothing was thrown');
}

const kernels: Record<string, Kernel> = {};
beforeAll(async () => {
  kernels['chosen'] = await loadKernel();
  kernels['wasm'] = await loadKernel({ variant: 'wasm' });
});
afterAll(() => {
  for (const kernel of Object.values(kernels)) kernel.close();
});

const options = { slots: { weightBits: 4 }, 'two moduli': { weightBits: 4, plaintextModuli: 2 } } as const;

describe.each(['chosen', 'wasm'])('exact networks, kernel %s', (name) => {
  it.each(['slots', 'two moduli'] as const)('%s: every integer is the integer model’s', (kind) => {
    const made = plan(small().toGraph(), { scheme: 'bfv', ...options[kind] });
    const { client, answer, dispose } = connect(kernels[name]!, made);
    expect(client.batch).toBe(made.ringDegree);
    const inputs = images(50, 11);
    const outputs = client.decrypt(answer(client.encrypt(inputs)), 50);
    const wanted = clearIntegers(made, Float64Array.from(inputs.flatMap((x) => [...x])));
    for (let i = 0; i < 50; i++) expect(outputs.integers(i)).toEqual(wanted[i]);
    for (let k = 0; k < 3; k++) expect(outputs.output(9)[k]).toBe(Number(wanted[9]![k]) / made.output.scale);
    expect(new Set(wanted.map(String)).size).toBe(50);
    dispose();
  });

  it('coefficients: one image, every integer', () => {
    const made = plan(small().toGraph(), { scheme: 'bfv', encoding: 'coefficients', weightBits: 4 });
    const { client, answer, dispose } = connect(kernels[name]!, made);
    expect(client.batch).toBe(1);
    for (const input of [...images(2, 5), new Float64Array(36).fill(1), new Float64Array(36).fill(-1)]) {
      const outputs = client.decrypt(answer(client.encrypt([input])), 1);
      expect(outputs.integers(0)).toEqual(clearIntegers(made, input)[0]);
    }
    dispose();
  });
});

describe('one word', () => {
  it('the same model and calls under either scheme, the same answers', () => {
    const inputs = images(20, 3);
    const answers = (['ckks', 'bfv'] as const).map((scheme) => {
      const made = plan(small().toGraph(), { scheme, calibration: images(200, 1), weightBits: 4, precisionBits: 12 });
      const { client, answer, dispose } = connect(kernels['chosen']!, made);
      const outputs = client.decrypt(answer(client.encrypt(inputs)), 20);
      if (scheme === 'ckks') expect(failure(() => outputs.integers(0)).code).toBe('invalid-argument');
      else expect(outputs.integers(0)).toHaveLength(3);
      const numbers = inputs.map((_, i) => outputs.output(i));
      dispose();
      return numbers;
    });
    const largest = Math.max(...answers[1]!.flatMap((row) => [...row].map(Math.abs)));
    for (let i = 0; i < 20; i++)
      for (let k = 0; k < 3; k++)
        expect(Math.abs(answers[0]![i]![k]! - answers[1]![i]![k]!)).toBeLessThan(2 ** -10 * largest);
  });

  it.each(['ckks', 'bfv'] as const)('%s: an input outside the declared range is refused, with its place', (scheme) => {
    const made = plan(small().toGraph(), { scheme, calibration: images(200, 1), weightBits: 4 });
    const { client, dispose } = connect(kernels['chosen']!, made);
    const inputs = images(3, 3);
    inputs[2]![17] = 1.001;
    const error = failure(() => client.encrypt(inputs));
    expect(error).toMatchObject({ code: 'input-out-of-range', met: { input: 2, index: 17 } });
    inputs[2]![17] = Number.NaN;
    expect(failure(() => client.encrypt(inputs)).code).toBe('input-out-of-range');
    dispose();
  });
});

describe('what does not fit', () => {
  let sides: Sides;
  let batches: Uint8Array[];
  const request = (sections: readonly Uint8Array[]) => frame('request', 1, joinSections(sections));
  const refused = (bytes: Uint8Array): string => {
    const message = parseFrame(sides.answer(bytes));
    expect(message.kind).toBe('failure');
    return JSON.parse(new TextDecoder().decode(message.payload)).code;
  };
  beforeAll(() => {
    sides = connect(kernels['chosen']!, plan(small().toGraph(), { scheme: 'bfv', ...options['two moduli'] }));
    batches = splitSections(expectFrame(sides.client.encrypt(images(2, 1)), 'request').payload, 2);
  });
  afterAll(() => sides.dispose());

  it('requests with another modulus, number of sides or of ciphertexts', () => {
    expect(parseFrame(sides.answer(request(batches))).kind).toBe('answer');
    expect(refused(request([batches[1]!, batches[0]!]))).toBe('shape-mismatch');
    expect(refused(request([batches[0]!, batches[0]!]))).toBe('shape-mismatch');
    expect(refused(request([batches[0]!]))).toBe('malformed-bytes');
    expect(refused(request([...batches, batches[1]!]))).toBe('malformed-bytes');
    const other = batches[0]!.slice();
    const modulusAt = 48 + 6;
    expect(other[modulusAt]).toBe(0);
    other[modulusAt] = 2;
    expect(['malformed-bytes', 'modulus-mismatch']).toContain(refused(request([other, batches[1]!])));
    const fewer = batches[0]!.slice();
    fewer[48] = fewer[48]! - 1;
    expect(refused(request([fewer, batches[1]!]))).toBe('malformed-bytes');
  });

  it('nothing is kept of what was refused', () => {
    const live = kernels['chosen']!.poolStats().liveBuffers;
    refused(request([batches[0]!, batches[0]!]));
    expect(kernels['chosen']!.poolStats().liveBuffers).toBe(live);
  });

  it('an answer with its sides exchanged', () => {
    const { payload } = expectFrame(sides.answer(request(batches)), 'answer');
    const [a, b] = splitSections(payload, 2);
    const swapped = frame('answer', 1, joinSections([b!, a!]));
    expect(failure(() => sides.client.decrypt(swapped)).code).toBe('shape-mismatch');
  });

  it.each(['request', 'answer'] as const)('a damaged %s is refused or taken, and nothing is kept of it', (kind) => {
    const whole = sides.client.encrypt(images(1, 1));
    const bytes = kind === 'request' ? whole : sides.answer(whole);
    sides.client.decrypt(sides.answer(whole), 1).dispose(); // the client keeps powers of its key
    const live = kernels['chosen']!.poolStats().liveBuffers;
    fc.assert(
      fc.property(fc.nat(200), fc.integer({ min: 1, max: 255 }), fc.nat(40), (at, flip, cut) => {
        const damaged = bytes.slice(0, bytes.length - cut);
        damaged[at] = damaged[at]! ^ flip;
        try {
          if (kind === 'request') sides.answer(damaged);
          else sides.client.decrypt(damaged, 1).dispose();
        } catch (error) {
          if (!(error instanceof HesperError)) throw error;
        }
      }),
      {
        numRuns: 30,
        examples: [
          [0, 1, 0],
          [16, 1, 0],
          [20, 1, 0],
          [60, 1, 0],
          [66, 1, 0],
        ],
      },
    );
    expect(kernels['chosen']!.poolStats().liveBuffers).toBe(live);
  });

  it('an offer of more slots than the ring has, before anything is allocated', () => {
    const offer = (plan: BfvClientPlan) => frame('offer', 0, joinSections([saveClientPlan(plan)]));
    const { plan } = sides.client as { plan: BfvClientPlan };
    const kernel = kernels['chosen']!;
    expect(failure(() => new InferenceClient(kernel, offer({ ...plan, slots: 2 ** 40 }))).code).toBe('plan-mismatch');
    const other = { ...plan, input: { ...plan.input, ciphertexts: 2 ** 40 } };
    const client = new InferenceClient(kernel, offer(other));
    expect(failure(() => client.encrypt(images(1, 1)))).toMatchObject({ code: 'shape-mismatch', wanted: 2 ** 40 });
    client.dispose();
  });

  it('no two requests for the same input are alike, nor do they tell how many inputs they carry', () => {
    const [a, b] = [sides.client.encrypt(images(1, 5)), sides.client.encrypt(images(3, 5))];
    expect(a.length).toBe(b.length);
    expect(a.filter((byte, i) => byte === b[i]).length).toBeLessThan(0.02 * a.length);
  });

  it('decrypted integers refuse to be serialised, and are wiped', () => {
    const outputs = sides.client.decrypt(sides.answer(sides.client.encrypt(images(1, 5))), 1);
    expect(failure(() => JSON.stringify(outputs)).code).toBe('not-serializable');
    expect(outputs.integers(0)).toHaveLength(3);
    outputs.dispose();
    expect(failure(() => outputs.integers(0)).code).toBe('disposed');
    expect(failure(() => outputs.output(0)).code).toBe('disposed');
  });
});
