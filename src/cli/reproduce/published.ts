import type { Published, RowName } from './contract.ts';

/** A network as its paper reports it. */
export interface PublishedRow {
  readonly columns: Published;
  readonly hardware: string;
  /** Where the numbers stand. */
  readonly source: string;
  /** What one has to know to read them. */
  readonly note: string;
}

const nothing: Published = {
  images: null,
  accuracy: null,
  agreement: null,
  batch: null,
  latencySeconds: null,
  imagesPerHour: null,
  encryptSeconds: null,
  decryptSeconds: null,
  activations: null,
  weightDensity: null,
  operations: null,
  messageBytes: null,
  ringDegree: null,
  plaintextModuli: null,
  logQP: null,
  securityBits: null,
  logitsSha256: null,
};

/** The papers print n and how many plaintext moduli there are, not which. */
const sealion = (columns: Partial<Published>, moduli: number, remark = ''): PublishedRow => ({
  columns: { ...nothing, ...columns },
  hardware: 'not stated',
  source: 'SEALion, arXiv 1904.12840',
  note: `${moduli} plaintext ${moduli === 1 ? 'modulus' : 'moduli'}${remark}`,
});

export const publishedRows: Readonly<Record<RowName, PublishedRow>> = {
  'DNN-30': sealion(
    {
      accuracy: 0.974,
      batch: 4096,
      latencySeconds: 1.14,
      imagesPerHour: 12_933_344,
      activations: 30,
      ringDegree: 4096,
    },
    1,
  ),
  'DNN-100': sealion(
    {
      accuracy: 0.9801,
      batch: 4096,
      latencySeconds: 3.28,
      imagesPerHour: 4_494_965,
      activations: 100,
      ringDegree: 4096,
    },
    1,
  ),
  'CNN-16': sealion(
    {
      accuracy: 0.9896,
      batch: 8192,
      latencySeconds: 192,
      imagesPerHour: 153_600,
      activations: 3236,
      ringDegree: 8192,
    },
    2,
    ', before its sparsification',
  ),
  FCN: {
    columns: {
      ...nothing,
      accuracy: 0.9871,
      batch: 1,
      latencySeconds: 39.1,
      activations: 945,
      operations: {
        plainCipherAdds: 3_995,
        cipherCipherAdds: 38_302,
        plainCipherMultiplications: 23_952,
        cipherCipherMultiplications: 945,
        total: 67_194,
      },
      messageBytes: 411_100_000,
    },
    hardware: 'Intel i7-5930K, 3.5 GHz, 6 cores, 48 GB',
    source: 'Faster CryptoNets, arXiv 1811.09953',
    note:
      'encryption and decryption together 6.7 s; the accuracy is the one that later papers cite, its own table has ' +
      '99.13 %; the operations are those of the network before layers are joined',
  },
};
