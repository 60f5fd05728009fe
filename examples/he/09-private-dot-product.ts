// 9. A private dot product between two processes. This one owns the data and the secret key; the other one, started below,
// has the weights. Only bytes pass between them.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { innerSumRotations } from 'hesper/circuits';
import {
  chooseCkksParameters,
  createContext,
  decryptPrivate,
  encryptSymmetricSeededToBytes,
  KeyGenerator,
  loadCiphertexts,
  loadKernel,
  saveGaloisKeys,
  saveParameters,
} from 'hesper/he';

// Sixty-four features of a patient; the weights of the server are sin(j).
const features = Float64Array.from({ length: 64 }, (_, j) => Math.cos(j / 3));
using context = createContext(chooseCkksParameters({ depth: 1 }), await loadKernel());
const { slots } = context.parameters;

// Keys for exactly what the server will do, at the level where it does it: 64 neighbours summed at level 0.
const generator = new KeyGenerator(context);
using secretKey = generator.secretKey();
using galoisKeys = generator.galoisKeys(secretKey, { steps: innerSumRotations(slots, { count: 64 }), level: 0 });
const request = [
  saveParameters(context.parameters),
  saveGaloisKeys(galoisKeys),
  encryptSymmetricSeededToBytes(secretKey, [features]),
];

// One line of base64 a message keeps the example short; a real service frames bytes (`hesper/client` does).
const program = fileURLToPath(import.meta.url.replace(/(\.\w+)$/, '-server$1'));
const server = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
const chunks: Buffer[] = [];
server.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
server.stdin.end(request.map((bytes) => Buffer.from(bytes).toString('base64')).join('\n'));
assert.deepEqual(await once(server, 'close'), [0, null]);

// The answer came from outside: the loader checks every byte of it.
const [answer] = loadCiphertexts(context, Buffer.from(Buffer.concat(chunks).toString(), 'base64'));
using values = decryptPrivate(secretKey, [answer!]);
const wanted = features.reduce((sum, x, j) => sum + x * Math.sin(j), 0);
assert(Math.abs(values.column(0)[0]! - wanted) < 2 ** -16);
console.log(`dot product: ${values.column(0)[0]!.toFixed(4)}`);
answer!.dispose();
