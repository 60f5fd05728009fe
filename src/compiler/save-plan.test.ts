import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { HesperError } from '../errors.ts';
import { HEADER_BYTES, kinds, writeHeader } from '../format/header.ts';
import { loadClientPlan, saveClientPlan } from './client-plan.ts';
import { plan } from './compile.ts';
import { writeContainer } from './container.ts';
import { modelDigest } from './digest.ts';
import { explain } from './explain.ts';
import { checkSameModel, clientPlan } from './plan.ts';
import { inputsOf, planCases } from './plan-cases.conformance.ts';
import { loadPlan, savePlan } from './save-plan.ts';

const one = planCases.find((c) => c.name === 'two squares, lazily relinearised')!;
const graph = one.graph();
const made = plan(graph, { ...one.options, calibration: inputsOf(graph, 64, 1) });
const bytes = savePlan(made);

const codeOf = (run: () => unknown): string => {
  try {
    run();
    return 'nothing thrown';
  } catch (error) {
    return error instanceof HesperError ? error.code : `${error}`;
  }
};

describe('plan bytes', () => {
  it('come back as the same plan', () => {
    expect(loadPlan(bytes)).toEqual(made);
    expect(savePlan(loadPlan(bytes))).toEqual(bytes);
  });

  it("hold no weights on the client's side", () => {
    const client = clientPlan(made);
    expect(loadClientPlan(saveClientPlan(client))).toEqual(client);
    expect(client).not.toHaveProperty('program');
    expect(codeOf(() => loadPlan(saveClientPlan(client)))).toBe('malformed-bytes');
    expect(codeOf(() => loadClientPlan(bytes))).toBe('malformed-bytes');
  });

  it('are not made of programs with rotations or plaintext vectors', () => {
    const inputs = [0];
    const vector = Float64Array.of(1);
    for (const last of [
      { verb: 'rotateMany', inputs, argument: [1] },
      { verb: 'conjugateAll', inputs, argument: undefined },
      { verb: 'addPlain', inputs, argument: [vector] },
      { verb: 'linearPlain', inputs, argument: { inputs: 1, rows: [[{ from: 0, weight: vector }]] } },
    ] as const) {
      const steps = [...made.program.steps, last];
      expect(codeOf(() => savePlan({ ...made, program: { ...made.program, steps } }))).toBe('invalid-argument');
    }
  });

  it('cut anywhere are refused', () => {
    for (let length = 0; length < bytes.length; length += Math.ceil(bytes.length / 97)) {
      expect(codeOf(() => loadPlan(bytes.subarray(0, length)))).toBe('malformed-bytes');
    }
    expect(codeOf(() => loadPlan(Uint8Array.from([...bytes, 0])))).toBe('malformed-bytes');
  });

  it('with any byte changed are refused', () => {
    for (let at = 0; at < bytes.length; at += Math.ceil(bytes.length / 211)) {
      const damaged = bytes.slice();
      damaged[at]! ^= 0x15;
      expect(['malformed-bytes', 'unsupported-version']).toContain(codeOf(() => loadPlan(damaged)));
    }
  });

  it('of another version are refused as such', () => {
    const other = bytes.slice();
    other[4] = 99;
    expect(codeOf(() => loadPlan(other))).toBe('unsupported-version');
  });

  it.each([
    ['a ring degree that is no number', { ringDegree: 'large' }],
    ['no primes', { dataPrimes: [] }],
    ['a scheme unknown', { scheme: 'tfhe' }],
    ['ten parts', { output: { ...made.output, parts: 10 } }],
  ])('with a good checksum but %s are refused', (_, change) => {
    const forged = writeContainer(kinds.clientPlan, { plan: { ...clientPlan(made), ...change } }, []);
    expect(codeOf(() => loadClientPlan(forged))).toBe('malformed-bytes');
  });

  const rows = { outputs: 1, inputs: 1, rowStart: 0, columns: 1, values: 2, scale: 1 };
  const program = {
    inputs: 1,
    steps: [{ inputs: [[0, 1]], action: { verb: 'linear', argument: rows } }],
    results: [[1, 1]],
  }; // prettier-ignore
  const blobs = [Int32Array.of(0, 1), Int32Array.of(0), Int32Array.of(5)];
  const single = {
    ...clientPlan(made),
    input: { ...made.input, ciphertexts: 1 },
    output: { ...made.output, ciphertexts: 1 },
  }; // prettier-ignore
  const forge = (change: object, parts: Int32Array[] = blobs): string =>
    codeOf(() => loadPlan(writeContainer(kinds.plan, { plan: single, program: { ...program, ...change } }, parts)));
  const step = (inputs: number[][], argument: object = rows): object => ({
    steps: [{ inputs, action: { verb: 'linear', argument } }],
  });

  it('with a hostile program are refused', () => {
    expect(forge({})).toBe('nothing thrown');
    expect(forge({ results: [[2, 1]] })).toBe('malformed-bytes'); // no such value
    expect(forge({ results: [[0, 2 ** 40]] })).toBe('malformed-bytes'); // all memory
    expect(forge(step([[1, 1]]))).toBe('malformed-bytes'); // reads itself
    expect(
      forge(
        step([
          [0, 1],
          [0, 1],
        ]),
      ),
    ).toBe('malformed-bytes'); // prettier-ignore
    expect(forge(step([[0, 1]], { ...rows, values: 7 }))).toBe('malformed-bytes'); // no such blob
    expect(forge(step([[0, 1]], { ...rows, outputs: 2 }))).toBe('malformed-bytes');
    expect(forge({}, [Int32Array.of(0, 1), Int32Array.of(1), Int32Array.of(5)])).toBe('malformed-bytes'); // column
    expect(forge({}, [Int32Array.of(0, 1), Int32Array.of(0), Int32Array.of(2 ** 27)])).toBe('malformed-bytes');
    expect(forge({ inputs: 2 })).toBe('malformed-bytes');
    expect(forge({ steps: [{ inputs: [[0, 1]], action: { verb: 'bootstrapAll' } }] })).toBe('malformed-bytes');
  });
});

describe('the one encoding of a plan', () => {
  /** The same bytes with another text, and a good digest. */
  const withText = (change: (text: string) => string, of = bytes): Uint8Array => {
    const view = new DataView(of.buffer, of.byteOffset);
    const [length, count] = [view.getUint32(HEADER_BYTES, true), view.getUint32(HEADER_BYTES + 4, true)];
    const start = HEADER_BYTES + 8 + 4 * count;
    const text = new TextEncoder().encode(change(new TextDecoder().decode(of.subarray(start, start + length))));
    const body = Buffer.concat([of.subarray(HEADER_BYTES, start), text, of.subarray(start + length)]);
    new DataView(body.buffer, body.byteOffset).setUint32(0, text.length, true);
    const out = new Uint8Array(HEADER_BYTES + body.length);
    out.set(body, HEADER_BYTES);
    writeHeader(out, kinds.plan, createHash('sha256').update(body).digest('hex'));
    return out;
  };

  it.each<[string, (text: string) => string]>([
    ['white space', (text) => text.replace('":', '": ')],
    ['white space at the end', (text) => `${text} `],
    ['a byte order mark', (text) => `\uFEFF${text}`],
    ['a field more', (text) => text.replace('{"plan":{', '{"plan":{"a":1,')],
    ['a key twice', (text) => text.replace('"inputs":', '"inputs":0,"inputs":')],
    ['keys in another order', (text) => text.replace(/^\{"plan":(.*),"program":(.*)\}$/s, '{"program":$2,"plan":$1}')],
    ['numbers spelled otherwise', (text) => text.replace('"version":4', '"version":4.0')],
    ['a prototype', (text) => text.replace('{"plan":{', '{"__proto__":{},"plan":{')],
    ['text that is no JSON', (text) => text.slice(1)],
    [
      'too many steps of one job',
      (text) => text.replace(/"argument":\[\{/, `"argument":[${'{"verb":"squareAll"},'.repeat(65)}{`),
    ],
  ])('allows no %s', (_, change) => {
    expect(withText((text) => text)).toEqual(bytes);
    expect(withText(change)).not.toEqual(bytes);
    expect(codeOf(() => loadPlan(withText(change)))).toBe('malformed-bytes');
  });

  it('reads blobs in order, once, and all of them', () => {
    const swapped = (text: string): string =>
      text.replace('"columns":1', '"columns":2').replace('"values":2', '"values":1');
    expect(codeOf(() => loadPlan(withText(swapped)))).toBe('malformed-bytes');
    const again = (text: string): string => text.replace('"columns":1', '"columns":0');
    expect(codeOf(() => loadPlan(withText(again)))).toBe('malformed-bytes');
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const more = writeContainer(kinds.clientPlan, { plan: clientPlan(made) }, [Int32Array.of(1)]);
    expect(view.getUint32(HEADER_BYTES + 4, true)).toBeGreaterThan(0);
    expect(codeOf(() => loadClientPlan(more))).toBe('malformed-bytes');
  });

  it('says which version a newer file needs', () => {
    const newer = bytes.slice();
    newer[4] = 6;
    expect(() => loadPlan(newer)).toThrowError(/need version 6 of the format, and this release reads version 4/);
  });
});

describe('model digest', () => {
  it('changes with any weight or attribute and not with the order of keys', () => {
    const digest = modelDigest(graph);
    expect(made.modelDigest).toBe(digest);
    expect(modelDigest(one.graph())).toBe(digest);
    const other = structuredClone(graph);
    other.nodes[0]!.weights['kernel']!.data[3]! += 1e-6;
    expect(modelDigest(other)).not.toBe(digest);
    expect(codeOf(() => checkSameModel(made, digest))).toBe('nothing thrown');
    expect(codeOf(() => checkSameModel(made, modelDigest(other)))).toBe('plan-mismatch');
  });
});

describe('explain', () => {
  it('names what was decided, and every layer', () => {
    const text = explain(made);
    for (const layer of made.layers) expect(text).toContain(layer.names.join('+'));
    for (const q of made.dataPrimes) expect(text).toContain(`${q}`);
    expect(text).toMatch(/128 bits \(hes2024\)/);
    expect(text).toMatch(/relinearise +lazy, keys for s\^2/);
    expect(text).toMatch(/drop 1/);
  });
});
