// Builds the kernels that a release carries: prebuilds/<platform>-<arch>/kernel.node, one file with all variants of an
// architecture; prebuilds/SHA256SUMS, which the loader checks them against; and prebuilds/build.json, what made them.
// `node scripts/prebuild.mjs [linux-x64] [linux-arm64] [--into FOLDER]`; default: both, into prebuilds/. A compiler for
// another architecture is Debian's g++-aarch64-linux-gnu or g++-x86-64-linux-gnu.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const triples = { 'linux-x64': 'x86_64-linux-gnu', 'linux-arm64': 'aarch64-linux-gnu' };

/** The newest GLIBC_ version that a library asks for: older systems cannot load it. */
function glibcOf(bytes) {
  const versions = [...bytes.toString('latin1').matchAll(/GLIBC_(\d+)\.(\d+)/g)].map(([, a, b]) => [
    Number(a),
    Number(b),
  ]);
  const [major, minor] = versions.sort((x, y) => x[0] - y[0] || x[1] - y[1]).at(-1) ?? [0, 0];
  return `${major}.${minor}`;
}

function build(platform, into) {
  const out = join(into, platform, 'kernel.node');
  const triple = triples[platform];
  if (!triple)
    throw new Error(`No prebuilt kernel is made for ${platform}, only for ${Object.keys(triples).join(', ')}`);
  rmSync(join(into, platform), { recursive: true, force: true });
  mkdirSync(join(into, platform), { recursive: true });
  const args = [join(root, 'scripts/build-native.mjs'), '--strict', '--target', triple, '--out', out];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The kernel for ${platform} was not built: ${stderr.trim()}`);
  rmSync(`${out}.sha256`, { force: true }); // the stamp of the sources
  const bytes = readFileSync(out);
  const version = spawnSync(`${triple}-g++`, ['-dumpfullversion'], { encoding: 'utf8' }).stdout.trim();
  return {
    name: `${platform}/kernel.node`,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    facts: { compiler: `${triple}-g++`, compilerVersion: version, glibc: glibcOf(bytes), bytes: bytes.length },
  };
}

const args = process.argv.slice(2);
const at = args.indexOf('--into');
const into = at < 0 ? join(root, 'prebuilds') : args[at + 1];
const named = args.filter((a, i) => !a.startsWith('--') && (at < 0 || i !== at + 1));
try {
  const built = (named.length > 0 ? named : Object.keys(triples)).map((platform) => build(platform, into));
  writeFileSync(join(into, 'SHA256SUMS'), built.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join(''));
  const files = Object.fromEntries(built.map(({ name, facts }) => [name, facts]));
  writeFileSync(join(into, 'build.json'), `${JSON.stringify({ files }, null, 2)}\n`);
  for (const { name, sha256, facts } of built)
    console.log(
      `${name}: ${facts.bytes} bytes, ${facts.compiler} ${facts.compilerVersion}, glibc ${facts.glibc} or newer, ${sha256}`,
    );
} catch (error) {
  console.error(`hesper: ${error.message}`);
  process.exitCode = 1;
}
