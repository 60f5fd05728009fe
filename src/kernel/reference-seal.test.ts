import { createCipheriv, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openBytes, poly1305, sealBytes, ternaryFromBytes, ternaryToBytes } from './reference-seal.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replace(/\s/g, ''), 'hex'));
const text = (t: string): Uint8Array => new TextEncoder().encode(t);

describe('ChaCha20-Poly1305 of RFC 8439', () => {
  it('gives the authenticator of section 2.5.2', () => {
    const key = hex('85d6be7857556d337f4452fe42d506a8 0103808afb0db2fd4abff6af4149f51b');
    expect(poly1305(key, text('Cryptographic Forum Research Group'))).toEqual(hex('a8061dc1305136c6c22b8baf0c0127a9'));
  });

  it('reduces where the sum reaches the prime (appendix A.3, vectors 7 to 9)', () => {
    const ones = 'ff'.repeat(16);
    const key = (r: string): Uint8Array => hex(r + '00'.repeat(31));
    expect(poly1305(key('02'), hex(ones))).toEqual(hex(`03${'00'.repeat(15)}`));
    expect(poly1305(key('01'), hex(`${ones}f0${'ff'.repeat(15)}11${'00'.repeat(15)}`))).toEqual(
      hex(`05${'00'.repeat(15)}`),
    );
    expect(poly1305(key('01'), hex(`${ones}fb${'fe'.repeat(15)}${'01'.repeat(16)}`))).toEqual(hex('00'.repeat(16)));
  });

  const key = Uint8Array.from({ length: 32 }, (_, i) => 0x80 + i);
  const sunscreen = {
    key,
    nonce: hex('070000004041424344454647'),
    associated: hex('50515253c0c1c2c3c4c5c6c7'),
  };
  const message = text(
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
  );
  it('seals the message of section 2.8.2', () => {
    const sealed = sealBytes(sunscreen, message);
    expect(sealed).toEqual(
      hex(`d31a8d34648e60db7b86afbc53ef7ec2 a4aded51296e08fea9e2b5a736ee62d6 3dbea45e8ca9671282fafb69da92728b
        1a71de0a9e060b2905d6a5b67ecd3b36 92ddbd7f2d778b8c9803aee328091b58 fab324e4fad675945585808b4831d7bc
        3ff4def08e4b7a9de576d26586cec64b 6116 1ae10b594f09e26a7e902ecbd0600691`),
    );
    expect(openBytes(sunscreen, sealed)).toEqual(message);
    expect(openBytes({ ...sunscreen, associated: hex('50') }, sealed)).toBeUndefined();
  });

  it("agrees with OpenSSL's", () => {
    for (const [length, extra] of [
      [0, 0],
      [1, 64],
      [257, 13],
      [1024, 100],
    ] as const) {
      const sealKey = { key: randomBytes(32), nonce: randomBytes(12), associated: randomBytes(extra) };
      const bytes = randomBytes(length);
      const cipher = createCipheriv('chacha20-poly1305', sealKey.key, sealKey.nonce, { authTagLength: 16 });
      cipher.setAAD(sealKey.associated, { plaintextLength: length });
      const wanted = Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
      expect(Buffer.compare(sealBytes(sealKey, Uint8Array.from(bytes)), wanted)).toBe(0);
    }
  });
});

it('ternary rows are 2-bit fields, low first', () => {
  const row = Float64Array.of(-1, 0, 1, 0, 1, 1, 1, 1);
  expect(ternaryToBytes(row)).toEqual(Uint8Array.of(0b01_10_01_00, 0b10_10_10_10));
  expect(ternaryFromBytes(Uint8Array.of(0b01_10_01_00, 0b10_10_10_10))).toEqual(row);
  expect(ternaryToBytes(Float64Array.of(0, 0, 0, 2))).toBeUndefined();
  expect(ternaryFromBytes(Uint8Array.of(0b11_00_00_00))).toBeUndefined();
});
