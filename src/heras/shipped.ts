import { HesperError } from '../errors.ts';
import { readBytes } from './files.ts';
import { modelFromBytes } from './load.ts';
import type { Sequential } from './sequential.ts';

/** Trained models in this package, each with a model card beside it. */
export const shippedModels = ['cryptonets', 'dnn-30', 'dnn-100', 'cnn-16', 'fcn'] as const;

export type ShippedModel = (typeof shippedModels)[number];

/** Where a shipped model's file lies. */
export const shippedModelUrl = (name: ShippedModel): URL => new URL(`../../models/${name}.hesper`, import.meta.url);

/** A trained model of this package (Node). Throws 'missing-data' for an unknown name, and as `loadModel` does. */
export async function loadShippedModel(name: ShippedModel): Promise<Sequential> {
  if (shippedModels.includes(name)) return modelFromBytes(await readBytes(shippedModelUrl(name)));
  throw new HesperError('missing-data', 'There is no shipped model of that name', {
    met: name,
    wanted: shippedModels,
    remedy: 'Use one of these, or loadModel(path) for a file of your own.',
  });
}
