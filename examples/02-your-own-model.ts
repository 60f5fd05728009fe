// Train, save, plan, encrypt, run and decrypt a model of your own: does a point of the plane lie inside a circle?
// Needs the optional peers `@tensorflow/tfjs` and `@tensorflow/tfjs-backend-wasm` for training only.
import { adam, dense, loadKernel, loadPlan, plan, rowsOf, savePlan, sequential } from 'hesper';
import { InferenceClient } from 'hesper/client';
import { InferenceServer } from 'hesper/server';
import { fit } from 'hesper/training';

/** Points of [-1, 1]^2 and whether they lie within a circle of radius 0.7. */
export function points(count: number, seed: number) {
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  const data = Float32Array.from({ length: 2 * count }, () => 2 * random() - 1);
  const labels = Uint8Array.from({ length: count }, (_, i) =>
    Math.hypot(data[2 * i]!, data[2 * i + 1]!) < 0.7 ? 1 : 0,
  );
  return { x: { shape: [count, 2], data }, labels };
}

// 1. A network with a square as its only non-linearity: that is what ciphertexts can compute.
const model = sequential({
  name: 'circle',
  seed: 1,
  layers: [dense({ units: 8, inputShape: [2], activation: 'square' }), dense({ units: 2 })],
});
model.compile({ optimizer: adam({ learningRate: 0.02 }), loss: 'sparseCategoricalCrossentropy' });
const training = points(2_000, 7);
await fit(model, training.x, training.labels, { epochs: 30, batchSize: 50, seed: 1 });

// 2. A plan: ring degree, primes, scales. No cryptographic number is asked of you.
const made = plan(model.toGraph(), { calibration: rowsOf(training.x).slice(0, 300), precisionBits: 10 });
const stored = savePlan(made); // bytes for the server's disk

// 3. Server and client. In real life they are two machines; all that passes between them is Uint8Array.
const kernel = await loadKernel();
const server = new InferenceServer(kernel, loadPlan(stored));
const client = new InferenceClient(kernel, server.offer());
const session = server.accept(client.hello());

// 4. Encrypt, evaluate, decrypt.
const test = points(500, 11);
const outputs = client.decrypt(session.handle(client.encrypt(rowsOf(test.x))), 500);
export const right = test.labels.filter((label, i) => outputs.argmax(i) === label).length;
console.log(
  `${right} of 500 encrypted points classified correctly, ${made.securityBits}-bit security, ring degree ${made.ringDegree}`,
);

session.dispose();
client.dispose(); // wipes the secret key
server.dispose();
