// What a client does in Chromium, on one thread of a worker: keys, encryption, decryption; beside node-seal in the same page.
// Needs Chromium and the development packages.
// Usage: node bench/browser-client.mjs [--n 8192] [--bits 47,47,47,48] [--seconds 20] [--json]
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const args = process.argv.slice(2);
const option = (name, otherwise) => (args.includes(name) ? args[args.indexOf(name) + 1] : otherwise);
const [n, seconds] = [Number(option('--n', 8192)), Number(option('--seconds', 20))];
const bits = option('--bits', '47,47,47,48').split(',').map(Number);

/** Milliseconds that a browser may take at n = 8192, and those aimed at. */
const limits = {
  'key generation with relinearisation key': [150, 60],
  'encrypt, symmetric, to bytes': [6, 3],
  'encrypt, symmetric': [6, 3],
  'encrypt, public key': [6, 3],
  'decrypt and decode': [4, 2],
};

const root = fileURLToPath(new URL('../', import.meta.url));
const { openPage } = (await runnerImport(`${root}test/browsers/harness.ts`, { root, configFile: false })).module;
const entry = 'bench/browser-client.page.ts';
const timeout = 1000 * (seconds + 120);
const loadAverage = Math.round(loadavg()[0] * 100) / 100;
const firsts = [];
for (let i = 0; i < 5; i++) {
  const fresh = await openPage({ entry, isolated: true, minify: true, timeout });
  firsts.push(await fresh.call('cold', [n, bits]));
  await fresh.close();
}
// Isolated: such pages have clocks of 5 microseconds instead of 100.
const page = await openPage({ entry, isolated: true, minify: true, timeout });
const times = await page.call('measure', [n, bits, seconds]);
const browser = page.page.context().browser()?.version() ?? (await page.page.evaluate(() => navigator.userAgent));
await page.close();

const short = (x) => Number(x.toPrecision(4));
const isPeer = (t) => t.features.includes('node-seal');
const rows = times
  .filter((t) => !isPeer(t))
  .map((t) => {
    const peer = times.find((p) => isPeer(p) && p.op === t.op);
    const [floor, target] = n === 8192 ? limits[t.op] : [];
    return {
      op: t.op,
      kernel: 'wasm',
      features: t.features,
      n,
      primeBits: bits,
      threads: 1,
      samples: t.samples,
      milliseconds: short(t.milliseconds),
      medianMilliseconds: short(t.medianMilliseconds),
      largestError: short(t.error),
      floor,
      target,
      peer: peer && 'node-seal',
      peerVersion: peer && '6.0.3',
      peerMilliseconds: peer && short(peer.milliseconds),
      peerLargestError: peer && short(peer.error),
      ratio: peer && short(peer.milliseconds / t.milliseconds),
    };
  });
/** The first of everything in a fresh worker, the middle of five; kernel: loading and compiling it. */
const first = Object.fromEntries(
  Object.keys(firsts[0]).map((part) => [part, short(firsts.map((f) => f[part]).sort((a, b) => a - b)[2])]),
);
const machine = { cpu: cpus()[0]?.model.trim() ?? 'unknown', cores: cpus().length, browser, loadAverage };
const result = { name: 'browser-client', machine, first, rows };

if (args.includes('--json')) console.log(JSON.stringify(result, null, 2));
else {
  console.log(`${browser}, ${machine.cpu}, load ${loadAverage}; ms, n = ${n}, primes of ${bits.join(', ')} bits`);
  for (const r of rows) {
    const peer = r.peer ? `, node-seal ${r.peerMilliseconds}: ${r.ratio} times` : '';
    const bounds = r.floor ? ` (floor ${r.floor}, target ${r.target})` : '';
    console.log(`${r.op.padEnd(40)} ${r.features.join(' ').padEnd(24)} ${r.milliseconds}${bounds}${peer}`);
  }
  const parts = Object.entries(first).map(([part, ms]) => `${part} ${ms}`);
  console.log(`the first of each in a fresh worker: ${parts.join(', ')}`);
}
