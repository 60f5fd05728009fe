// Times of products of BFV ciphertexts and of relinearisation in coefficient form: the settings in turn, the least of all
// rounds, in microseconds per element; on one thread the process's own CPU time. After a build:
//   node kernel/bench/scaled.mjs [--variant avx512] [--threads 1] [--list 1] [--seconds 4] n:limbs:bits:auxiliary:tbits ...
// Columns: square; product; relinearise; rows worked on by a square: transforms, conversions.
import { generatePrimes, primitiveRoot } from '../../dist/ring/primes.js';
import { args, indices, kernel, list, now, option, residues, threads, upload } from './frame.mjs';

const elements = Number(option('--list', '1'));
const seconds = Number(option('--seconds', '4'));

function prepare(setting) {
  const [n, limbs, bits, others, tBits] = setting.split(':').map(Number);
  const primes = generatePrimes(n, [...new Array(limbs).fill(bits), ...new Array(1 + others).fill(48)]);
  const roots = primes.map((p) => primitiveRoot(p, n));
  const ring = kernel.createRing(n, primes, roots);
  const [basis, special, auxiliary] = [indices(0, limbs), indices(limbs, 1), indices(limbs + 1, others)];
  const keyData = residues(n, [primes[limbs], ...primes.slice(0, limbs)], 2);
  const keys = list(limbs, () => upload(keyData));
  const two = () => list(elements, () => upload(residues(n, primes.slice(0, limbs), 2)));
  const [a, b] = [two(), two()];
  const three = list(elements, () => upload(residues(n, primes.slice(0, limbs), 3)));
  const out = list(elements, () => kernel.allocate(3 * limbs * n));
  const multiply = (by) => () => kernel.multiplyScaled(ring, out, a, by, basis, auxiliary, 2 ** tBits - 1, 2, 2);
  const runs = [
    multiply(a),
    multiply(b),
    () => kernel.relinearizeCoefficient(ring, out, three, basis, 3, keys, special),
  ];
  const before = kernel.workStats();
  runs[0]();
  const after = kernel.workStats();
  const work = ['transforms', 'conversions'].map((name) => (after[name] - before[name]) / elements);
  return { setting, work, runs, least: [Infinity, Infinity, Infinity] };
}

/** Runs for about 15 ms and returns the time of one. */
function sample(run) {
  const start = now();
  let runs = 0;
  do {
    run();
    runs++;
  } while (now() - start < 15);
  return (now() - start) / runs;
}

const settings = args.map(prepare);
const start = performance.now();
while (performance.now() - start < 1000 * seconds)
  for (const s of settings) s.least = s.least.map((least, i) => Math.min(least, (sample(s.runs[i]) * 1000) / elements));
console.log(`${kernel.variant}, ${threads} thread(s), lists of ${elements}`);
for (const { setting, least, work } of settings)
  console.log(setting.padEnd(18), ...least.map((x) => x.toFixed(0).padStart(7)), ' ', work.join(' '));
