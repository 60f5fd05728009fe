// Times of key switching over rings, primes and special primes: the settings in turn, the least of all rounds, in
// microseconds per element; on one thread the process's own CPU time, which other work on the machine disturbs less. After
// a build:
//   node kernel/bench/key_switch.mjs [--variant avx512] [--threads 1] [--list 1] [--seconds 4] n:limbs:special[:bits] ...
// Columns: relinearise; rotate; each further hoisted rotation (9 rotations less 1, / 8); rows worked on by one rotation:
// transforms, key products, conversions.
import { generatePrimes, primitiveRoot } from '../../dist/ring/primes.js';
import { args, indices, kernel, list, now, option, residues, upload } from './frame.mjs';

const ROTATIONS = 9;
const elements = Number(option('--list', '1'));
const seconds = Number(option('--seconds', '4'));

function prepare(setting) {
  const [n, limbs, k, bits = 48] = setting.split(':').map(Number);
  const primes = generatePrimes(n, [...new Array(limbs).fill(bits), ...new Array(k).fill(48)]);
  const roots = primes.map((p) => primitiveRoot(p, n));
  const ring = kernel.createRing(n, primes, roots);
  const [basis, special] = [indices(0, limbs), indices(limbs, k)];
  const digits = Math.ceil(limbs / k);
  const keyData = residues(n, [...primes.slice(limbs), ...primes.slice(0, limbs)], 2);
  const keys = list(ROTATIONS * digits, () => upload(keyData));
  const three = list(elements, () => upload(residues(n, primes.slice(0, limbs), 3)));
  const out = list(ROTATIONS * elements, () => kernel.allocate(2 * limbs * n));
  const exponents = indices(1, ROTATIONS).map((i) => 2 * i + 1);
  const rotate = (count) => () => {
    const [to, by] = [out.subarray(0, count * elements), exponents.subarray(0, count)];
    kernel.rotateMany(ring, to, three, basis, by, keys.subarray(0, count * digits), special);
  };
  const relinearize = () =>
    kernel.relinearize(ring, out.subarray(0, elements), three, basis, 3, keys.subarray(0, digits), special);
  const before = kernel.workStats();
  rotate(1)();
  const work = Object.entries(kernel.workStats()).map(([key, count]) => (count - before[key]) / elements);
  return {
    setting,
    digits,
    work,
    runs: [relinearize, rotate(1), rotate(ROTATIONS)],
    best: [Infinity, Infinity, Infinity],
  };
}

const settings = args.map(prepare);
for (const end = performance.now() + 1000 * seconds * settings.length; performance.now() < end; )
  for (const { runs, best } of settings)
    runs.forEach((run, i) => {
      for (let again = 0; again < 3; again++) {
        const start = now();
        run();
        best[i] = Math.min(best[i], (1000 * (now() - start)) / elements);
      }
    });
for (const { setting, digits, work, best } of settings) {
  const [relinearize, rotate, many] = best;
  const columns = [relinearize, rotate, (many - rotate) / (ROTATIONS - 1)].map((us) => us.toFixed(0).padStart(8));
  console.log(`${setting.padEnd(12)} dnum ${digits} ${columns.join('')}   ${work.join(' ')}`);
}
kernel.close();
