import { describe, expect, it } from 'vitest';
import { DEFAULT_COST, deriveAnywhere, deriveInNode, isBounded, withPassphraseKey } from './passphrase.ts';

const text = (t: string): Uint8Array => new TextEncoder().encode(t);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const coded = (code: string) => expect.objectContaining({ name: 'HesperError', code });
const small = { logN: 4, r: 1, p: 1 };
const salt = new Uint8Array(16).fill(3);
const keyOf = (passphrase: string | Uint8Array) => withPassphraseKey({ passphrase }, salt, small, hex);

describe.each([
  ['in Node', deriveInNode],
  ['anywhere', deriveAnywhere],
])('scrypt %s', (_, derive) => {
  const run = (passphrase: string, s: string, logN: number, r: number, p: number) =>
    derive(text(passphrase), text(s), { logN, r, p }, { passphrase });

  it('gives the first 32 bytes of the vectors of RFC 7914', async () => {
    expect(hex(await run('', '', 4, 1, 1))).toBe('77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442');
    expect(hex(await run('password', 'NaCl', 10, 8, 16))).toBe(
      'fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162',
    );
    expect(hex(await run('pleaseletmein', 'SodiumChloride', 14, 8, 1))).toBe(
      '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2',
    );
  });

  it('stops when it is told to, before and meanwhile', async () => {
    const abort = new AbortController();
    const options = { passphrase: 'x', signal: abort.signal };
    const running = derive(text('x'), salt, { logN: 14, r: 8, p: 8 }, options);
    setTimeout(() => abort.abort(), 5);
    await expect(running).rejects.toThrow(coded('aborted'));
    await expect(withPassphraseKey(options, salt, small, () => 1)).rejects.toThrow(coded('aborted'));
  });

  it('reports progress up to the end', async () => {
    const parts: number[] = [];
    await derive(text('x'), salt, small, { passphrase: 'x', onProgress: (part) => parts.push(part) });
    expect(parts.at(-1)).toBe(1);
    expect(parts).toEqual(parts.toSorted((a, b) => a - b));
  });
});

describe('passphrases', () => {
  it('are the same in every Unicode form, and as bytes', async () => {
    const wanted = await keyOf('M\u00fcller \ufb01');
    expect(await keyOf('Mu\u0308ller fi')).toBe(wanted);
    expect(await keyOf(text('M\u00fcller fi'))).toBe(wanted);
    expect(await keyOf('M\u00fcller fj')).not.toBe(wanted);
  });

  it('are refused empty, malformed or of another type', async () => {
    for (const bad of ['', new Uint8Array(0), 'a\ud800b', 7, undefined])
      await expect(keyOf(bad as string)).rejects.toThrow(coded('invalid-argument'));
  });

  it('and their keys are wiped, the bytes of the caller are not', async () => {
    const mine = text('secret');
    const key = await withPassphraseKey({ passphrase: mine }, salt, small, (k) => k);
    expect(key).toEqual(new Uint8Array(32));
    expect(mine).toEqual(text('secret'));
  });
});

it('costs are bounded by memory and by work', () => {
  expect(isBounded(DEFAULT_COST)).toBe(true);
  expect(isBounded({ logN: 20, r: 8, p: 2 })).toBe(true);
  for (const cost of [
    { logN: 21, r: 1, p: 1 },
    { logN: 20, r: 9, p: 1 },
    { logN: 20, r: 8, p: 3 },
    { logN: 1, r: 33, p: 1 },
    { logN: 1, r: 1, p: 17 },
    { logN: 0, r: 8, p: 1 },
    { logN: 17, r: 0, p: 1 },
    { logN: 17, r: 8, p: 0 },
    { logN: 17.5, r: 8, p: 1 },
  ])
    expect(isBounded(cost), JSON.stringify(cost)).toBe(false);
});
