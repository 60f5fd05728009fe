import { HesperError } from '../../errors.ts';
import { generatePrimes, type Kernel } from '../../he.ts';
import { POINTWISE } from '../../kernel/kernel.ts';
import { primitiveRoot } from '../../ring/primes.ts';
import { type BenchRow, clockFor, measureInTurn, ownRow, round } from './harness.ts';
import type { BenchOptions } from './options.ts';
import { perThreads } from './threads.ts';

interface Shape {
  readonly outputs: number;
  readonly inputs: number;
  readonly density: number;
}

const shapes: readonly Shape[] = [
  { outputs: 100, inputs: 845, density: 1 },
  { outputs: 845, inputs: 784, density: 25 / 784 },
  { outputs: 104, inputs: 104, density: 1 },
  { outputs: 10, inputs: 100, density: 1 },
];

/** Modular GEMM of small weights over one limb, packing and final reduction included. */
export const benchGemm = (options: BenchOptions): Promise<{ kernel: Kernel; rows: BenchRow[] }> =>
  perThreads(options, [1], async (kernel) =>
    (options.degrees ?? [8192]).flatMap((n) =>
      shapes.flatMap((shape) => [8, 10, 12].map((bits) => benchShape(kernel, shape, bits, n))),
    ),
  );

function benchShape(kernel: Kernel, shape: Shape, weightBits: number, n: number): BenchRow {
  const [prime] = generatePrimes(n, [48]) as [number];
  const ring = kernel.createRing(n, [prime], [primitiveRoot(prime, n)]);
  const next = random(7);
  const matrix = randomMatrix(shape, weightBits, next);
  const weights = kernel.createWeights(shape.outputs, shape.inputs, matrix.rowStart, matrix.columns, matrix.values);
  const data = Array.from({ length: shape.inputs }, () =>
    Float64Array.from({ length: n }, () => Math.floor(next() * prime) - (prime - 1) / 2),
  );
  const input = Int32Array.from(data.map((d) => written(kernel, d)));
  const output = Int32Array.from({ length: shape.outputs }, () => kernel.allocate(n));
  const program = Int32Array.of(POINTWISE.linear, weights);
  const basis = Int32Array.of(0);
  const none = new Float64Array(0);
  const [time] = measureInTurn(
    [() => kernel.pointwise(ring, output, input, basis, 1, program, none)],
    clockFor(kernel.threads),
  );
  checkSample(kernel, output, data, matrix, prime, n);
  for (const h of [...input, ...output]) kernel.release(h);
  kernel.destroyWeights(weights);
  kernel.destroyRing(ring);
  const products = matrix.values.length * n;
  return ownRow({
    op: 'gemm',
    kernel: kernel.variant,
    features: kernel.features,
    n,
    logQ: round(Math.log2(prime)),
    dataBits: round(Math.log2(prime)),
    chain: [round(Math.log2(prime))],
    threads: kernel.threads,
    microseconds: time!.microseconds,
    samples: time!.samples,
    outputs: shape.outputs,
    inputs: shape.inputs,
    weightBits,
    density: round(shape.density),
    gmacPerSecond: round(products / time!.microseconds / 1000),
  });
}

interface Csr {
  readonly rowStart: Int32Array;
  readonly columns: Int32Array;
  readonly values: Int32Array;
}

/** |w| <= 2^(bits-1) - 1, never zero. A sparse row takes `density * inputs` columns in runs of five, as a 5 x 5 convolution does. */
function randomMatrix({ outputs, inputs, density }: Shape, bits: number, next: () => number): Csr {
  const top = 2 ** (bits - 1) - 1;
  const perRow = Math.round(inputs * density);
  const columns: number[] = [];
  for (let o = 0; o < outputs; o++) {
    const place = Math.floor(o / 5);
    const first = 2 * (place % 13) + 56 * Math.floor(place / 13);
    for (let k = 0; k < perRow; k++)
      columns.push(
        density === 1 ? k : Math.min(inputs - 1, (first % (inputs - 160)) + 28 * Math.floor(k / 5) + (k % 5)),
      );
  }
  const values = Int32Array.from(columns, () => (1 + Math.floor(next() * top)) * (next() < 0.5 ? -1 : 1));
  const rowStart = Int32Array.from({ length: outputs + 1 }, (_, o) => o * perRow);
  return { rowStart, columns: Int32Array.from(columns), values };
}

/** Sampled outputs against plain BigInt. */
function checkSample(
  kernel: Kernel,
  output: Int32Array,
  data: readonly Float64Array[],
  m: Csr,
  prime: number,
  n: number,
): void {
  const got = new Float64Array(n);
  for (let o = 0; o < output.length; o += Math.max(1, output.length >> 3)) {
    kernel.read(output[o]!, 0, got);
    for (const j of [0, 1, n - 1, (o * 997) % n]) {
      let sum = 0n;
      for (let k = m.rowStart[o]!; k < m.rowStart[o + 1]!; k++)
        sum += BigInt(m.values[k]!) * BigInt(data[m.columns[k]!]![j]!);
      if ((sum - BigInt(got[j]!)) % BigInt(prime) !== 0n || Math.abs(got[j]!) > (prime - 1) / 2) {
        throw new HesperError('kernel-failure', 'GEMM result is wrong', {
          met: `output ${o}, column ${j}`,
          remedy: 'Report it with the output of `hesper doctor`',
        });
      }
    }
  }
}

function written(kernel: Kernel, data: Float64Array): number {
  const handle = kernel.allocate(data.length);
  kernel.write(handle, 0, data);
  return handle;
}

/** Repeatable numbers of [0, 1). */
const random = (seed: number) => () => (seed = (seed * 48271) % 2147483647) / 2147483647;
