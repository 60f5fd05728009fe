import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const files = readdirSync(`${root}test/types`).map((name) => `${root}test/types/${name}`);

/** The same without the marks, so that everything marked is an error. */
const bare = files.map((name) => {
  mkdirSync(`${root}build/types`, { recursive: true });
  const copy = name.replace('/test/', '/build/');
  writeFileSync(copy, readFileSync(name, 'utf8').replaceAll('@ts-expect-error', ''));
  return copy;
});

const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root);
const program = ts.createProgram([...files, ...bare], options);

/** Of some files only: what they import is looked up where it is needed. */
const complaints = (names: readonly string[]): string[] =>
  names.flatMap((name) =>
    program
      .getSemanticDiagnostics(program.getSourceFile(name))
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n').split('\n')[0]!),
  );

describe('types', () => {
  it('refuse what test/types says, and nothing else in it', () => {
    expect(files.length).toBe(2);
    expect(complaints(files)).toEqual([]);
  });

  it('and every refusal is one', () => {
    const expected = files.flatMap((name) => readFileSync(name, 'utf8').match(/@ts-expect-error/g) ?? []);
    expect(expected.length).toBeGreaterThan(30);
    expect(complaints(bare).length).toBe(expected.length);
  });
});
