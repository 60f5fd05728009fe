import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Application, LogLevel, TSConfigReader, TypeDocReader } from 'typedoc';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

describe('the reference', () => {
  it('is made by npm run docs, a page for every export of the doors', async () => {
    rmSync(`${root}build/docs`, { recursive: true, force: true });
    await promisify(execFile)('npm', ['run', 'docs'], { cwd: root });
    for (const page of [
      'functions/he.encryptSymmetric',
      'classes/he.Ciphertext',
      'functions/seal.importSealParameters',
    ])
      expect(existsSync(`${root}build/docs/${page}.html`), page).toBe(true);
    expect(readFileSync(`${root}build/docs/functions/he.encryptSymmetric.html`, 'utf8')).toContain('scale-overflow');
  });

  it('would not be without words for an export', async () => {
    const app = await Application.bootstrap(
      { options: `${root}typedoc.json`, entryPoints: [`${root}src/evaluator/work.ts`], logLevel: LogLevel.None },
      [new TypeDocReader(), new TSConfigReader()],
    );
    const project = await app.convert();
    app.validate(project!);
    expect(app.logger.validationWarningCount).toBeGreaterThan(0);
  });
});
