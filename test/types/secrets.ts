/** Secrets, as types: what may not leave cannot be handed on, and a server has no name for it. Read by tsc, never run. */
import {
  type Ciphertext,
  loadSecretKey,
  type Plaintext,
  type PrivateValues,
  type ReleasedValues,
  type SecretKey,
  saveCiphertexts,
  savePlaintexts,
  savePublicKey,
  saveSecretKey,
} from 'hesper/he';
import * as server from 'hesper/server';

/** What JSON and messages may carry: no function, and nothing that refuses. */
type Sendable<T> = T extends { toJSON(): infer J } ? ([J] extends [never] ? never : T) : T;
declare function send<T>(value: Sendable<T>): void;

export function leaving(secretKey: SecretKey, values: PrivateValues, released: ReleasedValues): void {
  send(released);
  // @ts-expect-error decrypted values stay with the key owner: toJSON never returns
  send(values);
  // @ts-expect-error a ciphertext is asked for
  saveCiphertexts([values]);
  // @ts-expect-error a secret key is no public key
  savePublicKey(secretKey);
  // @ts-expect-error nor leaves without a passphrase
  saveSecretKey(secretKey);
  // @ts-expect-error and values are no plaintexts
  savePlaintexts([values]);
}

export async function coming(context: server.Context<'ckks'>, bytes: Uint8Array): Promise<SecretKey<'ckks'>> {
  // @ts-expect-error nor comes back without one
  await loadSecretKey(context, bytes);
  return loadSecretKey(context, bytes, { passphrase: 'correct horse battery staple' });
}

/** The server's door has no such names. */
// @ts-expect-error no type for a secret key
export type None = server.SecretKey;
// @ts-expect-error nor for what was decrypted
export type NoValues = server.PrivateValues;
// @ts-expect-error no function that makes keys
export const noGenerator = server.KeyGenerator;
// @ts-expect-error none that decrypts
export const noDecryption = server.decryptPrivate;
// @ts-expect-error none that encrypts with the secret
export const noEncryption = server.encryptSymmetric;

/** Structure does not help: classes have private parts. */
export function forged(context: server.Context<'ckks'>, plaintext: Plaintext<'ckks'>): void {
  // @ts-expect-error a look-alike is no ciphertext
  const ct: Ciphertext<'ckks'> = { context, level: 0, parts: 2, scale: 1, form: 'ntt', handle: plaintext.handle };
  // @ts-expect-error nor a secret key
  const key: SecretKey<'ckks'> = { context, id: '' };
  void [ct, key];
}
