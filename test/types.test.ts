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

interface Complaint {
  readonly text: string;
  /** Counted from 0. */
  readonly line: number;
}

/** Of one file: what it imports is looked up where it is needed. */
const complaintsOf = (name: string): Complaint[] =>
  program.getSemanticDiagnostics(program.getSourceFile(name)).map(({ messageText, file, start }) => ({
    text: ts.flattenDiagnosticMessageText(messageText, '\n').split('\n')[0]!,
    line: file!.getLineAndCharacterOfPosition(start!).line,
  }));

/** The lines below the marks. */
const marked = (name: string): number[] =>
  readFileSync(name, 'utf8')
    .split('\n')
    .flatMap((line, i) => (line.includes('@ts-expect-error') ? [i + 1] : []));

describe('types', () => {
  it('refuse what test/types says, and nothing else in it', () => {
    expect(files.length).toBe(2);
    expect(files.flatMap(complaintsOf)).toEqual([]);
  });

  it('and every refusal is one', () => {
    expect(files.flatMap(marked).length).toBeGreaterThan(30);
    files.forEach((name, i) => {
      expect([...new Set(complaintsOf(bare[i]!).map(({ line }) => line))]).toEqual(marked(name));
    });
  });
});
