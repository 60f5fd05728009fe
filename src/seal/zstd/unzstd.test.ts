import { decompress } from 'fzstd';
import { describe, expect, it } from 'vitest';
import { loadPeer } from '../peer.conformance.ts';
import { unzstd } from './unzstd.ts';

const coded = (code: string) => expect.objectContaining({ name: 'HesperError', code });

/** Frames that SEAL makes of contents with long and short matches, repeats and none: saved arrays of coefficients. */
async function frames(): Promise<{ frame: Uint8Array; content: Uint8Array }[]> {
  const library = await loadPeer();
  const { none, zstd } = library.ComprModeType;
  const n = 8192;
  const parms = library.EncryptionParameters(library.SchemeType.bfv);
  parms.setPolyModulusDegree(n);
  parms.setCoeffModulus(library.CoeffModulus.Create(n, Int32Array.of(40, 40, 41)));
  parms.setPlainModulus(library.PlainModulus.Batching(n, 20));
  const context = library.Context(parms as never, true, library.SecurityLevel.tc128);
  const generator = library.KeyGenerator(context);
  const encoder = library.BatchEncoder(context);
  const encryptor = library.Encryptor(context, generator.createPublicKey());
  const columns = [(j: number) => j % 7, (j: number) => (j * j) % 1000, () => 1, (j: number) => (j % 900 < 30 ? j : 5)];
  const plains = columns.map((f) => encoder.encode(Int32Array.from({ length: n }, (_, j) => f(j))));
  const objects = [parms, ...plains, library.PlainText(), encryptor.encrypt(plains[0]!), generator.createRelinKeys()];
  return (objects as unknown as { saveArray(mode: unknown): Uint8Array }[]).map((object) => ({
    frame: object.saveArray(zstd).slice(16),
    content: object.saveArray(none).slice(16),
  }));
}

describe('zstd', () => {
  it('gives what SEAL compressed, as another decoder does', async () => {
    for (const { frame, content } of await frames()) {
      expect(Buffer.compare(unzstd(frame, content.length), content)).toBe(0);
      expect(Buffer.compare(decompress(frame), content)).toBe(0);
      expect(() => unzstd(frame, content.length - 1)).toThrowError(coded('malformed-bytes'));
      expect(() => unzstd(frame.slice(0, -1), content.length)).toThrowError(coded('malformed-bytes'));
      expect(() => unzstd(Uint8Array.of(...frame.subarray(0, 4000), 0), 1e6)).toThrowError(coded('malformed-bytes'));
    }
  });

  it('gives something or an error of its own for damaged frames, in bounded time', async () => {
    for (const { frame, content } of (await frames()).slice(0, 5)) {
      const short = frame.slice(0, 4096);
      for (let i = 0; i < 100; i++) {
        const bytes = (i % 2 === 0 ? frame : short).slice();
        const at = (i * 7919) % Math.min(bytes.length, i < 60 ? 64 : bytes.length);
        bytes[at] = bytes[at]! ^ (1 << (i % 8));
        try {
          expect(unzstd(bytes, content.length).length).toBeLessThanOrEqual(content.length);
        } catch (error) {
          expect(error).toEqual(expect.objectContaining({ name: 'HesperError' }));
        }
      }
    }
  });

  it('refuses bombs before it makes room for them', () => {
    const head = [0x28, 0xb5, 0x2f, 0xfd];
    const huge = Uint8Array.of(...head, 0xe0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0);
    expect(() => unzstd(huge, 1e6)).toThrowError(coded('malformed-bytes'));
    const repeated = (last: number) => [(1 << 1) | last, 0, 0x10, 7]; // 131072 times a 7
    const bomb = Uint8Array.of(
      ...head,
      0x00,
      0x58,
      ...Array.from({ length: 40 }, () => repeated(0)).flat(),
      ...repeated(1),
    );
    expect(unzstd(bomb, 41 * 131072).every((x) => x === 7)).toBe(true);
    expect(() => unzstd(bomb, 41 * 131072 - 1)).toThrowError(coded('malformed-bytes'));
    // 65278 matches of 65539 bytes and more, in a block of 14.
    const matches = [0x00, 0xff, 0xff, 0x7f, 0x54, 0, 0, 52, 0, 0, 0, 0, 0, 1];
    const slow = Uint8Array.of(...head, 0x00, 0x58, (matches.length << 3) | 5, 0, 0, ...matches);
    expect(() => unzstd(slow, 1e8)).toThrowError(coded('malformed-bytes'));
    expect(() => unzstd(Uint8Array.of(...head, 0x21, 0, 1, 0, 0), 100)).toThrowError(coded('unsupported-shape'));
    expect(unzstd(Uint8Array.of(...head, 0x20, 0, 1, 0, 0), 100).length).toBe(0);
  });
});
