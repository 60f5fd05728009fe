/** A network of integers under BFV: the encrypted answer is the integer model's, digit for digit. CKKS is one word away. */
import { clearIntegers, dense, inputLayer, loadKernel, plan, sequential } from 'hesper';
import { InferenceClient } from 'hesper/client';
import { InferenceServer } from 'hesper/server';

// Inputs are declared: numbers of [0, 1], rounded to fifteenths. Whatever lies outside is refused.
const model = sequential({
  seed: 4,
  layers: [
    inputLayer({ inputShape: [8], range: [0, 1], scale: 15 }),
    dense({ units: 6, activation: 'square' }),
    dense({ units: 2 }),
  ],
});
const inputs = [Float64Array.of(0, 0.1, 0.9, 1, 0.2, 0.3, 0.5, 0.7), new Float64Array(8).fill(1)];
const kernel = await loadKernel();

for (const scheme of ['bfv', 'ckks'] as const) {
  const made = plan(model.toGraph(), { scheme, calibration: inputs, weightBits: 5 });
  const server = new InferenceServer(kernel, made);
  const client = new InferenceClient(kernel, server.offer());
  const session = server.accept(client.hello());
  const answer = client.decrypt(session.handle(client.encrypt(inputs)), inputs.length);

  const numbers = inputs.map((_, i) => [...answer.output(i)].map((x) => x.toFixed(3)).join(' ')).join(' | ');
  if (made.scheme === 'bfv') {
    const clear = clearIntegers(made, Float64Array.from(inputs.flatMap((x) => [...x])));
    const equal = clear.every((row, i) => row.join() === answer.integers(i).join());
    console.log(`bfv ${numbers}, every digit equal: ${equal}`);
  } else console.log(`ckks ${numbers}`);

  for (const x of [answer, session, client, server]) x.dispose();
}
kernel.close();
