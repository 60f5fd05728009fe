import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plan } from '../compiler/compile.ts';
import type { CkksPlan } from '../compiler/plan.ts';
import { loadPlan, savePlan } from '../compiler/save-plan.ts';
import { HesperError } from '../errors.ts';
import { dense } from '../heras/layers/dense.ts';
import { sequential } from '../heras/sequential.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { loadKernel } from '../kernel/load.ts';
import { InferenceClient } from './client/inference-client.ts';
import { expectFrame, frame, joinSections, parseFrame, splitSections } from './protocol.ts';
import { InferenceServer } from './server/inference-server.ts';
import type { InferenceSession } from './server/inference-session.ts';
import { memoryStore } from './store/object-store.ts';

const model = (seed: number) =>
  sequential({
    name: 'small',
    seed,
    layers: [dense({ units: 4, inputShape: [6], activation: 'square' }), dense({ units: 3 })],
  });
const random = (seed: number) => () => (seed = (seed * 48271) % 2147483647) / 2147483647;
const inputs = (count: number, seed: number): Float64Array[] => {
  const next = random(seed);
  return Array.from({ length: count }, () => Float64Array.from({ length: 6 }, () => 2 * next() - 1));
};

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

let kernel: Kernel;
let made: CkksPlan;
let server: InferenceServer;
let client: InferenceClient;
let session: InferenceSession;

beforeAll(async () => {
  kernel = await loadKernel();
  made = plan(model(1).toGraph(), { calibration: inputs(200, 3), precisionBits: 10 });
  server = new InferenceServer(kernel, loadPlan(savePlan(made)));
  client = new InferenceClient(kernel, server.offer());
  session = server.accept(client.hello());
  client.confirm(session.ready());
});
afterAll(() => {
  session.dispose();
  client.dispose();
  server.dispose();
  kernel.close();
});

describe('client and server', () => {
  it.each([1, 2, 37])('%i inputs come back as the model computes them', (count) => {
    const some = inputs(count, 17);
    const outputs = client.decrypt(session.handle(client.encrypt(some)), count);
    const clear = model(1).predict({ shape: [count, 6], data: Float32Array.from(some.flatMap((x) => [...x])) });
    for (let i = 0; i < count; i++) {
      for (let k = 0; k < 3; k++) expect(outputs.output(i)[k]).toBeCloseTo(clear.data[3 * i + k]!, 1);
    }
    expect(outputs.length).toBe(count);
  });

  it('a request says nothing about how many inputs it carries', () => {
    expect(client.encrypt(inputs(1, 5)).length).toBe(client.encrypt(inputs(client.batch, 5)).length);
  });

  it('a client that was stored decrypts what the first one asked for, and asks on', async () => {
    const passphrase = { passphrase: 'a horse that was corrected', insecureLogCostForTests: 4 };
    const offer = server.offer();
    const first = new InferenceClient(kernel, offer);
    const asked = server.accept(first.hello());
    const answer = asked.handle(first.encrypt(inputs(2, 23)));
    const expected = first.decrypt(answer, 2).output(1);
    const file = await first.saveSecretKey(passphrase);
    first.dispose();
    asked.dispose();
    const wrong = InferenceClient.open(kernel, offer, file, { passphrase: 'another horse' });
    await expect(wrong).rejects.toThrowError(expect.objectContaining({ code: 'wrong-passphrase' }));
    using second = await InferenceClient.open(kernel, offer, file, passphrase);
    expect(second.decrypt(answer, 2).output(1)).toEqual(expected);
    using again = server.accept(second.hello());
    const outputs = second.decrypt(again.handle(second.encrypt(inputs(2, 23))), 2);
    for (let k = 0; k < 3; k++) expect(outputs.output(1)[k]).toBeCloseTo(expected[k]!, 2);
  });

  it('a stored client of other parameters is refused, and nothing of it stays', async () => {
    const insecureLogCostForTests = 4;
    const file = await client.saveSecretKey({ passphrase: 'one', insecureLogCostForTests });
    const deeper = plan(model(1).toGraph(), { calibration: inputs(200, 3), precisionBits: 25 });
    using other = new InferenceServer(kernel, deeper);
    const before = kernel.poolStats();
    const opened = InferenceClient.open(kernel, other.offer(), file, { passphrase: 'one' });
    await expect(opened).rejects.toThrowError(expect.objectContaining({ code: 'context-mismatch' }));
    expect(kernel.poolStats().liveBytes).toBe(before.liveBytes);
  });

  it('no two requests for the same input are alike', () => {
    const [a, b] = [client.encrypt(inputs(1, 5)), client.encrypt(inputs(1, 5))];
    const equal = a.filter((byte, i) => byte === b[i]).length;
    expect(equal).toBeLessThan(0.02 * a.length);
  });

  it('decrypted outputs refuse to be serialised', () => {
    const outputs = client.decrypt(session.handle(client.encrypt(inputs(1, 5))), 1);
    expect(failure(() => JSON.stringify(outputs)).code).toBe('not-serializable');
    outputs.dispose();
    expect(failure(() => outputs.output(0)).code).toBe('disposed');
  });

  it('a plan that needs keys gets them, and works', () => {
    const lazy = plan(model(1).toGraph(), { calibration: inputs(200, 3), precisionBits: 10, relinearize: 'eager' });
    const other = new InferenceServer(kernel, lazy);
    const owner = new InferenceClient(kernel, other.offer());
    expect(owner.evaluationKeyBytes).toBeGreaterThan(0);
    const opened = other.accept(owner.hello());
    const some = inputs(3, 23);
    const [with_, without] = [
      owner.decrypt(opened.handle(owner.encrypt(some)), 3),
      client.decrypt(session.handle(client.encrypt(some)), 3),
    ];
    for (let i = 0; i < 3; i++) expect(with_.output(i)[0]).toBeCloseTo(without.output(i)[0]!, 1);
    const [parameters] = splitSections(expectFrame(owner.hello(), 'hello').payload, 3);
    const bare = frame('hello', 0, joinSections([parameters!, new Uint8Array(0), new Uint8Array(0)]));
    expect(failure(() => other.accept(bare)).code).toBe('missing-evaluation-key');
    for (const x of [opened, owner, other]) x.dispose();
  });
});

describe('evaluation keys by their content', () => {
  const some = inputs(3, 23);
  let eager: InferenceServer;
  let owner: InferenceClient;
  beforeAll(() => {
    eager = new InferenceServer(
      kernel,
      plan(model(1).toGraph(), { calibration: inputs(200, 3), precisionBits: 10, relinearize: 'eager' }),
    );
    owner = new InferenceClient(kernel, eager.offer());
  });
  afterAll(() => {
    owner.dispose();
    eager.dispose();
  });
  const answers = (opened: InferenceSession): number[] =>
    [0, 1, 2].map((i) => owner.decrypt(opened.handle(owner.encrypt(some)), 3).output(i)[0]!);

  it('are in memory once however often they are sent, and until the last session ends', () => {
    using warm = eager.accept(owner.hello());
    answers(warm); // the secret key makes the powers that decryption needs
    warm.dispose();
    const live = kernel.poolStats().liveBytes;
    const first = eager.accept(owner.hello());
    const one = kernel.poolStats().liveBytes - live;
    const others = [eager.accept(owner.hello()), eager.accept(owner.hello({ keys: 'id' }))];
    expect(kernel.poolStats().liveBytes - live).toBe(one);
    first.dispose();
    first.dispose();
    expect(answers(others[1]!)).toEqual(answers(others[0]!).map((x) => expect.closeTo(x, 1)));
    for (const session of others) session.dispose();
    expect(kernel.poolStats().liveBytes).toBe(live);
    expect(failure(() => eager.accept(owner.hello({ keys: 'id' }))).code).toBe('missing-evaluation-key');
  });

  it('come from a store, chunk by chunk', async () => {
    const store = await memoryStore({ quotaBytes: 2 ** 26 });
    const id = owner.evaluationKeyId!;
    const keys = owner.evaluationKeys();
    const hello = owner.hello({ keys: 'id' });
    expect(hello.length).toBeLessThan(1000);
    const missing = (): Promise<InferenceSession> => eager.acceptStored(hello, store);
    await expect(missing()).rejects.toThrowError(expect.objectContaining({ code: 'missing-data' }));
    let { offset } = await store.begin(id, keys.length);
    while (offset < keys.length) ({ offset } = await store.append(id, offset, keys.subarray(offset, offset + 99_999)));
    const opened = await eager.acceptStored(hello, store);
    const again = await eager.acceptStored(hello, store);
    expect(answers(opened)).toEqual(answers(again).map((x) => expect.closeTo(x, 1)));
    opened.dispose();
    again.dispose();
  });

  it('are refused under another id', () => {
    const [parameters, id, keys] = splitSections(expectFrame(owner.hello(), 'hello').payload, 3).map((x) => x.slice());
    id![3]! ^= 1;
    const live = kernel.poolStats().liveBuffers;
    expect(failure(() => eager.accept(frame('hello', 0, joinSections([parameters!, id!, keys!])))).code).toBe(
      'malformed-bytes',
    );
    expect(kernel.poolStats().liveBuffers).toBe(live);
  });
});

describe('what does not fit', () => {
  it('wrong inputs', () => {
    expect(failure(() => client.encrypt([])).code).toBe('shape-mismatch');
    expect(failure(() => client.encrypt([new Float64Array(5)])).code).toBe('shape-mismatch');
    expect(failure(() => client.encrypt(inputs(client.batch + 1, 1))).code).toBe('shape-mismatch');
    expect(failure(() => client.encrypt([Float64Array.of(0, 0, Number.NaN, 0, 0, 0)])).code).toBe('non-finite-value');
    expect(failure(() => client.encrypt([Float64Array.of(0, 0, 1e300, 0, 0, 0)])).code).toBe('scale-overflow');
  });

  it("another plan's client", () => {
    const other = new InferenceServer(kernel, plan(model(2).toGraph(), { calibration: inputs(200, 3), security: 192 }));
    const stranger = new InferenceClient(kernel, other.offer());
    expect(failure(() => server.accept(stranger.hello())).code).toBe('context-mismatch');
    const answer = session.handle(stranger.encrypt(inputs(1, 1)));
    expect(failure(() => client.decrypt(answer))).toMatchObject({ code: 'remote-failure', met: 'context-mismatch' });
    stranger.dispose();
    other.dispose();
  });

  it('a plan whose program does not do what it says', () => {
    const parts = { ...made, output: { ...made.output, parts: made.output.parts + 1 } };
    expect(failure(() => new InferenceServer(kernel, parts)).code).toBe('plan-mismatch');
    const weak = { ...made, dataPrimes: [...made.dataPrimes, ...made.dataPrimes.map((p) => p)] };
    expect(['insecure-parameters', 'invalid-parameters', 'plan-mismatch']).toContain(
      failure(() => new InferenceServer(kernel, weak)).code,
    );
    const loud = { ...made, input: { ...made.input, scale: 2 ** 200 } };
    expect(failure(() => new InferenceServer(kernel, loud)).code).toBe('scale-overflow');
  });

  it('use after disposal', () => {
    const brief = new InferenceClient(kernel, server.offer());
    brief.dispose();
    expect(failure(() => brief.encrypt(inputs(1, 1))).code).toBe('disposed');
  });

  it('messages of another kind or version', () => {
    const offer = server.offer();
    expect(failure(() => server.accept(offer)).code).toBe('malformed-bytes');
    offer[4] = 9;
    expect(failure(() => new InferenceClient(kernel, offer)).code).toBe('unsupported-version');
  });

  it('weak parameters in an offer', () => {
    const weak = new TextDecoder().decode(server.offer().slice());
    expect(weak).toContain('"ringDegree"');
    const bytes = server.offer();
    const text = JSON.stringify(made.ringDegree);
    const at = weak.indexOf(`"ringDegree":${text}`);
    expect(at).toBeGreaterThan(0);
    const forged = new Uint8Array(bytes);
    forged.set(
      new TextEncoder().encode(String(made.ringDegree / 2).padEnd(text.length, ' ')),
      at + '"ringDegree":'.length,
    );
    expect(['malformed-bytes', 'insecure-parameters', 'invalid-parameters']).toContain(
      failure(() => new InferenceClient(kernel, forged)).code,
    );
  });
});

describe('damaged bytes', () => {
  /** Whatever happens to a message, the receiver throws a HesperError or takes it: it never crashes or leaks. */
  const survives = (bytes: Uint8Array, receive: (b: Uint8Array) => unknown) => {
    const live = kernel.poolStats().liveBuffers;
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), fc.nat(40), (at, flip, cut) => {
        const damaged = bytes.slice(0, bytes.length - cut);
        if (at < damaged.length) damaged[at] = damaged[at]! ^ flip;
        try {
          receive(damaged);
        } catch (error) {
          if (!(error instanceof HesperError)) throw error;
        }
      }),
      {
        numRuns: 60,
        examples: [
          [0, 1, 0],
          [5, 1, 0],
          [12, 255, 0],
          [16, 1, 0],
          [40, 7, 0],
          [0, 1, 16],
        ],
      },
    );
    expect(kernel.poolStats().liveBuffers).toBe(live);
  };

  it('offers', () => survives(server.offer(), (b) => new InferenceClient(kernel, b).dispose()));
  it('hellos', () => survives(client.hello(), (b) => server.accept(b).dispose()));
  it('requests', () => survives(client.encrypt(inputs(1, 1)), (b) => session.handle(b)));
  it('answers', () => survives(session.handle(client.encrypt(inputs(1, 1))), (b) => client.decrypt(b)));

  it('a request cut short is answered by a failure that says so', () => {
    const request = client.encrypt(inputs(1, 1));
    const answer = parseFrame(session.handle(request.subarray(0, request.length - 1)));
    expect(answer.kind).toBe('failure');
    expect(JSON.parse(new TextDecoder().decode(answer.payload))).toMatchObject({
      code: 'malformed-bytes',
      remedy: expect.any(String),
    });
  });

  it('sections end where they say', () => {
    expect(failure(() => splitSections(Uint8Array.of(5, 0, 0, 0, 1), 1)).code).toBe('malformed-bytes');
    expect(failure(() => splitSections(joinSections([new Uint8Array(3)]), 2)).code).toBe('malformed-bytes');
    expect(failure(() => splitSections(joinSections([new Uint8Array(3), new Uint8Array(1)]), 1)).code).toBe(
      'malformed-bytes',
    );
  });
});
