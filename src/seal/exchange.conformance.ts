import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Held } from '../cli/bench/seal.ts';
import type { Evaluator } from '../evaluator/evaluator.ts';
import { linearRows } from '../evaluator/rows.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { loadKernel } from '../kernel/load.ts';
import type { Ciphertext, Form } from '../rlwe/ciphertext.ts';
import { type Context, createContext } from '../rlwe/context.ts';
import { encryptPublic } from '../rlwe/encrypt.ts';
import { encryptIntegersPublic } from '../rlwe/encrypt-integers.ts';
import type { Parameters } from '../rlwe/parameters.ts';
import { decryptPrivate } from '../rlwe/secret/decrypt.ts';
import { decryptIntegers } from '../rlwe/secret/decrypt-integers.ts';
import { encryptIntegers } from '../rlwe/secret/encrypt-integers.ts';
import { encryptSymmetric } from '../rlwe/secret/encrypt-symmetric.ts';
import { KeyGenerator } from '../rlwe/secret/key-generator.ts';
import type { SecretKey } from '../rlwe/secret/secret-key.ts';
import { decodeIntegers, encodeIntegers } from '../schemes/bfv/encoder.ts';
import { createBfvEvaluator } from '../schemes/bfv/evaluator.ts';
import { decode, encode } from '../schemes/ckks/encoder.ts';
import { createCkksEvaluator } from '../schemes/ckks/evaluator.ts';
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
import {
  type Loadable,
  loadPeer,
  loadPeerParameters,
  openPeer,
  type Peer,
  type PeerShape,
  type Saved,
} from './peer.conformance.ts';

type Ct = Ciphertext;

export interface ExchangeCase extends PeerShape {
  readonly profile?: 'hes2018';
  /** Every object in every compression; default: one each in turns. */
  readonly isThorough?: boolean;
  /** CKKS. */
  readonly scale: number;
  /**
   * The largest error of a slot in CKKS. SEAL cuts into digits of [0, q), not balanced ones: their mean of q / 2 in every
   * coefficient times the keys' errors shows in the slots near the root 1, which err some 50 times as much as others: by
   * 4 * 3.24 sqrt(n) n / pi * digits * q / P / scale at most, at the scale behind a division by a prime.
   */
  readonly tolerance: number;
}

/** The verbs that the operations need, whichever the scheme. */
type Ours = Evaluator<Ct> & { scoped(body: () => Ct[]): Ct[]; dispose(): void };

interface PeerKeys {
  readonly relin: Held;
  readonly galois: Held;
}

/** One operation on ciphertexts a, b and a plaintext w of fresh level, in three places. */
interface Operation {
  here(ev: Ours, a: Ct, b: Ct, w: Float64Array): Ct[];
  there(peer: Peer, keys: PeerKeys, a: Held, b: Held, w: Held): Loadable;
  clear(x: number, y: number, w: number): number;
  /** The slot that slot j of the result comes from. */
  readonly from?: (j: number, slots: number, isExact: boolean) => number;
}

const STEPS = [1, -3, 7];
const modulo = (x: number, m: number): number => ((x % m) + m) % m;

/** Slot j of a vector turned by `step`: all slots in CKKS, each row of BFV by itself. */
const turnedBy =
  (step: number) =>
  (j: number, slots: number, isExact: boolean): number => {
    const row = isExact ? slots / 2 : slots;
    return Math.floor(j / row) * row + modulo((j % row) + step, row);
  };

const balanced = (x: number, t: number): number => modulo(x + (t - 1) / 2, t) - (t - 1) / 2;

const rows = (...weights: number[]) => linearRows([weights], weights.length);

const operations: Readonly<Record<string, Operation>> = {
  nothing: {
    here: (ev, a) => ev.linear([a], rows(1)),
    there: ({ evaluator }, _, a) => evaluator.negate(evaluator.negate(a)),
    clear: (x) => x,
  },
  add: {
    here: (ev, a, b) => ev.linear([a, b], rows(1, 1)),
    there: ({ evaluator }, _, a, b) => evaluator.add(a, b),
    clear: (x, y) => x + y,
  },
  subtract: {
    here: (ev, a, b) => ev.linear([a, b], rows(1, -1)),
    there: ({ evaluator }, _, a, b) => evaluator.sub(a, b),
    clear: (x, y) => x - y,
  },
  negate: {
    here: (ev, a) => ev.linear([a], rows(-1)),
    there: ({ evaluator }, _, a) => evaluator.negate(a),
    clear: (x) => -x,
  },
  'add plain': {
    here: (ev, a, _, w) => ev.addPlain([a], [w]),
    there: ({ evaluator }, _, a, __, w) => evaluator.addPlain(a, w),
    clear: (x, _, w) => x + w,
  },
  'subtract plain': {
    here: (ev, a, _, w) => ev.addPlain([a], [w.map((v) => -v)]),
    there: ({ evaluator }, _, a, __, w) => evaluator.subPlain(a, w),
    clear: (x, _, w) => x - w,
  },
  'multiply plain': {
    here: (ev, a, _, w) => ev.linearPlain([a], { inputs: 1, rows: [[{ from: 0, weight: w }]] }),
    there: ({ evaluator }, _, a, __, w) => evaluator.multiplyPlain(a, w),
    clear: (x, _, w) => x * w,
  },
  multiply: {
    here: (ev, a, b) => ev.multiplyPairs([a, b], [[0, 1]]),
    there: ({ evaluator }, _, a, b) => evaluator.multiply(a, b),
    clear: (x, y) => x * y,
  },
  square: {
    here: (ev, a) => ev.squareAll([a], undefined),
    there: ({ evaluator }, _, a) => evaluator.square(a),
    clear: (x) => x * x,
  },
  relinearize: {
    here: (ev, a, b) => ev.relinearizeAll(ev.multiplyPairs([a, b], [[0, 1]]), undefined),
    there: ({ evaluator }, { relin }, a, b) => evaluator.relinearize(evaluator.multiply(a, b), relin),
    clear: (x, y) => x * y,
  },
  'a prime less': {
    here: (ev, a, b) => ev.rescaleAll(ev.relinearizeAll(ev.multiplyPairs([a, b], [[0, 1]]), undefined), undefined),
    there: ({ evaluator, isExact }, { relin }, a, b) => {
      const product = evaluator.relinearize(evaluator.multiply(a, b), relin);
      return isExact ? evaluator.cipherModSwitchToNext(product) : evaluator.rescaleToNext(product);
    },
    clear: (x, y) => x * y,
  },
  'swapped rows, or conjugates': {
    here: (ev, a) => ev.conjugateAll([a], undefined),
    there: ({ evaluator, isExact }, { galois }, a) =>
      isExact ? evaluator.rotateColumns(a, galois) : evaluator.complexConjugate(a, galois),
    clear: (x) => x,
    from: (j, slots, isExact) => (isExact ? (j + slots / 2) % slots : j),
  },
  ...Object.fromEntries(
    STEPS.map((step): [string, Operation] => [
      `turned by ${step}`,
      {
        here: (ev, a) => ev.rotateMany([a], [step]),
        there: ({ evaluator, isExact }, { galois }, a) =>
          isExact ? evaluator.rotateRows(a, step, galois) : evaluator.rotateVector(a, step, galois),
        clear: (x) => x,
        from: turnedBy(step),
      },
    ]),
  ),
  'turned at a lower level': {
    here: (ev, a, b) =>
      ev.rotateMany(ev.rescaleAll(ev.relinearizeAll(ev.multiplyPairs([a, b], [[0, 1]]), undefined), undefined), [7]),
    there: ({ evaluator, isExact }, { relin, galois }, a, b) => {
      const product = evaluator.relinearize(evaluator.multiply(a, b), relin);
      if (isExact) return evaluator.rotateRows(evaluator.cipherModSwitchToNext(product), 7, galois);
      return evaluator.rotateVector(evaluator.rescaleToNext(product), 7, galois);
    },
    clear: (x, y) => x * y,
    from: turnedBy(7),
  },
};

/** Both schemes under one face. */
interface Side {
  readonly context: Context;
  evaluator(relin: unknown, galois: unknown): Ours;
  importCiphertext(bytes: Uint8Array): Ct;
  importPlaintext(bytes: Uint8Array): Float64Array;
  exportPlaintext(values: Float64Array): Uint8Array;
  /** What importing and exporting makes of a plaintext. */
  plaintextAgain(bytes: Uint8Array): Uint8Array;
  encrypt(secretKey: SecretKey, column: Float64Array): Ct;
  encryptPublic(bytes: Uint8Array, column: Float64Array): Ct;
  open(secretKey: SecretKey, ct: Ct): Float64Array;
}

function sideOf(parameters: Parameters, kernel: Kernel, { scale }: ExchangeCase): Side {
  const whole = createContext(parameters, kernel);
  return parameters.scheme === 'bfv' ? exactSide(whole.ofScheme('bfv')) : ckksSide(whole.ofScheme('ckks'), scale);
}

function exactSide(context: Context<'bfv'>): Side {
  const slots = { encoding: 'slots' } as const;
  return {
    context,
    evaluator: (relinearizationKey, galoisKeys) =>
      createBfvEvaluator(context, { relinearizationKey, galoisKeys } as never) as never,
    importCiphertext: (bytes) => importSealIntegerCiphertext(context, bytes) as Ct,
    importPlaintext: (bytes) =>
      Float64Array.from(decodeIntegers(context, [[importSealIntegerPlaintext(context, bytes)]], slots)[0]!, Number),
    exportPlaintext: (values) => exportSealIntegerPlaintext(context, encodeIntegers(context, [values], slots)[0]![0]!),
    plaintextAgain: (bytes) => exportSealIntegerPlaintext(context, importSealIntegerPlaintext(context, bytes)),
    encrypt: (secretKey, column) => encryptIntegers(secretKey as SecretKey<'bfv'>, [column], slots)[0]![0]! as Ct,
    encryptPublic: (bytes, column) => {
      using key = importSealPublicKey(context, bytes);
      return encryptIntegersPublic(key, [column], slots)[0]![0]! as Ct;
    },
    open: (secretKey, ct) => {
      using values = decryptIntegers(secretKey as SecretKey<'bfv'>, [[ct as Ciphertext<'bfv', Form>]], slots);
      return Float64Array.from(values.numbers(0));
    },
  };
}

function ckksSide(context: Context<'ckks'>, scale: number): Side {
  return {
    context,
    evaluator: (relinearizationKey, galoisKeys) =>
      createCkksEvaluator(context, { relinearizationKey, galoisKeys } as never) as never,
    importCiphertext: (bytes) => importSealCiphertext(context, bytes) as Ct,
    importPlaintext: (bytes) => {
      using plaintext = importSealPlaintext(context, bytes);
      return decode([plaintext])[0]!;
    },
    exportPlaintext: (values) => {
      using plaintext = encode(context, [values], { scale })[0]!;
      return exportSealPlaintext(plaintext);
    },
    plaintextAgain: (bytes) => {
      using plaintext = importSealPlaintext(context, bytes);
      return exportSealPlaintext(plaintext);
    },
    encrypt: (secretKey, column) => encryptSymmetric(secretKey as SecretKey<'ckks'>, [column], { scale })[0]! as Ct,
    encryptPublic: (bytes, column) => {
      using key = importSealPublicKey(context, bytes);
      using plaintext = encode(context, [column], { scale })[0]!;
      return encryptPublic(key, [plaintext])[0]! as Ct;
    },
    open: (secretKey, ct) => {
      using values = decryptPrivate(secretKey as SecretKey<'ckks'>, [ct as Ciphertext<'ckks'>]);
      return values.column(0).slice();
    },
  };
}

/** Numbers of [-1, 1], or integers modulo t. */
function columnOf(seed: number, slots: number, t: number | undefined): Float64Array {
  return Float64Array.from({ length: slots }, (_, j) => {
    const x = Math.sin(seed + 1.7 * j * (seed + 1));
    return t === undefined ? x : Math.round((x * (t - 1)) / 2);
  });
}

/** Everything that can be exchanged, both ways, for one parameter set. */
export function describeExchange(name: string, shape: ExchangeCase): void {
  describe(`exchange with SEAL, ${name}`, () => {
    const { t, n, tolerance, profile, secure = true } = shape;
    const isExact = t !== undefined;
    const slots = isExact ? n : n / 2;
    const [x, y, w] = [1, 2, 3].map((seed) => columnOf(seed, slots, t)) as [Float64Array, Float64Array, Float64Array];
    const options = { ...(profile && { profile }), allowInsecure: !secure };
    let kernel: Kernel;
    let peer: Peer;
    let side: Side;
    let live = 0;

    beforeAll(async () => {
      kernel = await loadKernel();
      peer = openPeer(await loadPeer(), shape);
      side = sideOf(importSealParameters(peer.parms.saveArray(peer.none), options), kernel, shape);
      if (isExact) side.context.plainRing(t);
      live = kernel.poolStats().liveBuffers;
    });
    afterAll(() => {
      expect(kernel.poolStats().liveBuffers).toBe(live);
      side.context.dispose();
      kernel.close();
    });

    /** Against the clear result; BFV exactly, modulo t, which is small enough for products of numbers to be exact. */
    function check(name: string, met: Float64Array): void {
      const { clear, from = (j: number) => j } = operations[name]!;
      let worst = 0;
      for (let j = 0; j < slots; j++) {
        const k = from(j, slots, isExact);
        const wanted = clear(x[k]!, y[k]!, w[k]!);
        const error = met[j]! - (isExact ? balanced(wanted, t) : wanted);
        worst = Math.max(worst, Math.abs(error));
      }
      expect(worst, name).toBeLessThanOrEqual(isExact ? 0 : tolerance);
    }

    const empties = {
      ciphertext: () => peer.library.CipherText(),
      plaintext: () => peer.library.PlainText(),
      publicKey: () => peer.library.PublicKey(),
      relinearizationKey: () => peer.library.RelinKeys(),
      galoisKeys: () => peer.library.GaloisKeys(),
    };

    const encodeThere = (values: Float64Array): Loadable =>
      isExact ? peer.encoder.encode(Int32Array.from(values)) : peer.encoder.encode(values, shape.scale);

    it('reads what SEAL saves in every way, seeds expanded, and writes the same bytes', () => {
      const encryptor = peer.encryptor();
      const steps = Int32Array.from([0, 1]);
      const { generator } = peer;
      const kinds: [keyof typeof empties, readonly Saved[], (bytes: Uint8Array) => Uint8Array][] = [
        [
          'ciphertext',
          [encryptor.encryptSymmetricSerializable(encodeThere(x)), encryptor.encrypt(encodeThere(x))],
          (bytes) => {
            using ct = side.importCiphertext(bytes);
            return exportSealCiphertext(ct);
          },
        ],
        ['plaintext', [encodeThere(w)], (bytes) => side.plaintextAgain(bytes)],
        [
          'publicKey',
          [generator.createPublicKeySerializable(), generator.createPublicKey()],
          (bytes) => {
            using key = importSealPublicKey(side.context, bytes);
            return exportSealPublicKey(key);
          },
        ],
        [
          'relinearizationKey',
          [generator.createRelinKeysSerializable(), generator.createRelinKeys()],
          (bytes) => {
            using key = importSealRelinearizationKey(side.context, bytes);
            return exportSealRelinearizationKey(key);
          },
        ],
        [
          'galoisKeys',
          [generator.createGaloisKeysSerializable(steps), generator.createGaloisKeys(steps)],
          (bytes) => {
            using keys = importSealGaloisKeys(side.context, bytes);
            return exportSealGaloisKeys(keys);
          },
        ],
      ];
      const { none, zlib, zstd } = peer.library.ComprModeType;
      const all = [zstd, none, zlib];
      let turn = 0;
      for (const [kind, objects, again] of kinds)
        for (const object of objects)
          for (const mode of shape.isThorough ? all : [all[turn++ % 3]!]) {
            const bytes = object.saveArray(mode);
            const whole = peer.load(empties[kind](), bytes).saveArray(none);
            expect(Buffer.compare(again(bytes), whole), kind).toBe(0);
          }
      for (const mode of [none, zlib, zstd]) {
        const parameters = importSealParameters(peer.parms.saveArray(mode), options);
        expect(exportSealParameters(parameters)).toEqual(peer.parms.saveArray(none));
      }
    });

    if (isExact)
      it('takes ciphertexts in NTT form, and gives them back as coefficients', () => {
        const ct = peer.encryptor().encrypt(encodeThere(x));
        using one = side.importCiphertext(peer.evaluator.cipherTransformToNtt(ct).saveArray());
        expect(Buffer.compare(exportSealCiphertext(one), ct.saveArray(peer.none))).toBe(0);
      });

    it('expands seeds of both generators as SEAL does', () => {
      const bytes = peer.encryptor().encryptSymmetricSerializable(encodeThere(x)).saveArray(peer.none);
      for (const generator of [1, 2]) {
        bytes[bytes.length - 65] = generator;
        using ct = side.importCiphertext(bytes);
        const whole = peer.load(empties.ciphertext(), bytes).saveArray(peer.none);
        expect(Buffer.compare(exportSealCiphertext(ct), whole)).toBe(0);
      }
    });

    if (!isExact)
      it('conjugates complex slots, here and there', () => {
        const context = side.context.ofScheme('ckks');
        const generator = new KeyGenerator(context);
        using secretKey = generator.secretKey();
        using galoisKeys = generator.galoisKeys(secretKey, { steps: [], conjugation: true });
        using i = encode(context, [{ re: new Float64Array(slots), im: new Float64Array(slots).fill(1) }], shape)[0]!;
        using ct = encryptSymmetric(secretKey, [x], shape)[0]!;
        const galois = peer.load(empties.galoisKeys(), exportSealGaloisKeys(galoisKeys));
        const [a, plain] = [
          peer.load(empties.ciphertext(), exportSealCiphertext(ct)),
          peer.load(empties.plaintext(), exportSealPlaintext(i)),
        ];
        const there = peer.evaluator.complexConjugate(peer.evaluator.multiplyPlain(a, plain), galois);
        using back = importSealCiphertext(context, there.saveArray());
        const ev = createCkksEvaluator(context, { galoisKeys });
        const [here] = ev.scoped(() => {
          const turned = ev.linearPlain([ct], {
            inputs: 1,
            rows: [[{ from: 0, weight: { re: 0, im: 1 } }]],
            scale: shape.scale,
          });
          return ev.conjugateAll(turned, undefined);
        });
        using values = decryptPrivate(secretKey, [back, here!], { complex: true });
        for (const column of [0, 1]) {
          const { re, im } = values.complexColumn(column);
          expect(x.reduce((worst, v, j) => Math.max(worst, Math.hypot(re[j]!, im[j]! + v)), 0)).toBeLessThan(tolerance);
        }
        here!.dispose();
        ev.dispose();
      });

    it('reads plaintexts in the same slots', () => {
      const met = side.importPlaintext(encodeThere(w).saveArray());
      const back = peer.openPlain(peer.load(empties.plaintext(), side.exportPlaintext(w)));
      const worst = (values: Float64Array) => values.reduce((m, v, j) => Math.max(m, Math.abs(v - w[j]!)), 0);
      expect(Math.max(worst(met), worst(back))).toBeLessThanOrEqual(isExact ? 0 : tolerance);
    });

    it('computes here on their ciphertexts with their keys, opened there', () => {
      const encryptor = peer.encryptor();
      const { zlib, zstd } = peer.library.ComprModeType;
      const galois = peer.generator.createGaloisKeysSerializable(Int32Array.from([0, ...STEPS])).saveArray(zstd);
      using relinearizationKey = importSealRelinearizationKey(
        side.context,
        peer.generator.createRelinKeysSerializable().saveArray(zlib),
      );
      using galoisKeys = importSealGaloisKeys(side.context, galois);
      const ev = side.evaluator(relinearizationKey, galoisKeys);
      using a = side.importCiphertext(encryptor.encryptSymmetricSerializable(encodeThere(x)).saveArray());
      using b = side.importCiphertext(encryptor.encrypt(encodeThere(y)).saveArray());
      for (const [name, { here }] of Object.entries(operations)) {
        using out = ev.scoped(() => here(ev, a, b, w))[0]!;
        check(name, peer.open(peer.load(empties.ciphertext(), exportSealCiphertext(out))));
      }
      ev.dispose();
      using mine = side.encryptPublic(peer.generator.createPublicKeySerializable().saveArray(), x);
      check('nothing', peer.open(peer.load(empties.ciphertext(), exportSealCiphertext(mine))));
    });

    it('gives keys and ciphertexts that SEAL computes with, opened here', () => {
      const other = loadPeerParameters(peer.library, exportSealParameters(side.context.parameters), isExact, secure);
      const generator = new KeyGenerator(side.context);
      using secretKey = generator.secretKey();
      using publicKey = generator.publicKey(secretKey, { special: true });
      using relinearizationKey = generator.relinearizationKey(secretKey);
      using galoisKeys = generator.galoisKeys(secretKey, { steps: STEPS, conjugation: true });
      const keys = {
        relin: other.load(empties.relinearizationKey(), exportSealRelinearizationKey(relinearizationKey)),
        galois: other.load(empties.galoisKeys(), exportSealGaloisKeys(galoisKeys)),
      };
      const encryptor = other.encryptor(other.load(empties.publicKey(), exportSealPublicKey(publicKey)));
      const plain = other.load(empties.plaintext(), side.exportPlaintext(w));
      using mine = side.encrypt(secretKey, x);
      const a = other.load(empties.ciphertext(), exportSealCiphertext(mine));
      const b = encryptor.encrypt(other.load(empties.plaintext(), side.exportPlaintext(y)));
      for (const [name, { there }] of Object.entries(operations)) {
        using out = side.importCiphertext(there(other, keys, a, b, plain).saveArray());
        check(name, side.open(secretKey, out));
      }
    });
  });
}
