import { HesperError } from '../errors.ts';
import type { Demand, Refusal } from './choose-parameters.ts';
import { MAX_PRIME_BITS } from './solve.ts';
import type { QuantizedStage } from './stages.ts';
import { MAX_PARTS } from './structure.ts';

/** Why there is no plan, and what to relax. */
export function impossible(stages: readonly QuantizedStage[], demand: Demand, refusal: Refusal): HesperError {
  const { security, precisionBits } = demand;
  if (refusal.reason === 'parts') {
    return new HesperError(
      'plan-impossible',
      `Ciphertexts would grow beyond ${MAX_PARTS} parts at ${deepest(stages)}`,
      {
        met: `relinearize: '${demand.relinearize}' with ${squares(stages)} squares`,
        wanted: `at most ${MAX_PARTS} parts`,
        remedy: "Allow relinearisation (relinearize: 'auto'), or use fewer squares.",
      },
    );
  }
  if (refusal.reason === 'ring-degree') {
    return new HesperError('plan-impossible', 'The ring degree has no room for the primes of this network', {
      met: { ringDegree: demand.ringDegree ?? null, securityBits: security },
      wanted: 'a ring degree of the security table that holds one prime per rescaling and one more',
      remedy: 'Leave ringDegree out, or ask for less security.',
    });
  }
  const where = stages[refusal.stage]!.names.join(' + ');
  const larger = demand.ringDegree === undefined ? '' : 'a larger ringDegree (or none), ';
  if (refusal.logQP <= refusal.maxLogQP) {
    return new HesperError('plan-impossible', `No scales carry the precision as far as layer '${where}'`, {
      met: `${precisionBits} bits of precision through ${squares(stages)} squares`,
      wanted: `scales whose rescalings drop primes of at most ${MAX_PRIME_BITS} bits`,
      remedy: `Ask for ${larger}fewer precisionBits or weightBits, or use fewer squares.`,
    });
  }
  const met = `at least ${Math.ceil(refusal.logQP)} bits`;
  return new HesperError('plan-impossible', `The message at layer '${where}' does not fit any modulus that is secure`, {
    met: `${met} of modulus for ${precisionBits} bits of precision and ${squares(stages)} squares`,
    wanted: `at most ${refusal.maxLogQP} bits at ring degree ${refusal.n} and ${security}-bit security`,
    remedy: `Ask for ${larger}fewer precisionBits, fewer weightBits or less security, or use fewer squares.`,
  });
}

/** The layer of the last square. */
const deepest = (stages: readonly QuantizedStage[]): string =>
  `layer '${stages.findLast((stage) => stage.kind === 'square')?.names.join(' + ')}'`;

const squares = (stages: readonly QuantizedStage[]): number => stages.filter((stage) => stage.kind === 'square').length;
