// The other process of lesson 9: it has weights and whatever comes in. `hesper/server` has no function that could make,
// hold or use a secret key, nor a type that names one; a test looks for that code in the bundle of this very program.
import { text } from 'node:stream/consumers';
import { innerSum } from 'hesper/circuits';
import {
  createCkksEvaluator,
  createContext,
  loadCiphertexts,
  loadGaloisKeys,
  loadKernel,
  loadParameters,
  saveCiphertexts,
} from 'hesper/server';

const weights = Float64Array.from({ length: 64 }, (_, j) => Math.sin(j));
const [parameters, keys, features] = (await text(process.stdin)).split('\n').map((line) => Buffer.from(line, 'base64'));

// Strangers send parameters too: they are checked for security again, and for being CKKS.
using context = createContext(loadParameters(parameters!), await loadKernel()).ofScheme('ckks');
using galoisKeys = loadGaloisKeys(context, keys!);
using evaluator = createCkksEvaluator(context, { galoisKeys });
using _scope = evaluator.scope();
const cts = loadCiphertexts(context, features!);

// Weights slot by slot, one level; then neighbours are summed. The answer is at level 0: as short as can be.
const weighted = evaluator.linearPlain(cts, { inputs: 1, rows: [[{ from: 0, weight: weights }]] });
const [sum] = innerSum(evaluator, evaluator.rescaleAll(weighted), { count: 64 });
process.stdout.write(Buffer.from(saveCiphertexts([sum!])).toString('base64'));
for (const ct of cts) ct.dispose();
