import { zlibSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HesperError } from '../errors.ts';
import { viewOf } from '../format/header.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { loadKernel } from '../kernel/load.ts';
import { generatePrimes } from '../ring/primes.ts';
import { type Context, createContext } from '../rlwe/context.ts';
import { createInsecureParameters, type ParametersLiteral } from '../rlwe/parameters.ts';
import { encryptIntegers } from '../rlwe/secret/encrypt-integers.ts';
import { encryptSymmetric } from '../rlwe/secret/encrypt-symmetric.ts';
import { KeyGenerator } from '../rlwe/secret/key-generator.ts';
import { encodeIntegers } from '../schemes/bfv/encoder.ts';
import { encode } from '../schemes/ckks/encoder.ts';
import {
  exportSealCiphertext,
  exportSealGaloisKeys,
  exportSealIntegerPlaintext,
  exportSealParameters,
  exportSealPlaintext,
  exportSealPublicKey,
  exportSealRelinearizationKey,
  importSealCiphertext,
  importSealGaloisKeys,
  importSealIntegerCiphertext,
  importSealIntegerPlaintext,
  importSealParameters,
  importSealPlaintext,
  importSealPublicKey,
  importSealRelinearizationKey,
} from '../seal.ts';
import { writeHeader } from './header.ts';

const n = 1024;
const primes = generatePrimes(n, [40, 36, 41]);
const literal = {
  ringDegree: n,
  dataPrimes: primes.slice(0, 2),
  specialPrimes: primes.slice(2),
  rotationGenerator: 3,
} as const;
const coded = (code: string) => expect.objectContaining({ name: 'HesperError', code });

interface Loader {
  readonly bytes: Uint8Array;
  readonly load: (bytes: Uint8Array) => { dispose?(): void } | object;
}

/** An object of every kind, and what reads it. */
function loadersOf(ckks: Context<'ckks'>, bfv: Context<'bfv'>): Record<string, Loader> {
  const generator = new KeyGenerator(ckks);
  using secretKey = generator.secretKey();
  using exactKey = new KeyGenerator(bfv).secretKey();
  using publicKey = generator.publicKey(secretKey, { special: true });
  using relinearizationKey = generator.relinearizationKey(secretKey);
  using galoisKeys = generator.galoisKeys(secretKey, { steps: [1], conjugation: true });
  using ct = encryptSymmetric(secretKey, [Float64Array.of(1, 2)], { scale: 2 ** 20 })[0]!;
  using integers = encryptIntegers(exactKey, [[3n]], { encoding: 'slots' })[0]![0]!;
  using plaintext = encode(ckks, [Float64Array.of(1, 2)], { scale: 2 ** 20 })[0]!;
  const polynomial = encodeIntegers(bfv, [[3n, -4n]], { encoding: 'slots' })[0]![0]!;
  return {
    parameters: {
      bytes: exportSealParameters(ckks.parameters),
      load: (b) => importSealParameters(b, { allowInsecure: true }),
    },
    publicKey: { bytes: exportSealPublicKey(publicKey), load: (b) => importSealPublicKey(ckks, b) },
    relinearizationKey: {
      bytes: exportSealRelinearizationKey(relinearizationKey),
      load: (b) => importSealRelinearizationKey(ckks, b),
    },
    galoisKeys: { bytes: exportSealGaloisKeys(galoisKeys), load: (b) => importSealGaloisKeys(ckks, b) },
    ciphertext: { bytes: exportSealCiphertext(ct), load: (b) => importSealCiphertext(ckks, b) },
    integerCiphertext: { bytes: exportSealCiphertext(integers), load: (b) => importSealIntegerCiphertext(bfv, b) },
    plaintext: { bytes: exportSealPlaintext(plaintext), load: (b) => importSealPlaintext(ckks, b) },
    integerPlaintext: {
      bytes: exportSealIntegerPlaintext(bfv, polynomial),
      load: (b) => importSealIntegerPlaintext(bfv, b),
    },
  };
}

/** The members of an object under a new header. */
function wrapped(members: Uint8Array, compression = 0): Uint8Array {
  const out = new Uint8Array(16 + members.length);
  writeHeader(out, out.length);
  out[5] = compression;
  out.set(members, 16);
  return out;
}

/** A zstd frame of one raw block for each 100 kB. */
function zstdRaw(content: Uint8Array): Uint8Array {
  const out = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58];
  for (let at = 0; at < content.length; at += 100_000) {
    const size = Math.min(100_000, content.length - at);
    const head = (size << 3) | (at + size >= content.length ? 1 : 0);
    out.push(head & 255, (head >> 8) & 255, head >> 16, ...content.subarray(at, at + size));
  }
  return Uint8Array.from(out);
}

describe('hostile SEAL bytes', () => {
  let kernel: Kernel;
  let ckks: Context<'ckks'>;
  let bfv: Context<'bfv'>;
  let loaders: Record<string, Loader>;
  let live = 0;

  beforeAll(async () => {
    kernel = await loadKernel();
    ckks = createContext(createInsecureParameters(literal), kernel);
    bfv = createContext(createInsecureParameters({ ...literal, plaintextModuli: [12289] }), kernel);
    loaders = loadersOf(ckks, bfv);
    live = kernel.poolStats().liveBuffers;
  });
  afterAll(() => {
    expect(kernel.poolStats().liveBuffers).toBe(live);
    kernel.close();
  });

  const loads = ({ load }: Loader, bytes: Uint8Array): void => {
    const made = load(bytes);
    if ('dispose' in made) made.dispose?.();
  };
  /** Whole bytes with changes at places of the members. */
  const changed = (bytes: Uint8Array, change: (view: DataView, bytes: Uint8Array) => void): Uint8Array => {
    const copy = bytes.slice();
    change(viewOf(copy), copy);
    return copy;
  };
  const refused = (loader: Loader, code: string, change: (view: DataView, bytes: Uint8Array) => void): void =>
    expect(() => loads(loader, changed(loader.bytes, change))).toThrowError(coded(code));
  const each = (body: (loader: Loader, name: string) => void): void => {
    for (const [name, loader] of Object.entries(loaders)) body(loader, name);
  };

  it('are taken whole, or not at all', () => {
    each((loader) => {
      const { bytes } = loader;
      const offset = new Uint8Array(bytes.length + 3);
      offset.set(bytes, 3);
      loads(loader, offset.subarray(3));
      const cuts = [0, 1, 15, 16, 17, 48, 100, bytes.length >> 1, bytes.length - 1];
      for (const cut of cuts) expect(() => loads(loader, bytes.slice(0, cut))).toThrowError(coded('malformed-bytes'));
      for (const cut of cuts.slice(3))
        expect(() => loads(loader, wrapped(bytes.subarray(16, cut)))).toThrowError(coded('malformed-bytes'));
      expect(() => loads(loader, wrapped(Uint8Array.of(...bytes.subarray(16, 400), 0)))).toThrowError(HesperError);
      const longer = new Uint8Array(bytes.length + 1);
      longer.set(bytes);
      expect(() => loads(loader, longer)).toThrowError(coded('malformed-bytes'));
      expect(() => loads(loader, wrapped(longer.subarray(16)))).toThrowError(coded('malformed-bytes'));
      expect(() => loads(loader, null as unknown as Uint8Array)).toThrowError(coded('malformed-bytes'));
    });
  });

  it('with any bit of their heads changed give an object or a typed error', () => {
    each((loader) => {
      for (let bit = 0; bit < 8 * Math.min(loader.bytes.length, 240); bit += 3) {
        const bytes = changed(loader.bytes, (_, b) => {
          b[bit >> 3] = b[bit >> 3]! ^ (1 << (bit & 7));
        });
        try {
          loads(loader, bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(HesperError);
        }
      }
    });
  });

  it('of other versions and compressions are named', () => {
    each((loader) => {
      refused(loader, 'unsupported-version', (_, b) => b.set([5], 3));
      refused(loader, 'unsupported-version', (_, b) => b.set([3, 7], 3));
      loads(
        loader,
        changed(loader.bytes, (_, b) => b.set([4, 0], 3)),
      );
      loads(
        loader,
        changed(loader.bytes, (_, b) => b.set([4, 2], 3)),
      );
      refused(loader, 'unsupported-shape', (_, b) => b.set([3], 5));
      refused(loader, 'malformed-bytes', (_, b) => b.set([1], 6));
      refused(loader, 'malformed-bytes', (_, b) => b.set([32], 2));
      for (const mode of [1, 2]) refused(loader, 'malformed-bytes', (_, b) => b.set([mode], 5));
    });
  });

  it('of another kind are refused', () => {
    each((loader, name) => {
      each((other, kind) => {
        if (kind === name) return;
        expect(() => loads(loader, other.bytes), `${kind} as ${name}`).toThrowError(HesperError);
      });
    });
  });

  it('compressed are the same, and bombs end at the size of the largest object', () => {
    const bomb = zlibSync(new Uint8Array(8 << 20));
    each((loader) => {
      const members = loader.bytes.subarray(16);
      loads(loader, wrapped(zlibSync(members), 1));
      expect(() => loads(loader, wrapped(bomb, 1))).toThrowError(coded('malformed-bytes'));
      const damaged = zlibSync(members);
      damaged[damaged.length - 1] = damaged.at(-1)! ^ 1;
      expect(() => loads(loader, wrapped(damaged, 1))).toThrowError(coded('malformed-bytes'));
      const dictionary = zlibSync(members, { dictionary: Uint8Array.of(1, 2, 3, 4) });
      expect(() => loads(loader, wrapped(dictionary, 1))).toThrowError(coded('unsupported-shape'));
    });
    const { ciphertext } = loaders;
    loads(ciphertext!, wrapped(zstdRaw(ciphertext!.bytes.subarray(16)), 2));
    expect(() => loads(ciphertext!, wrapped(zstdRaw(new Uint8Array(400_000)), 2))).toThrowError(
      coded('malformed-bytes'),
    );
  });

  it('compressed inside of each other are refused', () => {
    refused(loaders['parameters']!, 'unsupported-shape', (_, b) => b.set([2], 16 + 17 + 5));
    refused(loaders['ciphertext']!, 'unsupported-shape', (_, b) => b.set([1], 16 + 73 + 5));
    refused(loaders['relinearizationKey']!, 'unsupported-shape', (_, b) => b.set([1], 16 + 48 + 5));
    refused(loaders['plaintext']!, 'unsupported-shape', (_, b) => b.set([2], 16 + 48 + 5));
  });

  it('say which member of a ciphertext does not fit', () => {
    const ciphertext = loaders['ciphertext']!;
    const key = loaders['publicKey']!.bytes.subarray(16, 48);
    const [id, form, size, degree, count, scale, correction, array] = [16, 48, 49, 57, 65, 73, 81, 105] as const;
    refused(ciphertext, 'context-mismatch', (_, b) => b.set([7], id));
    refused(ciphertext, 'unsupported-shape', (_, b) => b.set(key, id));
    for (const [at, value, code] of [
      [size, 1n, 'unsupported-shape'],
      [size, 10n, 'unsupported-shape'],
      [size, 3n, 'malformed-bytes'],
      [size, 1n << 60n, 'malformed-bytes'],
      [degree, 2048n, 'malformed-bytes'],
      [count, 1n, 'malformed-bytes'],
      [count, 1n << 62n, 'malformed-bytes'],
      [correction, 2n, 'unsupported-shape'],
      [array, 2n, 'malformed-bytes'],
      [array, 1n << 50n, 'malformed-bytes'],
      [array + 8, BigInt(primes[0]!), 'residue-out-of-range'],
      [array + 8, (1n << 64n) - 1n, 'residue-out-of-range'],
    ] as const)
      refused(ciphertext, code, (view) => view.setBigUint64(at, value, true));
    for (const value of [0, -0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 77])
      refused(ciphertext, 'malformed-bytes', (view) => view.setFloat64(scale, value, true));
    refused(ciphertext, 'malformed-bytes', (_, b) => b.set([0], form));
    refused(ciphertext, 'malformed-bytes', (_, b) => b.set([2], form));
    refused(loaders['integerCiphertext']!, 'malformed-bytes', (view) => view.setFloat64(scale, 2, true));
    refused(loaders['publicKey']!, 'malformed-bytes', (view) => view.setFloat64(scale, 2, true));
    refused(loaders['integerPlaintext']!, 'residue-out-of-range', (view) => view.setBigUint64(88, 12289n, true));
    refused(loaders['integerPlaintext']!, 'unsupported-shape', (_, b) => b.set([1], id));
  });

  it('say which evaluation key does not fit', () => {
    const { relinearizationKey, galoisKeys } = loaders as Record<'relinearizationKey' | 'galoisKeys', Loader>;
    const slots = 48;
    for (const [loader, value, code] of [
      [relinearizationKey, 0n, 'malformed-bytes'],
      [relinearizationKey, 2n, 'malformed-bytes'],
      [relinearizationKey, 8n, 'unsupported-shape'],
      [galoisKeys, 1025n, 'unsupported-shape'],
      [galoisKeys, 1n << 63n, 'malformed-bytes'],
    ] as const)
      refused(loader, code, (view) => view.setBigUint64(slots, value, true));
    for (const digits of [1n, 3n])
      refused(relinearizationKey, 'unsupported-shape', (view) => view.setBigUint64(56, digits, true));
    refused(relinearizationKey, 'unsupported-shape', (view) => view.setBigUint64(56, 0n, true));
    // The key of 3 = 2 * 1 + 1 stands in slot 1; in slots 0 and 2 it would be that of 1 and 5.
    refused(galoisKeys, 'unsupported-shape', (view) => {
      view.setBigUint64(56, 2n, true);
    });
    const moved = changed(galoisKeys.bytes, (_, b) => b.copyWithin(72, 64, b.length - 8));
    viewOf(moved).setBigUint64(64, 0n, true);
    expect(() => loads(galoisKeys, moved)).toThrowError(coded('unsupported-shape'));
    expect(() => importSealGaloisKeys(ckks, galoisKeys.bytes, { maxKeys: 1 })).toThrowError(coded('unsupported-shape'));
    expect(() => importSealGaloisKeys(ckks, galoisKeys.bytes, { maxKeys: Number.NaN })).toThrowError(
      coded('invalid-argument'),
    );
  });

  it('refuse generators of random numbers that are not known', () => {
    const { bytes, load } = loaders['ciphertext']!;
    const words = 2 * n;
    const members = new Uint8Array(73 + 24 + 8 * words + 81);
    members.set(bytes.subarray(16, 16 + 73 + 24 + 8 * words));
    const view = viewOf(members);
    view.setBigUint64(73 + 8, BigInt(24 + 8 * words), true);
    view.setBigUint64(73 + 16, BigInt(words), true);
    writeHeader(members.subarray(73 + 24 + 8 * words), 81);
    for (const [type, code] of [
      [0, 'unsupported-shape'],
      [3, 'unsupported-shape'],
    ] as const) {
      members[members.length - 65] = type;
      expect(() => loads({ bytes, load }, wrapped(members))).toThrowError(coded(code));
    }
    members[members.length - 65] = 1;
    loads({ bytes, load }, wrapped(members));
    expect(() => loads({ bytes, load }, wrapped(members.subarray(0, -1)))).toThrowError(coded('malformed-bytes'));
  });
});

describe('parameters beside SEAL', () => {
  const exported = (more: Partial<ParametersLiteral>) => () =>
    exportSealParameters(createInsecureParameters({ ...literal, ...more } as ParametersLiteral));
  const secure = generatePrimes(4096, [36, 36, 37]);
  const bytes = exportSealParameters(
    createInsecureParameters({
      ringDegree: 4096,
      dataPrimes: secure.slice(0, 2),
      specialPrimes: secure.slice(2),
      rotationGenerator: 3,
      plaintextModuli: [40961],
    }),
  );
  const with64 = (at: number, value: bigint): Uint8Array => {
    const copy = bytes.slice();
    viewOf(copy).setBigUint64(at, value, true);
    return copy;
  };
  const plain = bytes.length - 8;

  it('are exported in one shape only', () => {
    expect(exported({ rotationGenerator: 5 })).toThrowError(/rotation generator/);
    expect(exported({ specialPrimes: [] })).toThrowError(/special primes/);
    expect(exported({ specialPrimes: generatePrimes(n, [41, 41]) })).toThrowError(/special primes/);
    expect(exported({ plaintextModuli: [12289, 40961] })).toThrowError(/several plaintext moduli/);
    for (const one of [{ rotationGenerator: 5 as const }, { specialPrimes: [] }])
      expect(exported(one)).toThrowError(coded('unsupported-shape'));
    const single = exported({ dataPrimes: primes.slice(0, 1), specialPrimes: [] })();
    expect(importSealParameters(single, { allowInsecure: true })).toMatchObject({
      dataPrimes: [primes[0]],
      specialPrimes: [],
    });
  });

  it('above our table pass under that of 2018 alone', () => {
    expect(() => importSealParameters(bytes)).toThrowError(coded('insecure-parameters'));
    const parameters = importSealParameters(bytes, { profile: 'hes2018' });
    expect(parameters).toMatchObject({ scheme: 'bfv', profile: 'hes2018', securityBits: 128, rotationGenerator: 3 });
    expect(exportSealParameters(parameters)).toEqual(bytes);
  });

  it('that are not covered are named', () => {
    const options = { profile: 'hes2018' } as const;
    const scheme = (code: number) => Uint8Array.from(bytes, (x, i) => (i === 16 ? code : x));
    expect(() => importSealParameters(scheme(3), options)).toThrowError(/BGV/);
    expect(() => importSealParameters(scheme(0), options)).toThrowError(coded('unsupported-shape'));
    expect(() => importSealParameters(scheme(2), options)).toThrowError(coded('malformed-bytes'));
    const large = (1n << 60n) - 93n;
    expect(() => importSealParameters(with64(49, large), options)).toThrowError(new RegExp(`${large}`));
    expect(() => importSealParameters(with64(49, large), options)).toThrowError(coded('unsupported-shape'));
    for (const t of [0n, 1n, 1024n, large]) {
      expect(() => importSealParameters(with64(plain, t), options)).toThrowError(coded('unsupported-shape'));
      expect(() => importSealParameters(with64(plain, t), options)).toThrowError(new RegExp(`met ${t}`));
    }
    for (const count of [0n, 66n, 1n << 40n])
      expect(() => importSealParameters(with64(25, count), options)).toThrowError(coded('unsupported-shape'));
    expect(() => importSealParameters(with64(25, 2n), options)).toThrowError(coded('malformed-bytes'));
    for (const degree of [0n, 512n, 5000n, 1n << 52n])
      expect(() => importSealParameters(with64(17, degree), options)).toThrowError(coded('invalid-parameters'));
    expect(() => importSealParameters(with64(49, 3n), options)).toThrowError(coded('invalid-parameters'));
  });
});
