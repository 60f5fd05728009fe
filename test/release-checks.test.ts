/** What a release is checked for: scripts/release-checks.mjs, and the bill of materials. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

interface Answer {
  readonly verdict: 'yes' | 'no' | 'unknown';
  readonly text: string;
}
interface Component {
  readonly name: string;
  readonly version: string;
  readonly licenses: readonly { license?: { id: string }; expression?: string }[];
  readonly purl?: string;
  readonly hashes?: readonly { alg: string; content: string }[];
  readonly 'bom-ref': string;
}
interface Bill {
  readonly serialNumber: string;
  readonly components: readonly Component[];
  readonly dependencies: readonly { ref: string; dependsOn: readonly string[] }[];
}
interface Checks {
  cleanTree(status: string, tag: { tag: string; tagged: boolean; tagHere: boolean }): Answer;
  versions(manifest: object, lock: object, changelog: string): Answer;
  provenance(manifest: object): Answer;
  audit(status: number, output: string): Answer;
  licenses(bill: { components: readonly object[] }): Answer;
  contents(paths: readonly string[]): Answer;
  readonly neededFiles: readonly string[];
}
const script = (name: string): Promise<unknown> =>
  import(/* @vite-ignore */ new URL(`../scripts/${name}`, import.meta.url).href);
const checks = (await script('release-checks.mjs')) as Checks;
const { billOfMaterials } = (await script('sbom.mjs')) as { billOfMaterials(): Bill };
const json = (name: string) =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`../${name}`, import.meta.url)), 'utf8')) as Record<string, unknown>;

const says = (answer: Answer, verdict: Answer['verdict'], text: string | RegExp): void => {
  expect(answer.text).toMatch(text);
  expect(answer.verdict).toBe(verdict);
};

describe('a release is refused', () => {
  it('from a tree with changes, or when its tag is elsewhere', () => {
    const tag = { tag: 'v1.2.3', tagged: false, tagHere: false };
    says(checks.cleanTree('', tag), 'yes', 'not tagged v1.2.3 yet');
    says(checks.cleanTree(' M a.ts\n?? b.ts\n', tag), 'no', 'not committed: 2');
    says(checks.cleanTree('', { ...tag, tagged: true }), 'no', 'at another commit');
    says(checks.cleanTree('', { ...tag, tagged: true, tagHere: true }), 'yes', 'tagged v1.2.3');
  });

  it('without a version, the same in the lock file, and a dated entry of the changelog', () => {
    const of = (version: string, changelog: string, locked = version): Answer =>
      checks.versions({ version }, { version: locked, packages: { '': { version: locked } } }, changelog);
    says(of('1.2.3', '# Changelog\n\n## 1.2.3 (2026-01-31)\n'), 'yes', '1.2.3');
    says(of('1.2.3', '## 1.2.3 (unreleased)\n'), 'no', 'no date');
    says(of('1.2.3', '## 1.2.2 (2026-01-31)\n'), 'no', 'not with 1.2.3');
    says(of('1.2.3', '## 1.2.3 (2026-01-31)\n', '1.2.2'), 'no', 'lock file');
    says(of('1.2', '## 1.2 (2026-01-31)\n'), 'no', 'no version');
  });

  it('without what provenance needs', () => {
    const repository = { url: 'git+https://example.org/hesper.git' };
    says(checks.provenance({ publishConfig: { provenance: true }, repository }), 'yes', 'example.org');
    says(checks.provenance({ publishConfig: { provenance: true } }), 'no', 'names no repository');
    says(checks.provenance({ repository }), 'no', 'not set');
    expect((json('package.json').publishConfig as { provenance: boolean }).provenance).toBe(true);
  });

  it('with a vulnerable dependency, and when nobody could be asked', () => {
    const counts = { info: 0, low: 0, moderate: 0, high: 0, critical: 0, total: 0 };
    const report = (vulnerabilities: object) =>
      JSON.stringify({ metadata: { vulnerabilities, dependencies: { prod: 13 } } });
    says(checks.audit(0, report(counts)), 'yes', 'no known vulnerability in 13');
    says(checks.audit(1, report({ ...counts, high: 2, total: 2 })), 'no', 'vulnerable: 2 high');
    says(checks.audit(1, report(counts)), 'no', 'vulnerable');
    says(checks.audit(1, '{"message":"405 Method Not Allowed","statusCode":405}'), 'unknown', 'could not ask: 405');
    says(
      checks.audit(1, '{"error":{"code":"ENOTFOUND","summary":"no network"}}'),
      'unknown',
      'could not ask: no network',
    );
    says(checks.audit(1, ''), 'unknown', 'no answer');
  });

  it('with files that do not belong in it, or without those that do', () => {
    const whole = [...checks.neededFiles, 'package.json', 'kernel/ntt.h', 'models/fcn.md', 'dist/he/x.d.ts'];
    says(checks.contents(whole), 'yes', `${whole.length} files`);
    for (const path of ['.env', 'src/he.ts', 'dist/ring/x.test.js', 'kernel/tests/replay.cpp', 'dist/secret.key'])
      says(checks.contents([...whole, path]), 'no', path);
    for (const path of checks.neededFiles)
      says(checks.contents(whole.filter((p) => p !== path)), 'no', `missing: ${path}`);
  });

  it('with a dependency under another licence', () => {
    const component = (id: string) => ({ name: 'x', version: '1.0.0', licenses: [{ license: { id } }] });
    says(checks.licenses({ components: [component('MIT'), component('ISC')] }), 'yes', '2 components: ISC, MIT');
    says(checks.licenses({ components: [component('AGPL-3.0-only')] }), 'no', 'AGPL');
  });
});

describe('the bill of materials', () => {
  const bill = billOfMaterials();

  it('lists every runtime dependency of the lock file, with licence and checksum', () => {
    const { packages } = json('package-lock.json') as { packages: Record<string, { dev?: boolean; version: string }> };
    const locked = Object.entries(packages).filter(([path, entry]) => path.startsWith('node_modules/') && !entry.dev);
    const wanted = locked.map(([path, { version }]) => `${path.slice('node_modules/'.length)}@${version}`).sort();
    const listed = bill.components.filter((c) => c.purl !== undefined);
    expect(listed.map((c) => `${c.name}@${c.version}`).sort()).toEqual(wanted);
    expect(wanted.length).toBeGreaterThan(5);
    for (const { hashes } of listed)
      expect(hashes).toEqual([{ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) }]);
    says(checks.licenses(bill), 'yes', 'MIT');
  });

  it('says who needs whom, and is the same every time', () => {
    const refs = new Set([...bill.components.map((c) => c['bom-ref']), bill.dependencies[0]!.ref]);
    for (const { ref, dependsOn } of bill.dependencies) for (const x of [ref, ...dependsOn]) expect(refs).toContain(x);
    const own = Object.keys(json('package.json').dependencies as object);
    expect(bill.dependencies[0]!.dependsOn).toHaveLength(own.length);
    expect(billOfMaterials()).toEqual(bill);
    expect(bill.serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });
});
