import { z } from 'zod';
import { HesperError } from '../errors.ts';
import { weightShapes } from './build.ts';
import type { NamedTensor } from './container.ts';
import { decodeContainer } from './container.ts';
import { readBytes } from './files.ts';
import type { Layer } from './layer.ts';
import { makeLayer } from './layer.ts';
import { layerKind } from './layers/all.ts';
import { check, layerName, shape } from './options.ts';
import { Sequential } from './sequential.ts';

const layerSchema = z.strictObject({
  type: z.string().max(200),
  name: layerName,
  config: z.record(z.string(), z.unknown()),
});
const modelSchema = z.strictObject({
  name: layerName,
  inputShape: shape,
  layers: z.array(layerSchema).min(1).max(1_000),
});

/**
 * Reads a model file (Node). Throws 'missing-data' if it is not there, 'malformed-bytes', 'unsupported-version',
 * 'unknown-layer', 'invalid-model' or 'non-finite-value'.
 */
export async function loadModel(path: string): Promise<Sequential> {
  return modelFromBytes(await readBytes(path));
}

/** The model in the bytes of a model file. Throws as `loadModel` does. */
export function modelFromBytes(bytes: Uint8Array): Sequential {
  const { tensors, content } = decodeContainer(bytes, 'model');
  return restoreModel(content, tensors).setWeights(tensors);
}

/** Weights are made only where the file has as many: a few bytes cannot ask for all memory. */
function restoreModel(content: unknown, tensors: readonly NamedTensor[]): Sequential {
  const { name, inputShape, layers } = check(modelSchema, content, 'model file', 'invalid-model');
  try {
    const made = layers.map(restoreLayer);
    checkTensors(weightShapes(made, inputShape), tensors);
    return new Sequential({ name, layers: made, seed: 0 }).build(inputShape);
  } catch (error) {
    throw asInvalidModel(error);
  }
}

const restoreLayer = ({ type, name, config }: z.infer<typeof layerSchema>): Layer =>
  makeLayer(layerKind(type), { ...config, name, inputShape: undefined });

/** What is a caller's mistake elsewhere is a bad file here. */
function asInvalidModel(error: unknown): unknown {
  if (!(error instanceof HesperError) || ['unknown-layer', 'invalid-model'].includes(error.code)) return error;
  return new HesperError('invalid-model', 'The model file does not hold together', {
    met: error.message,
    remedy: 'Fetch or write the file again.',
  });
}

type Named = Omit<NamedTensor, 'data'>;

function checkTensors(own: readonly Named[], met: readonly Named[]): void {
  const text = (list: readonly Named[]) => JSON.stringify(list.map(({ name, shape }) => [name, shape]));
  if (text(own) === text(met)) return;
  throw new HesperError('invalid-model', 'The weights of the file do not fit its layers', {
    met: text(met).slice(0, 500),
    wanted: text(own).slice(0, 500),
    remedy: 'Fetch or write the file again.',
  });
}
