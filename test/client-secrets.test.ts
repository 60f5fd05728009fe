import { expect, it } from 'vitest';
import { traces } from './browsers/secrets.page.ts';

it('a disposed secret key is nowhere in the memory of the kernel of clients, nor are its seeds in JavaScript', async () => {
  const met = await traces(false);
  expect(met.alive).toEqual(['transformed', 'last prime', 'integers', 'key order']);
  expect(met.disposed).toEqual([]);
  expect(met.wiped).toBeGreaterThanOrEqual(7); // the secret, errors of three keys and two encryptions, and more
  expect(met.leftInJavaScript).toBe(0);
  expect(met.fields).toEqual([]);
});
