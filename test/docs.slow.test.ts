import { existsSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Application, Logger, type ProjectReflection, TSConfigReader, TypeDocReader } from 'typedoc';
import { beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

class Warnings extends Logger {
  readonly list: string[] = [];
  override validationWarning(text: string): void {
    this.list.push(text);
  }
}

/** What `npm run docs` runs, with a file of which we know that words are missing. */
describe('the reference', () => {
  let app: Application;
  let project: ProjectReflection;
  const warnings = new Warnings();
  beforeAll(async () => {
    const doors = JSON.parse(readFileSync(`${root}typedoc.json`, 'utf8')).entryPoints as string[];
    expect(doors).toEqual(['he', 'circuits', 'seal', 'client', 'server'].map((door) => `src/${door}.ts`));
    const entryPoints = [...doors, 'src/evaluator/work.ts'].map((file) => root + file);
    const readers = [new TypeDocReader(), new TSConfigReader()];
    app = await Application.bootstrap({ options: `${root}typedoc.json`, entryPoints }, readers);
    app.logger = warnings;
    project = (await app.convert())!;
    app.validate(project);
  });

  it('has words for every export of the doors, and would miss them', () => {
    expect(warnings.list.length).toBeGreaterThan(0);
    expect(warnings.list.filter((text) => !text.startsWith('evaluator/work.'))).toEqual([]);
  });

  it('has a page for each, with what is thrown', async () => {
    const out = `${root}build/docs-test`;
    rmSync(out, { recursive: true, force: true });
    await app.generateDocs(project, out);
    for (const page of ['interfaces/he.Ciphertext', 'functions/seal.importSealParameters', 'documents/coming-from'])
      expect(existsSync(`${out}/${page}.html`), page).toBe(true);
    expect(readFileSync(`${out}/functions/he.encryptSymmetric.html`, 'utf8')).toContain('scale-overflow');
  });
});
