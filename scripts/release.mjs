// Everything that must hold before a release, in order; nothing is published. `npm run release:check [-- --without NAME]`.
// Leaves prebuilds/ and sbom.cdx.json out of the working tree again; the package is in build/release/.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { audit, cleanTree, contents, licenses, provenance, versions } from './release-checks.mjs';
import { billOfMaterials } from './sbom.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const text = (name) => readFileSync(join(root, name), 'utf8');
const json = (name) => JSON.parse(text(name));
const run = (command, args, show = false) =>
  spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', show ? 'inherit' : 'pipe', 'pipe'],
    maxBuffer: 1 << 28,
  });
const ran = ({ status, stderr }, done) =>
  status === 0
    ? { verdict: 'yes', text: done }
    : { verdict: 'no', text: (stderr ?? '').trim().split('\n').at(-1) || 'it failed' };

const manifest = json('package.json');
const tag = `v${manifest.version}`;

function tree() {
  const tagged = run('git', ['rev-parse', '-q', '--verify', `${tag}^{commit}`]);
  const head = run('git', ['rev-parse', 'HEAD']).stdout.trim();
  const facts = { tag, tagged: tagged.status === 0, tagHere: tagged.stdout.trim() === head };
  return cleanTree(run('git', ['status', '--porcelain']).stdout, facts);
}

/** The committed files, made again. */
function wasm() {
  const again = join(root, 'build/wasm-again');
  rmSync(again, { recursive: true, force: true });
  const built = run(process.execPath, ['scripts/build-wasm.mjs', '--out', again]);
  if (built.status !== 0) return ran(built);
  const names = readdirSync(again).filter((name) => name.endsWith('.wasm'));
  const others = names.filter(
    (name) => !readFileSync(join(root, 'kernel/wasm', name)).equals(readFileSync(join(again, name))),
  );
  if (names.length === 0 || others.length > 0)
    return { verdict: 'no', text: `not what the sources make: ${others.join(', ') || 'nothing was made'}` };
  return { verdict: 'yes', text: `${names.length} files, made again with the same bytes` };
}

/** The kernels of this machine's architecture are loaded, too. */
function prebuilds() {
  const built = run(process.execPath, ['scripts/prebuild.mjs'], true);
  if (built.status !== 0) return ran(built);
  const addon = createRequire(import.meta.url)(join(root, `prebuilds/${process.platform}-${process.arch}/kernel.node`));
  const variants = addon.hesper_built().toString(2);
  return { verdict: 'yes', text: `built; the one of this machine loads, variants ${variants}` };
}

function bill() {
  const found = billOfMaterials();
  writeFileSync(join(root, 'sbom.cdx.json'), `${JSON.stringify(found, null, 2)}\n`);
  return licenses(found);
}

function ask() {
  const { status, stdout } = run('npm', ['audit', '--omit=dev', '--json']);
  return audit(status, stdout);
}

function pack() {
  const folder = join(root, 'build/release');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const packed = run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]);
  if (packed.status !== 0) return ran(packed);
  const [{ filename, files, size }] = JSON.parse(packed.stdout);
  const { verdict, text: what } = contents(files.map((f) => f.path));
  const digest = createHash('sha256')
    .update(readFileSync(join(folder, filename)))
    .digest('hex');
  return {
    verdict,
    text: verdict === 'yes' ? `build/release/${filename}, ${what}, ${size} bytes, SHA-256 ${digest}` : what,
  };
}

const steps = {
  tree,
  version: () => versions(manifest, json('package-lock.json'), text('CHANGELOG.md')),
  provenance: () => provenance(manifest),
  audit: ask,
  lint: () => ran(run('npm', ['run', '--silent', 'lint']), 'lint and format'),
  types: () => ran(run('npm', ['run', '--silent', 'typecheck']), 'types'),
  test: () => ran(run('npm', ['test', '--silent'], true), 'passed'),
  slow: () => ran(run('npm', ['run', '--silent', 'test:slow'], true), 'passed'),
  wasm,
  build: () => ran(run('npm', ['run', '--silent', 'build']), 'dist/'),
  prebuilds,
  sbom: bill,
  pack,
};

const without = process.argv.flatMap((a, i) => (a === '--without' ? [process.argv[i + 1]] : []));
const answers = [];
try {
  for (const [name, step] of Object.entries(steps)) {
    const answer = without.includes(name) ? { verdict: 'unknown', text: 'left out' } : step();
    answers.push(answer.verdict);
    console.log(`${{ yes: 'ok     ', no: 'NOT OK ', unknown: 'UNKNOWN' }[answer.verdict]} ${name}: ${answer.text}`);
  }
} finally {
  rmSync(join(root, 'prebuilds'), { recursive: true, force: true });
  rmSync(join(root, 'sbom.cdx.json'), { force: true });
}
const open = answers.filter((a) => a !== 'yes').length;
if (open === 0) {
  console.log(`\nready. Try it from the release workflow, which provenance needs:`);
  console.log(`  npm publish build/release/${manifest.name}-${manifest.version}.tgz --provenance --dry-run`);
} else console.log(`\nnot ready: ${open} of ${answers.length} are open`);
process.exitCode = open === 0 ? 0 : 1;
