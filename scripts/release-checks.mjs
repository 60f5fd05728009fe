// What must hold before a release, each a question to facts that are handed in (release.mjs collects them). Every answer is
// { verdict: 'yes' | 'no' | 'unknown', text }; only `yes` to all of them makes a release.

const yes = (text) => ({ verdict: 'yes', text });
const no = (text) => ({ verdict: 'no', text });
const unknown = (text) => ({ verdict: 'unknown', text });

/** `status`: of `git status --porcelain`; `tags`: those of the version that exist, and whether they are at this commit. */
export function cleanTree(status, { tag, tagged, tagHere }) {
  if (status.trim() !== '') return no(`files are not committed: ${status.trim().split('\n').length}`);
  if (tagged && !tagHere) return no(`the tag ${tag} exists, at another commit`);
  return yes(tagged ? `nothing uncommitted, tagged ${tag}` : `nothing uncommitted; not tagged ${tag} yet`);
}

/** A version of three numbers, the same in the lock file, with a dated entry at the head of the changelog. */
export function versions(manifest, lock, changelog) {
  const { version } = manifest;
  if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) return no(`${version} is no version`);
  if (lock.version !== version || lock.packages[''].version !== version)
    return no(`the lock file is of version ${lock.version}, the package of ${version}`);
  const heading = changelog.split('\n').find((line) => line.startsWith('## '));
  if (!heading?.startsWith(`## ${version} `)) return no(`the changelog starts with "${heading}", not with ${version}`);
  if (!/\(\d{4}-\d\d-\d\d\)$/.test(heading)) return no(`the changelog's entry has no date: "${heading}"`);
  return yes(`${version}, with its entry in the changelog`);
}

/** Provenance ties a package to the repository that its manifest names. */
export function provenance(manifest) {
  if (manifest.publishConfig?.provenance !== true) return no('publishConfig.provenance is not set');
  const url = manifest.repository?.url;
  if (!url) return no('package.json names no repository, which provenance is checked against');
  return yes(`from ${url}`);
}

/** `status` and the output of `npm audit --omit=dev --json`. */
export function audit(status, output) {
  let report;
  try {
    report = JSON.parse(output);
  } catch {
    return unknown('npm audit gave no answer that can be read');
  }
  const found = report.metadata?.vulnerabilities;
  if (found === undefined) return unknown(`could not ask: ${report.message ?? report.error?.summary ?? 'no answer'}`);
  const { total, ...levels } = found;
  const counts = Object.entries(levels).filter(([, count]) => count > 0);
  if (total > 0 || status !== 0)
    return no(`vulnerable: ${counts.map(([level, n]) => `${n} ${level}`).join(', ') || 'status'}`);
  return yes(`no known vulnerability in ${report.metadata.dependencies?.prod ?? 'the'} runtime dependencies`);
}

const allowedLicenses = ['MIT', 'Apache-2.0', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD'];
const linkedLicense = 'GPL-3.0-or-later WITH GCC-exception-3.1';

/** Every runtime dependency under a licence that asks for no more than its text. */
export function licenses({ components }) {
  const of = (c) => c.licenses.map((l) => l.license?.id ?? l.expression).join(' and ');
  const other = components.filter(
    (c) => !allowedLicenses.includes(of(c)) && !(c.name === 'libgcc' && of(c) === linkedLicense),
  );
  if (other.length > 0) return no(other.map((c) => `${c.name} ${c.version}: ${of(c)}`).join('; '));
  return yes(`${components.length} components: ${[...new Set(components.map(of))].sort().join(', ')}`);
}

const allowedFiles = [
  /^(package\.json|README\.md|LICENSE|NOTICE|CHANGELOG\.md|SECURITY\.md|sbom\.cdx\.json)$/,
  /^bin\/[\w-]+\.js$/,
  /^dist\/[\w/.-]+\.(js|d\.ts)$/,
  /^kernel\/(README\.md|[\w-]+\.(h|cpp)|wasm\/[\w-]+\.(wasm|js))$/,
  /^models\/[\w-]+\.(hesper|md)$/,
  /^prebuilds\/(SHA256SUMS|build\.json|[\w-]+\/kernel\.node)$/,
  /^scripts\/build-native\.mjs$/,
];
export const neededFiles = [
  'LICENSE',
  'NOTICE',
  'sbom.cdx.json',
  'dist/index.js',
  'dist/he.js',
  'dist/client.js',
  'dist/server.js',
  'kernel/wasm/kernel.wasm',
  'kernel/wasm/client.wasm',
  'prebuilds/SHA256SUMS',
  'prebuilds/linux-x64/kernel.node',
  'prebuilds/linux-arm64/kernel.node',
];

/** `paths` of the files that `npm pack` would put in. */
export function contents(paths) {
  const strange = paths.filter(
    (path) => !allowedFiles.some((rule) => rule.test(path)) || /\.(test|conformance)\./.test(path),
  );
  if (strange.length > 0) return no(`does not belong in: ${strange.slice(0, 5).join(', ')}`);
  const missing = neededFiles.filter((path) => !paths.includes(path));
  return missing.length > 0 ? no(`missing: ${missing.join(', ')}`) : yes(`${paths.length} files`);
}
