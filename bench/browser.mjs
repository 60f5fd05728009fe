// Measures in Chromium, in a worker of a cross-origin isolated page. Needs Chromium and the development packages.
// Usage: node bench/browser.mjs [--n 8192] [--bits 47] [--seconds 20] [--json]
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const args = process.argv.slice(2);
const option = (name, otherwise) => (args.includes(name) ? Number(args[args.indexOf(name) + 1]) : otherwise);
const [n, bits, seconds] = [option('--n', 8192), option('--bits', 47), option('--seconds', 20)];

const root = fileURLToPath(new URL('../', import.meta.url));
const { openPage } = (await runnerImport(`${root}test/browsers/harness.ts`, { root, configFile: false })).module;
const timeout = 1000 * (seconds + 120);
const loadAverage = Math.round(loadavg()[0] * 100) / 100;
const page = await openPage({ entry: 'bench/browser-ntt.page.ts', isolated: true, minify: true, timeout });
const { times, peerChain } = await page.call('measure', [n, bits, seconds]);
const browser = page.page.context().browser()?.version() ?? (await page.page.evaluate(() => navigator.userAgent));
await page.close();

const short = (x) => Number(x.toPrecision(4));
const [peers, ours] = [true, false].map((peer) => times.filter((t) => t.features.includes('node-seal') === peer));
const rows = ours.map((row) => {
  const peer = peers.find((p) => p.op === row.op);
  return {
    op: row.op,
    kernel: 'wasm',
    features: row.features,
    n,
    logQ: bits,
    threads: 1,
    samples: row.samples,
    microseconds: short(row.microseconds),
    peer: 'node-seal',
    peerVersion: '6.0.3',
    peerChain,
    peerMicroseconds: short(peer.microseconds),
    ratio: short(peer.microseconds / row.microseconds),
    medianRatio: short(peer.medianMicroseconds / row.medianMicroseconds),
  };
});
const machine = { cpu: cpus()[0]?.model.trim() ?? 'unknown', cores: cpus().length, browser, loadAverage };
const result = { name: 'browser-ntt', machine, rows };

if (args.includes('--json')) console.log(JSON.stringify(result, null, 2));
else {
  console.log(`${browser}, ${machine.cpu}, load ${loadAverage}; us per transform of one prime, n = ${n}`);
  for (const r of rows)
    console.log(
      `${r.op.padEnd(12)} ${r.features.join(' ').padEnd(22)} ${r.microseconds} us, node-seal ${r.peerMicroseconds} us: ${r.ratio} times`,
    );
}
