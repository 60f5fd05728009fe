import { loadModel, loadShippedModel, type Sequential, type ShippedModel, shippedModels } from '../index.ts';

/** A model by file, or by the name of one that the package ships. */
export function loadModelArgument(name: string): Promise<Sequential> {
  return shippedModels.includes(name as ShippedModel) ? loadShippedModel(name as ShippedModel) : loadModel(name);
}
