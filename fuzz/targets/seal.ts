/** Objects in the format of Microsoft SEAL, compressed and not. */
import { zlibSync } from 'fflate';
import { generatePrimes } from '../../src/ring/primes.ts';
import { disposeAll } from '../../src/rlwe/buffers.ts';
import { createInsecureParameters, type Parameters, type Scheme } from '../../src/rlwe/parameters.ts';
import { encryptIntegers } from '../../src/rlwe/secret/encrypt-integers.ts';
import { encryptSymmetric } from '../../src/rlwe/secret/encrypt-symmetric.ts';
import { encode } from '../../src/schemes/ckks/encoder.ts';
import { exportSealCiphertext, importSealCiphertext, importSealIntegerCiphertext } from '../../src/seal/ciphertexts.ts';
import { exportSealParameters, importSealParameters } from '../../src/seal/parameters.ts';
import {
  exportSealIntegerPlaintext,
  exportSealPlaintext,
  importSealIntegerPlaintext,
  importSealPlaintext,
} from '../../src/seal/plaintexts.ts';
import { exportSealPublicKey, importSealPublicKey } from '../../src/seal/public-key.ts';
import {
  exportSealGaloisKeys,
  exportSealRelinearizationKey,
  importSealGaloisKeys,
  importSealRelinearizationKey,
} from '../../src/seal/switching-keys.ts';
import type { MakeTarget, Read, Target } from '../target.ts';
import { bytesOf, objectBound, type Party, party } from './objects.ts';

const n = 1024;
const primes = generatePrimes(n, [30, 31]);
const literal = {
  ringDegree: n,
  dataPrimes: primes.slice(0, 1),
  specialPrimes: primes.slice(1),
  rotationGenerator: 3 as const,
};
export const ckksParameters = createInsecureParameters(literal);
export const bfvParameters = createInsecureParameters({ ...literal, plaintextModuli: generatePrimes(n, [14]) });

const HEADER = 16;

/** The size in the header right again. */
function resized(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length < HEADER) return undefined;
  const copy = bytes.slice();
  copy.set([0x5e, 0xa1, HEADER, 4], 0);
  copy.set([0, 0], 6);
  new DataView(copy.buffer).setBigUint64(8, BigInt(copy.length), true);
  return copy;
}

function compressed(bytes: Uint8Array, kind: 1 | 2): Uint8Array {
  const members = bytes.subarray(HEADER);
  const packed = kind === 1 ? zlibSync(members) : zstdFrame(members);
  const whole = new Uint8Array(HEADER + packed.length);
  whole.set(bytes.subarray(0, HEADER));
  whole.set(packed, HEADER);
  whole[5] = kind;
  return resized(whole)!;
}

/** One frame with blocks that are not compressed (RFC 8878): enough to start from. */
function zstdFrame(content: Uint8Array): Uint8Array {
  const blocks = [0x28, 0xb5, 0x2f, 0xfd, 0xa0];
  for (let i = 0; i < 4; i++) blocks.push((content.length >>> (8 * i)) & 255);
  const size = 65536;
  for (let at = 0; at < content.length; at += size) {
    const block = content.subarray(at, at + size);
    const head = (at + size >= content.length ? 1 : 0) | (block.length << 3);
    blocks.push(head & 255, (head >> 8) & 255, head >> 16, ...block);
  }
  return Uint8Array.from(blocks);
}

const forms = (bytes: Uint8Array): Uint8Array[] => [bytes, compressed(bytes, 1), compressed(bytes, 2)];

/**
 * What decompression may give is bounded by the largest object of the kind: 19 Galois keys of 2 polynomials over 2 primes,
 * which become words, then rows; while code is not optimised yet, each number on the way is an object. The library for zlib
 * makes its window anew for every step of at least 1 KiB: some hundred bytes for each byte that comes in, garbage at once.
 * Stated in docs/seal.md.
 */
const LARGEST = 19 * 2 * 2 * n * 8;
const bound = (length: number): number => objectBound(length) + 12 * LARGEST + 512 * length;

const ofOwner =
  <S extends Scheme>(made: Parameters<S>, make: (owner: Party<S>) => Pick<Target, 'samples' | 'read'>): MakeTarget =>
  (kernel) => {
    const owner = party(kernel, made);
    const target = make(owner);
    return {
      read: target.read,
      samples: target.samples.flatMap(forms),
      bound,
      repair: resized,
      // SEAL writes its objects in several ways; here they are written in one.
      expands: () => true,
      dispose: () => disposeAll([owner.secretKey, owner.context]),
    };
  };

const saved = <T extends { dispose(): void }>(made: T, save: (made: T) => Uint8Array): Read => ({
  save: () => save(made),
  dispose: () => made.dispose(),
});

export const parameters: MakeTarget = () => ({
  samples: [ckksParameters, bfvParameters].flatMap((made) => forms(exportSealParameters(made))),
  read: (bytes) => {
    const read = importSealParameters(bytes, { allowInsecure: true });
    return { save: () => exportSealParameters(read) };
  },
  bound,
  repair: resized,
  expands: () => true,
});

export const publicKey = ofOwner(ckksParameters, ({ context, generator, secretKey }) => ({
  samples: [bytesOf(generator.publicKey(secretKey, { special: true }), exportSealPublicKey)],
  read: (bytes) => saved(importSealPublicKey(context, bytes), exportSealPublicKey),
}));

export const relinearizationKey = ofOwner(ckksParameters, ({ context, generator, secretKey }) => ({
  samples: [bytesOf(generator.relinearizationKey(secretKey), exportSealRelinearizationKey)],
  read: (bytes) => saved(importSealRelinearizationKey(context, bytes), exportSealRelinearizationKey),
}));

export const galoisKeys = ofOwner(ckksParameters, ({ context, generator, secretKey }) => ({
  samples: [bytesOf(generator.galoisKeys(secretKey, { steps: [1], conjugation: true }), exportSealGaloisKeys)],
  read: (bytes) => saved(importSealGaloisKeys(context, bytes), exportSealGaloisKeys),
}));

export const ciphertext = ofOwner(ckksParameters, ({ context, secretKey }) => ({
  samples: encryptSymmetric(secretKey, [Float64Array.of(1)], { scale: 2 ** 10 }).map((ct) =>
    bytesOf(ct, exportSealCiphertext),
  ),
  read: (bytes) => saved(importSealCiphertext(context, bytes), exportSealCiphertext),
}));

export const integerCiphertext = ofOwner(bfvParameters, ({ context, secretKey }) => ({
  samples: encryptIntegers(secretKey, [Int32Array.of(3)], { encoding: 'coefficients' })
    .flat()
    .map((ct) => bytesOf(ct, exportSealCiphertext)),
  read: (bytes) => saved(importSealIntegerCiphertext(context, bytes), exportSealCiphertext),
}));

export const plaintext = ofOwner(ckksParameters, ({ context }) => ({
  samples: encode(context, [Float64Array.of(1)], { scale: 2 ** 10 }).map((made) => bytesOf(made, exportSealPlaintext)),
  read: (bytes) => saved(importSealPlaintext(context, bytes), exportSealPlaintext),
}));

export const integerPlaintext = ofOwner(bfvParameters, ({ context }) => ({
  samples: [exportSealIntegerPlaintext(context, new Float64Array(n).fill(-3))],
  read: (bytes) => {
    const read = importSealIntegerPlaintext(context, bytes);
    return { save: () => exportSealIntegerPlaintext(context, read) };
  },
}));
