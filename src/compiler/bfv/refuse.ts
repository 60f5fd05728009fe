import { HesperError } from '../../errors.ts';
import type { QuantizedStage } from '../stages.ts';
import type { LayerBound } from './bounds.ts';
import type { IntegerNetwork } from './discretize.ts';
import { type BfvDemand, type BfvMiss, type BfvRow, FAILURE_BITS } from './search.ts';

/** Why no parameter set holds a network: the row that came closest. */
export function bfvImpossible(
  { stages }: IntegerNetwork,
  bounds: readonly LayerBound[],
  demand: BfvDemand,
  rows: readonly BfvRow[],
): HesperError {
  const misses = rows as readonly BfvMiss[];
  const closest = misses.filter(({ reason }) => reason === 'modulus').sort((a, b) => a.missingBits - b.missingBits)[0];
  if (closest && Number.isFinite(closest.missingBits)) return modulus(stages, bounds, demand, closest);
  const other = misses.find(({ reason }) => reason !== 'modulus') ?? closest;
  if (other?.reason === 'degree') return wraps(stages, bounds, other);
  if (other?.reason === 'parts') return tooDeep(stages, demand);
  return noModuli(stages, bounds, demand, other);
}

const nameOf = (stage: QuantizedStage | undefined): string => `layer '${stage?.names.join(' + ') ?? 'input'}'`;

function modulus(
  stages: readonly QuantizedStage[],
  bounds: readonly LayerBound[],
  demand: BfvDemand,
  { missingBits, n, moduli, limit, relinearize }: BfvMiss,
): HesperError {
  const squares = stages.filter((stage) => stage.kind === 'square').length;
  const bits = bounds.at(-1)!.plaintext.toString(2).length + 1;
  return new HesperError('plan-impossible', `The values of ${nameOf(stages.at(-1))} do not fit any parameters`, {
    met: `${Math.ceil(missingBits)} bits of modulus missing: integers of ${bits} bits through ${squares} squares`,
    wanted:
      `a failure below 2^-${FAILURE_BITS} within log QP = ${limit} (ring degree ${n}, ${demand.security}-bit security; ` +
      `the closest: ${moduli.length} plaintext moduli, ${relinearize === 'never' ? 'never relinearised' : 'relinearised'})`,
    remedy: `Use ${demand.ringDegree === undefined ? '' : 'a larger ringDegree (or none), '}fewer weight bits, a smaller input scale, fewer squares, more plaintext moduli, or CKKS.`,
  });
}

function wraps(stages: readonly QuantizedStage[], bounds: readonly LayerBound[], { n, stage }: BfvMiss): HesperError {
  return new HesperError('plan-impossible', `The digits of ${nameOf(stages[stage])} would wrap around`, {
    met: `degree ${Math.max(...bounds.map(({ degree }) => degree))}`,
    wanted: `below the ring degree ${n}`,
    remedy: 'Use a larger ring degree, fewer weight bits, a smaller input scale, fewer squares, or slots.',
  });
}

function tooDeep(stages: readonly QuantizedStage[], { relinearize }: BfvDemand): HesperError {
  const deepest = stages.findLast((stage) => stage.kind === 'square');
  return new HesperError('plan-impossible', `The activation of ${nameOf(deepest)} is too deep for ciphertexts`, {
    met: `relinearize: '${relinearize}' with ${stages.filter(({ kind }) => kind === 'square').length} squares`,
    wanted: 'squares of ciphertexts of at most 5 parts',
    remedy: "Allow relinearisation (relinearize: 'auto'), or use fewer squares.",
  });
}

function noModuli(
  stages: readonly QuantizedStage[],
  bounds: readonly LayerBound[],
  { encoding, plaintextModuli, ringDegree, security }: BfvDemand,
  miss: BfvMiss | undefined,
): HesperError {
  const bits = bounds.at(-1)!.plaintext.toString(2).length + 1;
  return new HesperError('plan-impossible', `No plaintext moduli hold the values of ${nameOf(stages.at(-1))}`, {
    met: { bits, plaintextModuli: plaintextModuli ?? 'any', ringDegree: ringDegree ?? 'any', security },
    wanted:
      encoding === 'slots'
        ? `distinct primes below 2^48, 1 mod ${2 * (miss?.n ?? 0)} for batching, whose product is beyond 2^${bits}`
        : `distinct odd moduli below 2^48 whose product is beyond 2^${bits}`,
    remedy:
      'Allow more plaintext moduli and any ring degree, or use fewer weight bits, inputs of a smaller scale, fewer squares.',
  });
}
