/** Exchange with Microsoft SEAL 4: its serialization format, both ways. Secret keys are not exchanged. */
export {
  exportSealCiphertext,
  importSealCiphertext,
  importSealIntegerCiphertext,
} from './seal/ciphertexts.ts';
export { exportSealParameters, type ImportParametersOptions, importSealParameters } from './seal/parameters.ts';
export {
  exportSealIntegerPlaintext,
  exportSealPlaintext,
  importSealIntegerPlaintext,
  importSealPlaintext,
} from './seal/plaintexts.ts';
export { exportSealPublicKey, importSealPublicKey } from './seal/public-key.ts';
export {
  exportSealGaloisKeys,
  exportSealRelinearizationKey,
  type ImportGaloisKeysOptions,
  importSealGaloisKeys,
  importSealRelinearizationKey,
} from './seal/switching-keys.ts';
