import type { ClientPlan } from '../compiler/plan.ts';
import { createParameters, type Parameters } from '../rlwe/parameters.ts';

/** The encryption parameters of a plan, checked against the security tables again. @throws 'insecure-parameters' */
export function planParameters(plan: Pick<ClientPlan, 'ringDegree' | 'dataPrimes' | 'specialPrimes' | 'security'>): Parameters {
  return createParameters({
    ringDegree: plan.ringDegree,
    dataPrimes: plan.dataPrimes,
    specialPrimes: plan.specialPrimes,
    security: plan.security,
  });
}
