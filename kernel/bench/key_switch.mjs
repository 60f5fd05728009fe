// Times of key switching over rings, primes and special primes, least of many runs, in microseconds; after a build:
//   node kernel/bench/key_switch.mjs [--variant avx512] [--threads 1] [--list 1] n:limbs:special ...
// Columns: relinearise; rotate; each further hoisted rotation (9 rotations less 1, / 8); one forward transform; rows worked on.
import { loadKernel } from '../../dist/kernel/load.js';
import { generatePrimes, primitiveRoot } from '../../dist/ring/primes.js';

const args = process.argv.slice(2);
const option = (name, otherwise) => (args.includes(name) ? args.splice(args.indexOf(name), 2)[1] : otherwise);
const variant = option('--variant', undefined);
const threads = Number(option('--threads', '1'));
const elements = Number(option('--list', '1'));
const bits = Number(option('--bits', '47'));
const budget = Number(option('--milliseconds', '400'));
const kernel = await loadKernel({ variant, threads });

const least = (f) => {
  let best = Infinity;
  for (const end = performance.now() + budget; performance.now() < end; ) {
    const start = performance.now();
    f();
    best = Math.min(best, performance.now() - start);
  }
  return 1000 * best;
};
const indices = (from, count) => Int32Array.from({ length: count }, (_, i) => from + i);

function residues(n, primes, parts) {
  const data = new Float64Array(primes.length * parts * n);
  for (let i = 0; i < data.length; i++) {
    const p = primes[Math.floor(i / (parts * n))];
    data[i] = Math.round((Math.random() - 0.5) * (p - 3));
  }
  return data;
}
const upload = (data) => {
  const handle = kernel.allocate(data.length);
  kernel.write(handle, 0, data);
  return handle;
};
const list = (count, make) => Int32Array.from({ length: count }, make);

for (const setting of args) {
  const [n, limbs, k] = setting.split(':').map(Number);
  const primes = generatePrimes(n, new Array(limbs + k).fill(bits));
  const roots = primes.map((p) => primitiveRoot(p, n));
  const ring = kernel.createRing(n, primes, roots);
  const [basis, special] = [indices(0, limbs), indices(limbs, k)];
  const digits = Math.ceil(limbs / k);
  const keyPrimes = [...primes.slice(limbs), ...primes.slice(0, limbs)];
  const keyData = residues(n, keyPrimes, 2);
  const keys = list(9 * digits, () => upload(keyData));
  const three = list(elements, () => upload(residues(n, primes.slice(0, limbs), 3)));
  const out = list(9 * elements, () => kernel.allocate(2 * limbs * n));
  const exponents = indices(1, 9).map((i) => 2 * i + 1);
  const rotate = (count) => () =>
    kernel.rotateMany(
      ring,
      out.subarray(0, count * elements),
      three,
      basis,
      exponents.subarray(0, count),
      keys.subarray(0, count * digits),
      special,
    );
  const work = kernel.workStats();
  rotate(1)();
  const after = kernel.workStats();
  const relinearise = least(() =>
    kernel.relinearize(ring, out.subarray(0, elements), three, basis, 3, keys.subarray(0, digits), special),
  );
  const once = least(rotate(1));
  const hoisted = (least(rotate(9)) - once) / 8;
  const transform = least(() => kernel.nttForward(ring, three.subarray(0, 1), basis.subarray(0, 1), 1));
  const counts = Object.keys(after).map((key) => (after[key] - work[key]) / elements);
  const us = (x) => (x / elements).toFixed(0).padStart(7);
  console.log(
    `n=${n} L=${limbs} k=${k} dnum=${digits}: ${us(relinearise)}${us(once)}${us(hoisted)}  ntt ${transform.toFixed(1)}  ${counts}`,
  );
  for (const handle of [...keys, ...three, ...out]) kernel.release(handle);
  kernel.destroyRing(ring);
}
kernel.close();
