import { describe, expect, it } from 'vitest';
import { loadKernel } from '../kernel/load.ts';
import { createContext } from '../rlwe/context.ts';
import { decryptIntegers } from '../rlwe/secret/decrypt-integers.ts';
import { KeyGenerator } from '../rlwe/secret/key-generator.ts';
import { createBfvEvaluator } from '../schemes/bfv/evaluator.ts';
import { createCkksEvaluator } from '../schemes/ckks/evaluator.ts';
import { exportSealCiphertext, importSealCiphertext, importSealIntegerCiphertext } from './ciphertexts.ts';
import { exportSealParameters, importSealParameters } from './parameters.ts';
import { loadPeer, openPeer } from './peer.conformance.ts';
import { importSealPublicKey, exportSealPublicKey } from './public-key.ts';
import { importSealGaloisKeys, importSealRelinearizationKey,exportSealGaloisKeys } from './switching-keys.ts';

describe('try', () => {
  it('ckks', async () => {
    const peer = openPeer(await loadPeer(), { n: 8192, bits: [45, 40, 40, 45] });
    const bytes = peer.parms.saveArray(peer.none);
    const parameters = importSealParameters(bytes);
    expect(exportSealParameters(parameters)).toEqual(bytes);
    const kernel = await loadKernel();
    const context = createContext(parameters, kernel);
    const plain = peer.encoder.encode(Float64Array.of(1, 2, 3, 4), 2 ** 30);
    const enc = peer.encryptor();
    for (const ctb of [enc.encrypt(plain).saveArray(peer.none), enc.encryptSymmetricSerializable(plain).saveArray()]) {
      const ct = importSealCiphertext(context, ctb);
      const back = exportSealCiphertext(ct);
      console.log(ctb.length, back.length, Buffer.compare(ctb, back));
      console.log(peer.open(peer.load(peer.library.CipherText(), back)).slice(0, 5));
      const t0 = performance.now();
      const rb = peer.generator.createRelinKeysSerializable().saveArray();
      const gb = peer.generator.createGaloisKeysSerializable(Int32Array.of(1, 0)).saveArray(peer.none);
      const t1 = performance.now();
      const relinearizationKey = importSealRelinearizationKey(context, rb);
      const galoisKeys = importSealGaloisKeys(context, gb);
      console.log(t1 - t0, performance.now() - t1, rb.length, gb.length, galoisKeys.steps, galoisKeys.hasConjugation);
      const ev = createCkksEvaluator(context, { relinearizationKey, galoisKeys });
      const out = ev.rotateMany(ev.rescaleAll(ev.relinearizeAll(ev.squareAll([ct], undefined), undefined), undefined), [1]);
      console.log(peer.open(peer.load(peer.library.CipherText(), exportSealCiphertext(out[0]!))).slice(0, 5));
    }
  });
});
