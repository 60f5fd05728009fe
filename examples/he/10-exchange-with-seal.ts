// 10. Exchange with Microsoft SEAL: its program makes keys, encrypts and decrypts; the arithmetic between is done here, some
// ten to thirty times as fast as by node-seal. `npm i node-seal` for the other side.
import assert from 'node:assert/strict';
import { addAll, createCkksEvaluator, createContext, loadKernel } from 'hesper/he';
import {
  exportSealCiphertext,
  importSealCiphertext,
  importSealGaloisKeys,
  importSealParameters,
  importSealRelinearizationKey,
} from 'hesper/seal';

// The program that there is already, in SEAL. One thing to look after: primes below 2^49, the last one special.
const { default: start } = await import('node-seal' as string);
const seal = await start();
const parms = seal.EncryptionParameters(seal.SchemeType.ckks);
parms.setPolyModulusDegree(8192);
parms.setCoeffModulus(seal.CoeffModulus.Create(8192, Int32Array.of(47, 40, 47)));
const sealContext = seal.Context(parms, true, seal.SecurityLevel.tc128);
const keys = seal.KeyGenerator(sealContext);
const encoder = seal.CKKSEncoder(sealContext);
const encryptor = seal.Encryptor(sealContext, keys.createPublicKey());
const numbers = Float64Array.from({ length: 4096 }, (_, j) => Math.sin(j));
const sent = {
  parameters: parms.saveArray() as Uint8Array,
  relinearization: keys.createRelinKeysSerializable().saveArray() as Uint8Array,
  rotations: keys.createGaloisKeysSerializable(Int32Array.of(1)).saveArray() as Uint8Array,
  ciphertext: encryptor.encrypt(encoder.encode(numbers, 2 ** 40)).saveArray() as Uint8Array,
};

// Here: SEAL's files, compressed and seeded as they are. The parameters say that slots are in SEAL's order, in which a
// rotation goes by powers of 3; they and every residue are checked as in our own format.
using context = createContext(importSealParameters(sent.parameters), await loadKernel()).ofScheme('ckks');
using relinearizationKey = importSealRelinearizationKey(context, sent.relinearization);
using galoisKeys = importSealGaloisKeys(context, sent.rotations);
using evaluator = createCkksEvaluator(context, { relinearizationKey, galoisKeys });
using _scope = evaluator.scope();
using x = importSealCiphertext(context, sent.ciphertext);
assert.deepEqual([context.parameters.rotationGenerator, x.level, x.scale], [3, 1, 2 ** 40]);

// x[j]^2 + x[j + 1]^2
const [square] = evaluator.relinearizeAll(evaluator.squareAll([x]));
const [next] = evaluator.rotateMany([square!], [1]);
const [result] = evaluator.rescaleAll(addAll(evaluator, [square!], [next!]));
const answer = exportSealCiphertext(result!);

// And back: SEAL's key never left SEAL.
const opened = seal.CipherText();
opened.loadArray(sealContext, answer);
const decryptor = seal.Decryptor(sealContext, keys.secretKey());
const values = encoder.decode(decryptor.decrypt(opened)) as Float64Array;
const wanted = numbers.map((v, j) => v ** 2 + numbers[(j + 1) % 4096]! ** 2);
assert(wanted.every((value, j) => Math.abs(value - values[j]!) < 2 ** -16));
console.log(`by way of SEAL: ${[...values.subarray(0, 3)].map((v) => v.toFixed(4)).join(', ')}`);
