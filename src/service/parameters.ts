import type { ClientPlan } from '../compiler/plan.ts';
import { createParameters, type Parameters } from '../rlwe/parameters.ts';

type Numbers = Pick<ClientPlan, 'ringDegree' | 'dataPrimes' | 'specialPrimes' | 'securityBits'>;

/** The encryption parameters of a plan, checked against the security tables again. @throws 'insecure-parameters' */
export function planParameters({ ringDegree, dataPrimes, specialPrimes, securityBits }: Numbers): Parameters {
  return createParameters({ ringDegree, dataPrimes, specialPrimes, security: securityBits });
}
