// A bill of materials of what an installed package runs: runtime dependencies of the lock file, with their licences and
// checksums, and, where prebuilt kernels lie in prebuilds/, the compiler's library of which parts are linked in.
// CycloneDX 1.5. `npm sbom --omit dev` leaves out packages that development needs as well, so this walks the lock itself.
// The same lock gives the same bytes. `npm run sbom [-- --out FILE]`; default: standard output.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const json = (name) => JSON.parse(readFileSync(join(root, name), 'utf8'));

const purl = (name, version) => `pkg:npm/${name.replace('@', '%40')}@${version}`;
const hex = (integrity) => Buffer.from(integrity.slice(integrity.indexOf('-') + 1), 'base64').toString('hex');

/** Where Node finds `name` from the package at `path`: the nearest node_modules upwards. */
function resolve(packages, path, name) {
  for (let from = path; ; from = from.slice(0, Math.max(0, from.lastIndexOf('/node_modules/')))) {
    const at = `${from === '' ? '' : `${from}/`}node_modules/${name}`;
    if (packages[at]) return at;
    if (from === '') throw new Error(`The lock file has no ${name}, which ${path || 'the package'} needs`);
  }
}

function component(path, entry) {
  const name = entry.name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  if (!entry.license || !entry.integrity) throw new Error(`${name} has no licence or no checksum in the lock file`);
  return {
    'bom-ref': purl(name, entry.version),
    type: 'library',
    name,
    version: entry.version,
    scope: 'required',
    licenses: [
      / (OR|AND|WITH) /.test(entry.license) ? { expression: entry.license } : { license: { id: entry.license } },
    ],
    purl: purl(name, entry.version),
    hashes: [{ alg: 'SHA-512', content: hex(entry.integrity) }],
  };
}

/** Parts of GCC's run-time library are in prebuilt kernels: prebuilds/build.json says which compiler made them. */
function linked() {
  if (!existsSync(join(root, 'prebuilds/build.json'))) return [];
  const versions = new Set(Object.values(json('prebuilds/build.json').files).map((f) => f.compilerVersion));
  return [...versions].sort().map((version) => ({
    'bom-ref': `libgcc@${version}`,
    type: 'library',
    name: 'libgcc',
    version,
    scope: 'required',
    licenses: [{ expression: 'GPL-3.0-or-later WITH GCC-exception-3.1' }],
  }));
}

export function billOfMaterials() {
  const { packages } = json('package-lock.json');
  const own = json('package.json');
  const found = new Map();
  const edges = new Map();
  const visit = (path) => {
    if (edges.has(path)) return;
    const needs = Object.keys(packages[path].dependencies ?? {}).map((name) => resolve(packages, path, name));
    edges.set(path, needs);
    for (const need of needs) found.set(need, component(need, packages[need]));
    for (const need of needs) visit(need);
  };
  visit('');
  const ref = (path) => (path === '' ? purl(own.name, own.version) : found.get(path)['bom-ref']);
  const components = [...found.values(), ...linked()].sort((a, b) => (a['bom-ref'] < b['bom-ref'] ? -1 : 1));
  const body = {
    metadata: {
      component: {
        'bom-ref': ref(''),
        type: 'library',
        name: own.name,
        version: own.version,
        licenses: [{ license: { id: own.license } }],
        purl: ref(''),
      },
    },
    components,
    dependencies: [...edges].map(([path, needs]) => ({ ref: ref(path), dependsOn: needs.map(ref).sort() })),
  };
  const digest = createHash('sha256').update(JSON.stringify(body)).digest('hex');
  const uuid = [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `8${digest.slice(13, 16)}`,
    `8${digest.slice(17, 20)}`,
    digest.slice(20, 32),
  ];
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    serialNumber: `urn:uuid:${uuid.join('-')}`,
    version: 1,
    ...body,
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const at = process.argv.indexOf('--out');
  const text = `${JSON.stringify(billOfMaterials(), null, 2)}\n`;
  if (at > 0) writeFileSync(process.argv[at + 1], text);
  else process.stdout.write(text);
}
