import { readFileSync } from 'node:fs';
import * as he from 'hesper/he';
import * as exchange from 'hesper/seal';
import { expect, it } from 'vitest';

/** The program of docs/seal.md, with its imports handed in. */
it('the exchange on the page about SEAL gives what it says', async () => {
  const page = readFileSync(new URL('../docs/seal.md', import.meta.url), 'utf8');
  const program = /```js\n([\s\S]*?)```/.exec(page)![1]!;
  const body = program.replaceAll(/^import .*$/gm, '').replace('await SEAL()', 'await load()');
  const { default: SEAL } = (await import('node-seal' as string)) as { default: () => Promise<unknown> };
  const { createCkksEvaluator, createContext, loadKernel } = he;
  const given = { createCkksEvaluator, createContext, loadKernel };
  const AsyncFunction = (async () => {}).constructor as new (
    ...parts: string[]
  ) => (...args: unknown[]) => Promise<unknown>;
  const run = new AsyncFunction('load', 'exchange', ...Object.keys(given), `${body}\nkernel.close();\nreturn values;`);
  const values = (await run(SEAL, exchange, ...Object.values(given))) as Float64Array;
  [4, 9, 0].forEach((x, j) => {
    expect(values[j]).toBeCloseTo(x, 3);
  });
  for (const name of Object.keys(exchange)) expect(page).toContain(name);
});
