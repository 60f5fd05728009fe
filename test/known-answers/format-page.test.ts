import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { kinds } from '../../src/format/header.ts';
import { drawn, readParameters, unpack } from './stranger.ts';

const page = readFileSync(new URL('../../docs/format.md', import.meta.url), 'utf8');
const block = (name: string): string[] =>
  new RegExp(`\`\`\`${name}\n([^\`]*)\`\`\``).exec(page)![1]!.trim().split('\n');
const wordsBehind = (lines: string[], word: string): string[] =>
  lines
    .find((line) => line.startsWith(word))!
    .slice(word.length)
    .trim()
    .split(/\s+/);

describe('the page about the format', () => {
  it('shows parameters as they are written', () => {
    const text = block('hex parameters').map(
      (line) => /^((?:[0-9a-f]{2} {1,2})*[0-9a-f]{2})(?: {3}|$| {10,})/.exec(line)![1]!,
    );
    const shown = Buffer.from(text.join('').replaceAll(' ', ''), 'hex');
    expect(shown.toString('hex')).toBe(
      readFileSync(new URL('v4/ckks-parameters.bin', import.meta.url)).toString('hex'),
    );
    expect(readParameters(shown).primes.map(String)).toEqual(
      block('hex parameters')
        .slice(-3)
        .map((line) => line.split(/ {3,}/)[1]),
    );
  });

  it('shows how residues are packed', () => {
    const lines = block('text packing');
    const bytes = Buffer.from(wordsBehind(lines, 'bytes').join(''), 'hex');
    expect(unpack(bytes, 12289n, 8).map(String)).toEqual(wordsBehind(lines, 'residues'));
  });

  it('shows how seeds are expanded', () => {
    const lines = block('text expansion');
    const seed = Buffer.from(Array.from({ length: 32 }, (_, i) => i));
    const p = 12289n;
    const words = wordsBehind(lines, 'word').map((word) => BigInt(`0x${word}`));
    const values = words.map((word) => word % 2n ** 14n);
    expect(wordsBehind(lines, 'low')).toEqual(values.map(String));
    expect(wordsBehind(lines, 'kept')).toEqual(values.map((v) => (v < p ? 'yes' : 'no')));
    expect(drawn(seed, 0, p, 1024).slice(0, 3)).toEqual(values.filter((v) => v < p));
  });

  it('names every kind', () => {
    const section = page.slice(page.indexOf('## Header'), page.indexOf('## Parameters'));
    const listed = [...section.matchAll(/^\| (\d+) \| [A-Za-z]/gm)].map((m) => Number(m[1]));
    expect(listed).toEqual(Object.values(kinds));
  });
});
