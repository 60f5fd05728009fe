// What one browser downloads to make keys, encrypt and decrypt: the worker of examples/browser with all that it loads, and
// the one WebAssembly file that it picks, built by Vite, after gzip -9. Beside it the same for everything that
// hesper/client exports, and what was built but is not downloaded.
// Usage: node scripts/size.mjs [--json]
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
const LIMIT = 150_000;
const TARGET = 100_000;

const client = 'examples/browser/client-worker.ts';
const wholeDoor = 'virtual:door';

/** Vite's build of `input`. */
async function outputOf(input) {
  const { output } = await build({
    root,
    base: './',
    configFile: false,
    logLevel: 'error',
    plugins: [door],
    resolve: { alias: [{ find: /^hesper\/(.*)$/, replacement: `${root}src/$1.ts` }] },
    build: {
      write: false,
      minify: true,
      target: 'es2022',
      modulePreload: false,
      rollupOptions: { input: { client: input }, output: { entryFileNames: '[name].js' } },
    },
  });
  return output;
}

/** Files of a build of `input`, `downloaded` or not. */
async function filesOf(input) {
  const output = await outputOf(input);
  const picked = new Set(chunksFrom(output, 'client.js'));
  const wasm = pickedWasm(output);
  return output
    .map((file) => ({ ...sizes(file), downloaded: picked.has(file.fileName) || file === wasm }))
    .sort((a, b) => Number(b.downloaded) - Number(a.downloaded) || b.gzip - a.gzip);
}

const door = {
  name: 'door',
  resolveId: (id) => (id === wholeDoor ? `\0${id}` : undefined),
  load: (id) =>
    id === `\0${wholeDoor}` ? "import * as door from 'hesper/client'; globalThis.door = door;" : undefined,
};

/** A chunk and all that it imports at once; chunks that wait for a call of import() are not loaded by a client. */
function chunksFrom(output, name, known = []) {
  if (known.includes(name)) return known;
  const chunk = output.find((file) => file.fileName === name);
  return chunk.imports.reduce((all, next) => chunksFrom(output, next, all), [...known, name]);
}

/** The largest that a client may pick. */
function pickedWasm(output) {
  const candidates = output.filter((file) => /(^|\/)client[^/]*\.wasm$/.test(file.fileName));
  return candidates.sort((a, b) => sizes(b).gzip - sizes(a).gzip)[0];
}

function sizes(file) {
  const bytes = Buffer.from(file.type === 'chunk' ? file.code : file.source);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { name: file.fileName, bytes: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, sha256 };
}

const total = (files) => files.filter((f) => f.downloaded).reduce((sum, f) => sum + f.gzip, 0);

/** The modules, as paths below the repository, of which a client downloads any code; and its WebAssembly file. */
export async function clientContents() {
  const output = await outputOf(client);
  const picked = new Set(chunksFrom(output, 'client.js'));
  const names = output.filter((file) => picked.has(file.fileName)).flatMap((chunk) => Object.entries(chunk.modules));
  const modules = names.filter(([, { renderedLength }]) => renderedLength > 0).map(([name]) => name.replace(root, ''));
  return { modules, wasm: pickedWasm(output).source };
}

/** What `npm run size --silent -- --json` prints. */
export async function measureSize() {
  const all = await filesOf(client);
  const files = all.filter((f) => f.downloaded).map(({ downloaded, ...rest }) => rest);
  const notDownloaded = all.filter((f) => !f.downloaded).map(({ downloaded, ...rest }) => rest);
  const everything = total(await filesOf(wholeDoor));
  return {
    program: client,
    bytes: total(all),
    limit: LIMIT,
    target: TARGET,
    wholeDoor: everything,
    files,
    notDownloaded,
  };
}

function print({ program, bytes, wholeDoor: everything, files, notDownloaded }) {
  const row = (f) => `${f.name.padEnd(48)}${String(f.bytes).padStart(9)}${String(f.gzip).padStart(9)}`;
  console.log(`${program.padEnd(48)}${'bytes'.padStart(9)}${'gzip -9'.padStart(9)}`);
  for (const file of files) console.log(row(file));
  console.log(`${'downloaded'.padEnd(57)}${String(bytes).padStart(9)}  limit ${LIMIT}, target ${TARGET}`);
  console.log(`${'the same with every export of hesper/client'.padEnd(57)}${String(everything).padStart(9)}`);
  console.log('\nbuilt, not downloaded by a client');
  for (const file of notDownloaded) console.log(row(file));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const measured = await measureSize();
  if (process.argv.includes('--json')) console.log(JSON.stringify(measured, null, 1));
  else print(measured);
  process.exitCode = measured.bytes <= LIMIT ? 0 : 1;
}
