// Makes objects and forgets, disposes of, shares or closes under them; prints what was warned of and how much memory is
// in use. Needs node --expose-gc and the built package.
import * as he from '../../dist/he.js';

const kernel = await he.loadKernel({ threads: 1 });
const warnings = [];
process.removeAllListeners('warning').on('warning', (warning) => warnings.push(warning.message));

const n = 1024;
const primes = he.generatePrimes(n, [40, 40, 42]);
const parameters = he.createInsecureParameters({
  ringDegree: n,
  dataPrimes: primes.slice(0, 2),
  specialPrimes: primes.slice(2),
});
const doubled = {
  outputs: 1,
  inputs: 1,
  rowStart: Int32Array.of(0, 1),
  columns: Int32Array.of(0),
  values: Int32Array.of(2),
  scale: 1,
};

function makeAll() {
  const context = he.createContext(parameters, kernel);
  const generator = new he.KeyGenerator(context);
  const secretKey = generator.secretKey();
  const publicKey = generator.publicKey(secretKey);
  const relinearizationKey = generator.relinearizationKey(secretKey);
  const evaluator = he.createCkksEvaluator(context, { relinearizationKey });
  const plaintexts = he.encode(context, [Float64Array.of(1, 2)], { scale: 2 ** 20 });
  const cts = [
    ...he.encryptPublic(publicKey, plaintexts),
    ...he.encryptSymmetric(secretKey, [Float64Array.of(3)], { scale: 2 ** 20 }),
  ];
  const results = evaluator.linear([cts[0]], doubled);
  he.decryptPrivate(secretKey, results).dispose();
  return {
    all: [...results, ...cts, ...plaintexts, evaluator, relinearizationKey, publicKey, secretKey, context],
    cts,
    evaluator,
  };
}

async function makeService() {
  const { dense, plan, sequential } = await import('../../dist/index.js');
  const { InferenceClient } = await import('../../dist/client.js');
  const { InferenceServer } = await import('../../dist/server.js');
  const model = sequential({
    name: 'small',
    seed: 1,
    layers: [dense({ units: 2, inputShape: [2], activation: 'square' })],
  });
  const inputs = [Float64Array.of(1, -1), Float64Array.of(0.5, 0.25)];
  const server = new InferenceServer(kernel, plan(model.toGraph(), { calibration: inputs, precisionBits: 8 }));
  const client = new InferenceClient(kernel, server.offer());
  const session = server.accept(client.hello());
  return client.decrypt(session.handle(client.encrypt(inputs)), 2).argmax(0);
}

/** What lives on through the collection, and whether it is still good. */
let kept = () => true;

const actions = {
  forget: () => void makeAll(),
  dispose: () => {
    for (const object of makeAll().all) object.dispose();
  },
  share: () => {
    const { all, cts, evaluator } = makeAll();
    const [view] = evaluator.dropLevelAll([cts[0]], 0); // shares the memory of a ciphertext that is forgotten now
    const others = all.filter((object) => object !== cts[0]);
    const secretKey = others.at(-2);
    kept = () => others.length > 0 && Math.abs(he.decryptPrivate(secretKey, [view]).column(0)[1] - 2) < 0.01;
  },
  close: () => {
    makeAll();
    kernel.close();
  },
  service: () => makeService().then(() => {}),
};

const live = () => {
  try {
    return kernel.poolStats().liveBuffers;
  } catch {
    return 0;
  }
};
const before = live();
await actions[process.argv[2]]();
const during = live();
for (let round = 0; round < 20; round++) {
  globalThis.gc();
  await new Promise((resolve) => setTimeout(resolve, 5));
}
console.log(JSON.stringify({ warnings, live: [before, during, live()], intact: kept() }));
