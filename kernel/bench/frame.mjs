// What the benches of the kernel share: options of the command line, a kernel, a clock, and residues in buffers.
import { loadKernel } from '../../dist/kernel/load.js';

/** The command line without the options that were taken from it. */
export const args = process.argv.slice(2);
/** Takes an option and its value off the command line. */
export const option = (name, otherwise) => (args.includes(name) ? args.splice(args.indexOf(name), 2)[1] : otherwise);

export const threads = Number(option('--threads', '1'));
export const kernel = await loadKernel({ variant: option('--variant', undefined), threads });

/** Milliseconds: on one thread the process's own CPU time, which other work on the machine disturbs less. */
export const now = () => {
  if (threads > 1) return performance.now();
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** Random balanced residues, [prime][part][n]. */
export function residues(n, primes, parts) {
  const data = new Float64Array(primes.length * parts * n);
  for (let i = 0; i < data.length; i++) {
    const p = primes[Math.floor(i / (parts * n))];
    data[i] = Math.round((Math.random() - 0.5) * (p - 3));
  }
  return data;
}

export const upload = (data) => {
  const handle = kernel.allocate(data.length);
  kernel.write(handle, 0, data);
  return handle;
};

export const indices = (from, count) => Int32Array.from({ length: count }, (_, i) => from + i);
export const list = (count, make) => Int32Array.from({ length: count }, make);
