// 7. Bytes: what goes over wires and onto disks, and what comes back from there.
import assert from 'node:assert/strict';
import {
  chooseCkksParameters,
  contentId,
  createContext,
  decryptPrivate,
  encryptSymmetric,
  encryptSymmetricSeededToBytes,
  KeyGenerator,
  loadCiphertexts,
  loadKernel,
  loadParameters,
  loadSecretKey,
  receiveGaloisKeys,
  saveCiphertexts,
  saveGaloisKeys,
  saveParameters,
  saveSecretKey,
  streamGaloisKeys,
} from 'hesper/he';

const kernel = await loadKernel();
using owner = createContext(chooseCkksParameters({ depth: 2 }), kernel);
const generator = new KeyGenerator(owner);
using secretKey = generator.secretKey();

// Parameters are small, and checked again where they arrive. Their id is a hash: equal ids mean equal parameters.
const parameters = saveParameters(owner.parameters);
using server = createContext(loadParameters(parameters), kernel).ofScheme('ckks');
assert.equal(server.parameters.id, owner.parameters.id);

// The context comes first in every loader: bytes made under other parameters are refused, as is every wrong length,
// count or residue, before memory is taken for them.
const numbers = Float64Array.of(1, 2, 3);
const cts = encryptSymmetric(secretKey, [numbers]);
const full = saveCiphertexts(cts);
const [copy] = loadCiphertexts(server, full);
assert.throws(() => loadCiphertexts(server, full.subarray(1)), { code: 'malformed-bytes' });
assert.throws(() => loadCiphertexts(server, new Uint8Array([...full, 0])), { code: 'malformed-bytes' });

// A fresh encryption is half uniform. Written by the key owner, a seed of 32 bytes stands for that half.
const seeded = encryptSymmetricSeededToBytes(secretKey, [numbers]);
assert(seeded.length < 0.51 * full.length);

// Keys for rotations are large. They go out in chunks, and come in chunk by chunk: each is checked as it comes. A
// stream that was cut goes on where it ended; the content id, SHA-256 of all bytes, says that it is the same object.
using keys = generator.galoisKeys(secretKey, { steps: [1, 2, 4, 8] });
const id = contentId(saveGaloisKeys(keys));
using receiver = receiveGaloisKeys(server, { contentId: id, maxBytes: 2 ** 26 });
for (const chunk of streamGaloisKeys(keys)) {
  receiver.write(chunk);
  if (receiver.offset > 100_000) break; // the line is dead
}
assert.throws(() => receiver.finish(), { code: 'incomplete-stream' });
using received = await receiver.receive(streamGaloisKeys(keys, { from: receiver.offset }));
assert.equal(received.entries.length, 4);

// The secret key leaves the kernel under a passphrase only (scrypt, then ChaCha20-Poly1305), and never becomes a value
// of JavaScript.
const file = await saveSecretKey(secretKey, { passphrase: 'correct horse battery staple' });
await assert.rejects(loadSecretKey(owner, file, { passphrase: 'wrong' }), { code: 'wrong-passphrase' });
using again = await loadSecretKey(owner, file, { passphrase: 'correct horse battery staple' });

// What the server has, the key from the file opens.
const [answer] = loadCiphertexts(owner, saveCiphertexts([copy!]));
using values = decryptPrivate(again, [answer!]);
assert(numbers.every((x, i) => Math.abs(values.column(0)[i]! - x) < 2 ** -20));
console.log(`bytes: ciphertext ${full.length}, seeded ${seeded.length}, secret key ${file.length}`);
for (const ct of [...cts, copy!, answer!]) ct.dispose();
