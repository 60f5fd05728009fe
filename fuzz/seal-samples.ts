/** Objects that node-seal writes, in each compression, seeded and in full, for the parameters of targets/seal.ts. */
import { exportSealParameters } from '../src/seal/parameters.ts';
import { loadPeer, loadPeerParameters } from '../src/seal/peer.conformance.ts';
import { bfvParameters, ckksParameters } from './targets/seal.ts';

export async function sealSamples(): Promise<Readonly<Record<string, readonly Uint8Array[]>>> {
  const library = await loadPeer();
  const { none, zlib, zstd } = library.ComprModeType;
  const ckks = loadPeerParameters(library, exportSealParameters(ckksParameters), false, false);
  const bfv = loadPeerParameters(library, exportSealParameters(bfvParameters), true, false);
  const all = (...made: readonly { saveArray(kind?: typeof none): Uint8Array }[]) =>
    made.flatMap((one) => [none, zlib, zstd].map((kind) => Uint8Array.from(one.saveArray(kind))));
  const steps = Int32Array.of(1);
  const plain = ckks.encoder.encode(Float64Array.of(1, 2), 2 ** 10);
  const integers = library.PlainText();
  return {
    'seal-parameters': all(ckks.parms, bfv.parms),
    'seal-public-key': all(ckks.generator.createPublicKeySerializable()),
    'seal-relinearization-key': all(ckks.generator.createRelinKeysSerializable()),
    'seal-galois-keys': all(ckks.generator.createGaloisKeysSerializable(steps)),
    'seal-ciphertext': all(ckks.encryptor().encryptSymmetricSerializable(plain)),
    'seal-integer-ciphertext': all(bfv.encryptor().encryptSymmetricSerializable(integers)),
    'seal-plaintext': all(plain),
    'seal-integer-plaintext': all(integers),
  };
}
