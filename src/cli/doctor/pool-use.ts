import {
  createCkksEvaluator,
  createContext,
  createParameters,
  decryptPrivate,
  encryptSymmetric,
  generatePrimes,
  type Kernel,
  KeyGenerator,
  precisionReport,
} from '../../he.ts';

/** What a short real run took from the kernel's pool, in bytes, and whether it computed the right thing. */
export interface PoolUse {
  readonly ringDegree: number;
  readonly ciphertexts: number;
  /** In use with keys and encrypted inputs made. */
  readonly liveBytes: number;
  readonly liveBuffers: number;
  /** The most at any time, in use and kept for reuse together. */
  readonly peakBytes: number;
  /** In use after everything was disposed of: 0, or something is leaking. */
  readonly liveBytesAfter: number;
  /** Kept for reuse after that. */
  readonly idleBytes: number;
  /** Kept after the pool was asked to give idle memory back to the system. */
  readonly idleBytesTrimmed: number;
  /** Bits of the worst slot of x^2, rotated by one. */
  readonly precisionBits: number;
}

const RING_DEGREE = 8192;
const CIPHERTEXTS = 8;

/** Keys, encryption, square, relinearisation, rescaling, rotation and decryption at 128-bit security. */
export function measurePoolUse(kernel: Kernel): PoolUse {
  const { live, precisionBits } = computeSomething(kernel);
  const after = kernel.poolStats();
  kernel.trim();
  return {
    ringDegree: RING_DEGREE,
    ciphertexts: CIPHERTEXTS,
    liveBytes: live.liveBytes,
    liveBuffers: live.liveBuffers,
    peakBytes: after.peakBytes,
    liveBytesAfter: after.liveBytes,
    idleBytes: after.idleBytes,
    idleBytesTrimmed: kernel.poolStats().idleBytes,
    precisionBits,
  };
}

function computeSomething(kernel: Kernel) {
  const primes = generatePrimes(RING_DEGREE, [45, 40, 40, 47]);
  const literal = { ringDegree: RING_DEGREE, dataPrimes: primes.slice(0, 3), specialPrimes: primes.slice(3) };
  using context = createContext(createParameters(literal), kernel);
  const generator = new KeyGenerator(context);
  using secretKey = generator.secretKey();
  using relinearizationKey = generator.relinearizationKey(secretKey);
  using galoisKeys = generator.galoisKeys(secretKey, { steps: [1] });
  using evaluator = createCkksEvaluator(context, { relinearizationKey, galoisKeys });
  using _scope = evaluator.scope(); // disposes of what the evaluator makes
  const values = Array.from({ length: CIPHERTEXTS }, (_, c) =>
    Float64Array.from({ length: RING_DEGREE / 2 }, (_, j) => Math.sin(c + j)),
  );
  const inputs = encryptSymmetric(secretKey, values, { scale: 2 ** 40 });
  try {
    const live = kernel.poolStats();
    const squares = evaluator.rescaleAll(
      evaluator.relinearizeAll(evaluator.squareAll(inputs, undefined), undefined),
      undefined,
    );
    using met = decryptPrivate(secretKey, evaluator.rotateMany(squares, [1]));
    const wanted = values.map((column) => column.map((_, j) => column[(j + 1) % column.length]! ** 2));
    const got = wanted.map((_, c) => met.column(c));
    return { live, precisionBits: Math.floor(10 * precisionReport(wanted, got).bitsMin) / 10 };
  } finally {
    for (const ct of inputs) ct.dispose();
  }
}
