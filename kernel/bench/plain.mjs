// Times of exact work in coefficient form, as integer networks use it: the verbs in turn, the least of all rounds, in
// microseconds; on one thread the process's own CPU time, which other work on the machine disturbs less. After a build:
//   node kernel/bench/plain.mjs [--variant avx512] [--threads 1] [--seconds 10] [--n 4096] [--primes 46,46] [--t 557057]
//     [--only monomial]
// Rows: a row of n residues of one prime; the layer of `linearMonomial` is 845 inputs, 100 outputs, 6500 terms, 3 parts.
import { generatePrimes, primitiveRoot } from '../../dist/ring/primes.js';
import { kernel, now, option, residues as residuesOf, threads, upload } from './frame.mjs';

const seconds = Number(option('--seconds', '10'));
const n = Number(option('--n', '4096'));
const bits = option('--primes', '46,46').split(',').map(Number);
const t = Number(option('--t', '557057'));
const only = option('--only', '');
const primes = generatePrimes(n, bits);
const roots = primes.map((p) => primitiveRoot(p, n));
const ring = kernel.createRing(n, primes, roots);
const L = primes.length;
const basis = Int32Array.from({ length: L }, (_, i) => i);

const [INPUTS, OUTPUTS, TERMS, IMAGES] = [845, 100, 6500, 784];
const below = (end) => Math.floor(Math.random() * end);
const ints = (count, f) => Int32Array.from({ length: count }, (_, i) => f(i));
const residues = (parts) => residuesOf(n, primes, parts);
const list = (count, parts) => ints(count, () => upload(residues(parts)));

const rowStart = ints(OUTPUTS + 1, (r) => Math.floor((r * TERMS) / OUTPUTS));
const columns = ints(TERMS, () => below(INPUTS));
for (let r = 0; r < OUTPUTS; r++) columns.subarray(rowStart[r], rowStart[r + 1]).sort();
const shifts = ints(TERMS, () => below(8) + (below(2) ? n : 0));
const far = ints(TERMS, () => below(2 * n));
const small = () => Float64Array.from({ length: n }, () => below(t) - (t - 1) / 2);

/** [name, rows it works on, unit of the time per row, prepared call]; prepared in turn, so that memory stays small. */
const benches = {
  monomial() {
    const [a, out] = [list(INPUTS, 3), list(OUTPUTS, 3)];
    const run = (s) => () => kernel.linearMonomial(ring, out, a, rowStart, columns, s, basis, 3);
    return { 'linearMonomial, small shifts': [1, run(shifts)], 'linearMonomial, any shifts': [1, run(far)] };
  },
  layer() {
    const values = ints(INPUTS * OUTPUTS, () => (below(63) - 31) | 1);
    const every = ints(INPUTS * OUTPUTS, (i) => i % INPUTS);
    const starts = ints(OUTPUTS + 1, (r) => r * INPUTS);
    const weights = kernel.createWeights(OUTPUTS, INPUTS, starts, every, values);
    const [a, out] = [list(INPUTS, 3), list(OUTPUTS, 3)];
    const none = new Float64Array(0);
    const run = () => kernel.pointwise(ring, out, a, basis, 3, Int32Array.of(0, weights), none);
    return { 'pointwise, 845 x 100, 3 parts': [1, run] };
  },
  plain() {
    const rows = 100;
    const [plain, a, out] = [ints(rows, () => upload(small())), list(rows, 2), list(rows, 2)];
    const start = ints(rows + 1, (i) => 8 * i);
    const places = ints(8 * rows, () => below(n));
    const values = new Float64Array(8 * rows * L).fill(12345);
    return {
      'liftPlain, row and prime': [rows * L, () => kernel.liftPlain(ring, out, plain, basis, t)],
      'roundPlain, row and prime': [rows * L, () => kernel.roundPlain(ring, out, a, basis, t)],
      'divideByLastCoefficient, row and prime left': [
        2 * rows * (L - 1),
        () => kernel.divideByLastCoefficient(ring, out, a, basis, 2),
      ],
      'addSparse in place, 8 places': [rows, () => kernel.addSparse(ring, a, a, start, places, values, basis, 2)],
    };
  },
  encryption() {
    const [secret] = list(1, 1);
    const [messages, out] = [list(IMAGES, 1), list(IMAGES, 2)];
    const seeds = Uint8Array.from({ length: 32 * IMAGES }, () => below(256));
    const none = Int32Array.of();
    const mask = (parts) => () =>
      kernel.maskSymmetricCoefficient(ring, out, messages, secret, seeds, seeds, basis, parts);
    const bytes = new Uint8Array(IMAGES * primes.reduce((sum, p) => sum + (n / 8) * p.toString(2).length, 0));
    mask(2)();
    kernel.pack(ring, bytes, out, basis, 2, 0);
    return {
      'maskSymmetric of zeros, 784': [1, () => kernel.maskSymmetric(ring, out, none, secret, seeds, seeds, basis)],
      'maskSymmetricCoefficient, part 0, 784': [1, mask(1)],
      'maskSymmetricCoefficient, 784': [1, mask(2)],
      'sampleUniform, 784': [1, () => kernel.sampleUniform(ring, out, seeds, basis, 2, 1)],
      'sampleUniformCoefficient, 784': [1, () => kernel.sampleUniformCoefficient(ring, out, seeds, basis, 2, 1)],
      'pack, 784': [1, () => kernel.pack(ring, bytes, out, basis, 2, 0)],
      'unpack, 784': [1, () => kernel.unpack(ring, out, bytes, basis, 2, 0)],
    };
  },
};

console.log(`${kernel.variant}, ${threads} threads, n = ${n}, primes of ${bits} bits, t = ${t}`);
for (const [name, prepare] of Object.entries(benches)) {
  if (only !== '' && !only.split(',').includes(name)) continue;
  const runs = Object.entries(prepare());
  const best = runs.map(() => Infinity);
  for (const end = performance.now() + 1000 * seconds; performance.now() < end; )
    runs.forEach(([, [rows, run]], i) => {
      const start = now();
      run();
      best[i] = Math.min(best[i], (1000 * (now() - start)) / rows);
    });
  for (const [i, [what]] of runs.entries()) console.log(`${what.padEnd(46)} ${best[i].toFixed(2).padStart(12)} us`);
}
kernel.close();
