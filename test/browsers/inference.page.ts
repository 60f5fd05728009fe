import { HesperError, InferenceClient, loadKernel } from 'hesper/client';

/** Bytes that the server of the test answers with. */
async function ask(path: string, body: Uint8Array = new Uint8Array(0)): Promise<Uint8Array> {
  const response = await fetch(path, { method: 'POST', body: body as BodyInit });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

export interface Classified {
  readonly kernel: string;
  readonly features: readonly string[];
  readonly batch: number;
  readonly evaluationKeyBytes: number;
  readonly outputs: readonly (readonly number[])[];
  /** Decimal; under BFV. */
  readonly integers: readonly (readonly string[])[] | undefined;
  readonly milliseconds: Readonly<Record<string, number>>;
}

/** The whole client: keys for the server's offer, encrypted images, decrypted outputs. */
export async function classify(images: number, size: number): Promise<Classified> {
  const milliseconds: Record<string, number> = {};
  const timed = <T>(name: string, work: () => T): T => {
    const start = performance.now();
    const result = work();
    milliseconds[name] = performance.now() - start;
    return result;
  };
  const pixels = new Float32Array((await ask('/digits')).buffer as ArrayBuffer);
  const inputs = Array.from({ length: images }, (_, i) => pixels.slice(i * size, (i + 1) * size));
  const kernel = await loadKernel();
  const offer = await ask('/offer');
  const client = timed('keys', () => new InferenceClient(kernel, offer));
  client.confirm(await ask('/hello', client.hello()));
  const request = timed('encrypt', () => client.encrypt(inputs));
  const answer = await ask('/request', request);
  const outputs = timed('decrypt', () => client.decrypt(answer, images));
  const each = <T>(read: (i: number) => T): T[] => inputs.map((_, i) => read(i));
  const result = {
    kernel: kernel.variant,
    features: kernel.features,
    batch: client.batch,
    evaluationKeyBytes: client.evaluationKeyBytes,
    outputs: each((i) => [...outputs.output(i)]),
    integers: client.plan.scheme === 'bfv' ? each((i) => outputs.integers(i).map(String)) : undefined,
    milliseconds,
  };
  outputs.dispose();
  client.dispose();
  kernel.close();
  return result;
}

/** What becomes of an answer that was changed on its way, and of a verb that this kernel lacks. */
export async function refusals(): Promise<string[]> {
  const kernel = await loadKernel();
  const client = new InferenceClient(kernel, await ask('/offer'));
  const codes: string[] = [];
  const attempt = (work: () => unknown): void => {
    try {
      work();
      codes.push('nothing');
    } catch (error) {
      codes.push(error instanceof HesperError ? error.code : String(error));
    }
  };
  attempt(() => client.confirm(new Uint8Array(16)));
  attempt(() => client.decrypt(new Uint8Array(100)));
  attempt(() => client.encrypt([Float64Array.of(1)]));
  attempt(() => kernel.createWeights(1, 1, Int32Array.of(0, 1), Int32Array.of(0), Int32Array.of(1)));
  client.dispose();
  attempt(() => client.encrypt([new Float64Array(784)]));
  kernel.close();
  return codes;
}
