// Times of residues to bytes and back, in GB/s of packed bytes: `pack` and `unpack` alone and with the transform of every
// row, as NTT form is stored and loaded, and the expansion of seeds; the best of all rounds; on one thread the process's own
// CPU time, which other work on the machine disturbs less. After a build:
//   node kernel/bench/bytes.mjs [--variant avx512] [--threads 1] [--seconds 5] [--n 8192] [--primes 47,40,40] [--count 8]
import { generatePrimes, primitiveRoot } from '../../dist/ring/primes.js';
import { kernel, list, now, option, residues, threads, upload } from './frame.mjs';

const seconds = Number(option('--seconds', '5'));
const n = Number(option('--n', '8192'));
const bits = option('--primes', '47,40,40').split(',').map(Number);
const count = Number(option('--count', '8'));
const primes = generatePrimes(n, bits);
const roots = primes.map((p) => primitiveRoot(p, n));
const ring = kernel.createRing(n, primes, roots);
const basis = Int32Array.from(primes.keys());

const a = list(count, () => upload(residues(n, primes, 1)));
const bytes = new Uint8Array(count * primes.reduce((sum, p) => sum + (n / 8) * p.toString(2).length, 0));
const seeds = new Uint8Array(32 * count).fill(7);

const benches = {
  pack: () => kernel.pack(ring, bytes, a, basis, 1, 0),
  unpack: () => kernel.unpack(ring, a, bytes, basis, 1, 0),
  'pack after nttInverse': () => {
    kernel.nttInverse(ring, a, basis, 1);
    kernel.pack(ring, bytes, a, basis, 1, 0);
  },
  'unpack before nttForward': () => {
    kernel.unpack(ring, a, bytes, basis, 1, 0);
    kernel.nttForward(ring, a, basis, 1);
  },
  sampleUniform: () => kernel.sampleUniform(ring, a, seeds, basis, 1, 0),
};

const best = Object.fromEntries(Object.keys(benches).map((name) => [name, Infinity]));
for (const end = performance.now() + 1000 * seconds; performance.now() < end; )
  for (const [name, run] of Object.entries(benches)) {
    const start = now();
    let rounds = 0;
    for (; now() - start < 5; rounds++) run();
    best[name] = Math.min(best[name], (now() - start) / rounds);
  }
console.log(
  `${kernel.variant}, ${threads} thread(s), n = ${n}, ${count} elements over primes of ${bits} bits, GB/s of packed bytes`,
);
for (const [name, ms] of Object.entries(best))
  console.log(`${name.padEnd(28)} ${(bytes.length / ms / 1e6).toFixed(2)}`);
