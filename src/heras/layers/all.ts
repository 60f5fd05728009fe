import { HesperError } from '../../errors.ts';
import type { LayerKind } from '../layer.ts';
import { activationKind } from './activation.ts';
import { averagePooling2dKind } from './average-pooling-2d.ts';
import { conv2dKind } from './conv2d.ts';
import { denseKind } from './dense.ts';
import { flattenKind } from './flatten.ts';
import { inputLayerKind } from './input-layer.ts';
import { quadraticKind } from './quadratic.ts';
import { zeroPadding2dKind } from './zero-padding-2d.ts';

/** Every kind of layer that a model file may name. A new layer is one line here. */
const kinds: readonly { readonly type: string }[] = [
  inputLayerKind,
  zeroPadding2dKind,
  conv2dKind,
  averagePooling2dKind,
  flattenKind,
  denseKind,
  activationKind,
  quadraticKind,
];

const byType = new Map(kinds.map((kind) => [kind.type, kind as LayerKind]));

/** Throws 'unknown-layer'. */
export function layerKind(type: string): LayerKind {
  const kind = byType.get(type);
  if (kind !== undefined) return kind;
  throw new HesperError('unknown-layer', 'The model has a layer that this version does not know', {
    met: type.slice(0, 64),
    wanted: [...byType.keys()],
    remedy: 'Use one of the known layers, or a newer version of hesper.',
  });
}
