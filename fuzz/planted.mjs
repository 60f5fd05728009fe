// node fuzz/planted.mjs NAME [SECONDS]: plants a fault, lets the fuzzer look for it from valid objects only, and prints
// what was found as one JSON object. `--list`: the names.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from './build.mjs';
import { buildPlanted, missingForNative, runNative } from './native.mjs';
import { runTarget, work } from './supervise.mjs';

/** Lines of readers, what stands for them, and the target that has to notice. */
const faults = {
  none: { target: 'ciphertexts', replacements: [] },
  'batches of any length': {
    target: 'ciphertexts',
    replacements: [
      { file: 'rlwe/batch.ts', from: 'requireLength(body, batchLength(context, shape, kind as K));', to: '' },
    ],
  },
  'headers that lie about the length': {
    target: 'public-key',
    replacements: [{ file: 'format/header.ts', from: 'if (length !== bytes.length) throw', to: 'if (false) throw' }],
  },
  'residues from too few bytes': {
    target: 'unpack',
    native: {
      unit: 'verbs',
      from: 'if (total * elements != bytes) return fail(',
      to: 'if (total * elements < bytes) return fail(',
    },
  },
};

async function look({ target, replacements, native }, folder, seconds) {
  const options = { crashes: join(folder, 'crashes'), corpus: [], seconds, seed: 1 };
  if (!native) {
    await bundle({ out: folder, replacements });
    return runTarget(folder, target, options);
  }
  await buildPlanted(target, native, folder);
  return runNative(target, { ...options, folder, save: join(folder, 'corpus') });
}

const [name, seconds = '300'] = process.argv.slice(2);
if (name === '--list') {
  const missing = missingForNative();
  const facts = Object.entries(faults).map(([key, { native }]) => ({
    name: key,
    missing: native ? (missing ?? null) : null,
  }));
  console.log(JSON.stringify(facts));
} else {
  mkdirSync(work, { recursive: true });
  const folder = mkdtempSync(join(work, 'planted-'));
  try {
    console.log(JSON.stringify(await look(faults[name], folder, Number(seconds))));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
