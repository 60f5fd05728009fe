import type { ClientPlan } from '../compiler/plan.ts';
import { createParameters, type Parameters } from '../rlwe/parameters.ts';

/** The encryption parameters of a plan, checked against the security tables again. @throws 'insecure-parameters' */
export function planParameters(plan: ClientPlan): Parameters {
  const { ringDegree, dataPrimes, specialPrimes, securityBits: security } = plan;
  const plaintextModuli = plan.scheme === 'bfv' ? plan.plaintextModuli : [];
  return createParameters({ ringDegree, dataPrimes, specialPrimes, security, plaintextModuli });
}
