import type { BfvPlanOptions } from '../../index.ts';
import type { RowName } from './contract.ts';

/** A network of a paper, as it is run here. */
export interface Network {
  readonly name: RowName;
  /** The shipped model, and the name of its file in a folder of models. */
  readonly model: string;
  readonly plan: BfvPlanOptions;
  /** How many of the 10,000 test images are encrypted, and of these under `--quick`. */
  readonly images: { readonly full: number; readonly quick: number };
}

export interface System {
  readonly title: string;
  readonly networks: readonly Network[];
}

const TEST_IMAGES = 10_000;
/** Thousands of images share one ciphertext. */
const batches = { full: TEST_IMAGES, quick: 1_000 };
/** One image a request. */
const singles = { full: 100, quick: 5 };

/** A new system is one entry here; a new network also needs its row in published.ts. */
export const systems: Readonly<Record<string, System>> = {
  sealion: {
    title: 'SEALion',
    networks: [
      { name: 'DNN-30', model: 'dnn-30', plan: { encoding: 'slots', objective: 'latency' }, images: batches },
      { name: 'DNN-100', model: 'dnn-100', plan: { encoding: 'slots', objective: 'latency' }, images: batches },
      {
        name: 'CNN-16',
        model: 'cnn-16',
        // The paper's batch.
        plan: { encoding: 'slots', objective: 'latency', ringDegree: 8192 },
        images: batches,
      },
    ],
  },
  'faster-cryptonets': {
    title: 'Faster CryptoNets',
    networks: [
      // One image a request: what is sent weighs more than the server's time.
      { name: 'FCN', model: 'fcn', plan: { encoding: 'coefficients', objective: 'bytes' }, images: singles },
    ],
  },
};
