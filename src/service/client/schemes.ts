import type { ClientPlan } from '../../compiler/plan.ts';
import { bfvClient } from './bfv.ts';
import { ckksClient } from './ckks.ts';
import type { ClientScheme } from './scheme.ts';

/** A new scheme is one file and one line here. */
const schemes: { readonly [S in ClientPlan['scheme']]: ClientScheme<Extract<ClientPlan, { readonly scheme: S }>> } = {
  ckks: ckksClient,
  bfv: bfvClient,
};

export const clientScheme = <P extends ClientPlan>(plan: P): ClientScheme<P> =>
  schemes[plan.scheme] as unknown as ClientScheme<P>;
