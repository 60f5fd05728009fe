import type { WeightSpec } from './layer.ts';
import type { Initializer } from './options.ts';
import type { Random } from './random.ts';
import { normal } from './random.ts';

type Fill = (random: Random, fanIn: number, fanOut: number) => () => number;

const uniform = (random: Random, limit: number) => () => (2 * random() - 1) * limit;
const gaussian = (random: Random, deviation: number) => () => normal(random) * deviation;

/** As in Keras (Glorot and Bengio 2010, He et al. 2015), the normal ones without truncation. */
const fills: Readonly<Record<Initializer, Fill>> = {
  zeros: () => () => 0,
  glorotUniform: (random, fanIn, fanOut) => uniform(random, Math.sqrt(6 / (fanIn + fanOut))),
  glorotNormal: (random, fanIn, fanOut) => gaussian(random, Math.sqrt(2 / (fanIn + fanOut))),
  heUniform: (random, fanIn) => uniform(random, Math.sqrt(6 / fanIn)),
  heNormal: (random, fanIn) => gaussian(random, Math.sqrt(2 / fanIn)),
};

/** First values of a weight. Fans: the kernel's window times its channels in, and out. */
export function initialize({ shape, initializer }: WeightSpec, random: Random): Float32Array {
  const size = shape.reduce((product, n) => product * n, 1);
  const fanOut = shape.at(-1) ?? 1;
  const window = shape.slice(0, -2).reduce((product, n) => product * n, 1);
  const next = fills[initializer](random, size / fanOut, window * fanOut);
  return Float32Array.from({ length: size }, next);
}
