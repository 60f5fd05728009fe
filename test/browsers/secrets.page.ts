import {
  createContext,
  createParameters,
  decryptPrivate,
  encode,
  encryptPublic,
  encryptSymmetricSeededToBytes,
  KeyGenerator,
  type SecretKey,
  saveGaloisKeys,
  savePublicKey,
  saveRelinearizationKey,
  saveSecretKey,
} from '../../src/client.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { openClientKernel } from '../../src/kernel/load-client.ts';
import { generatePrimes } from '../../src/ring/primes.ts';

export interface Traces {
  readonly features: readonly string[];
  /** Pieces of the key that are somewhere in the kernel's memory, by name: while the key is alive, and after `dispose()`. */
  readonly alive: readonly string[];
  readonly disposed: readonly string[];
  /** Arrays of random bytes that JavaScript drew: those overwritten with zeros, and those that hold what is not public. */
  readonly wiped: number;
  readonly leftInJavaScript: number;
  /** Own fields of the key object that are neither its context nor its public name. */
  readonly fields: readonly string[];
}

const n = 4096;
const bits = [34, 34, 36];

/** Makes a key, does with it all that a client does, disposes of it, and looks for what is left. */
export async function traces(relaxed: boolean): Promise<Traces> {
  const drawn: Uint8Array[] = [];
  const memories: WebAssembly.Memory[] = [];
  const restore = [watchRandom(drawn), watchMemory(memories)];
  try {
    const kernel = await openClientKernel(relaxed);
    const primes = generatePrimes(n, bits);
    const literal = { ringDegree: n, dataPrimes: primes.slice(0, 2), specialPrimes: primes.slice(2) };
    const context = createContext(createParameters(literal), kernel);
    const generator = new KeyGenerator(context);
    const secretKey = generator.secretKey();
    const published = await use(generator, secretKey);
    const pieces = piecesOf(kernel, secretKey);
    const found = (): string[] => {
      const memory = new Float64Array(memories.at(-1)!.buffer);
      return Object.keys(pieces).filter((name) => includes(memory, pieces[name]!));
    };
    const alive = found();
    secretKey.dispose();
    const left = drawn.filter((bytes) => bytes.some((b) => b !== 0) && !isPublic(bytes, published));
    const fields = Object.keys(secretKey).filter((name) => name !== 'context' && name !== 'id');
    return {
      features: kernel.features,
      alive,
      disposed: found(),
      wiped: drawn.filter((bytes) => bytes.every((b) => b === 0)).length,
      leftInJavaScript: left.length,
      fields,
    };
  } finally {
    for (const undo of restore) undo();
  }
}

/** All that a client sends or stores. */
async function use(generator: KeyGenerator<'ckks'>, secretKey: SecretKey<'ckks'>): Promise<readonly Uint8Array[]> {
  const { context } = secretKey;
  const [publicKey, relinearization, galois] = [
    generator.publicKey(secretKey),
    generator.relinearizationKey(secretKey),
    generator.galoisKeys(secretKey, { steps: [1, -3] }),
  ];
  const column = Float64Array.from({ length: n / 2 }, (_, i) => Math.cos(i));
  const request = encryptSymmetricSeededToBytes(secretKey, [column, column], { scale: 2 ** 28 });
  const [plaintext] = encode(context, [column], { scale: 2 ** 28 });
  const cts = encryptPublic(publicKey, [plaintext!]);
  decryptPrivate(secretKey, cts).dispose();
  plaintext!.wipe();
  const file = await saveSecretKey(secretKey, { passphrase: 'a long one', insecureLogCostForTests: 2 });
  const published = [
    savePublicKey(publicKey),
    saveRelinearizationKey(relinearization),
    saveGaloisKeys(galois),
    request,
    file,
  ];
  for (const object of [publicKey, relinearization, galois, ...cts]) object.dispose();
  return published;
}

/** Runs of numbers from each form that the secret has, or had for a moment. */
function piecesOf(kernel: Kernel, secretKey: SecretKey): Record<string, Float64Array> {
  const { ring, allPrimes } = secretKey.context;
  const run = (handle: number, at: number, length: number): Float64Array => {
    const numbers = new Float64Array(length);
    kernel.read(handle, at, numbers);
    return numbers.subarray(numbers.findIndex((x) => x !== 0)); // zeros are everywhere: slow to look for
  };
  const square = Int32Array.of(kernel.allocate(allPrimes.length * n));
  const secret = Int32Array.of(secretKey.handle);
  kernel.multiply(ring, square, secret, secret, allPrimes, 1, 1);
  const pieces = {
    transformed: run(secretKey.handle, 100, 8),
    'last prime': run(secretKey.handle, allPrimes.length * n - 50, 8),
    integers: run(secretKey.integers, 1000, 64),
    'key order': run(secretKey.inKeyOrder, 200, 8),
    square: run(square[0]!, 300, 8),
  };
  kernel.wipe(square[0]!);
  return pieces;
}

function includes<T extends Uint8Array | Float64Array>(memory: T, piece: T): boolean {
  for (let at = memory.indexOf(piece[0]!); at >= 0; at = memory.indexOf(piece[0]!, at + 1))
    if (piece.every((byte, i) => memory[at + i] === byte)) return true;
  return false;
}

/** Seeds of uniform halves, the key's name, salt and nonce: each piece of 16 bytes was sent or stored; a name is 16 of 32. */
function isPublic(bytes: Uint8Array, published: readonly Uint8Array[]): boolean {
  for (let at = 0; at < bytes.length; at += 32) {
    const piece = bytes.subarray(at, at + Math.min(16, bytes.length - at));
    if (piece.some((b) => b !== 0) && !published.some((all) => includes(all, piece))) return false;
  }
  return true;
}

/** Remembers the arrays that random numbers are written to. */
function watchRandom(drawn: Uint8Array[]): () => void {
  const original = crypto.getRandomValues;
  crypto.getRandomValues = ((array: Uint8Array) => {
    drawn.push(array);
    return original.call(crypto, array as never);
  }) as typeof original;
  return () => {
    crypto.getRandomValues = original;
  };
}

/** Remembers the memories of modules. */
function watchMemory(memories: WebAssembly.Memory[]): () => void {
  const original = WebAssembly.instantiate;
  WebAssembly.instantiate = (async (...args: Parameters<typeof original>) => {
    const instance = (await original(...args)) as unknown as WebAssembly.Instance;
    memories.push(instance.exports.memory as WebAssembly.Memory);
    return instance;
  }) as unknown as typeof original;
  return () => {
    WebAssembly.instantiate = original;
  };
}
