import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const docs = fileURLToPath(new URL('../docs/', import.meta.url));

it('the index of the documentation lists every page, and pages that there are', () => {
  const links = [...readFileSync(`${docs}README.md`, 'utf8').matchAll(/\]\(([^)]+)\)/g)].map((match) => match[1]!);
  expect(links.filter((link) => !existsSync(docs + link))).toEqual([]);
  const pages = readdirSync(docs).filter((name) => name.endsWith('.md') && name !== 'README.md');
  expect(pages.filter((page) => !links.includes(page))).toEqual([]);
});
