import type { ClientPlan } from '../../compiler/plan.ts';
import { ckksClient } from './ckks.ts';
import type { ClientScheme } from './scheme.ts';

/** A new scheme is one file and one line here. */
const schemes: {
  readonly [S in Exclude<ClientPlan['scheme'], 'bfv'>]: ClientScheme<Extract<ClientPlan, { readonly scheme: S }>>;
} = {
  ckks: ckksClient,
};

export const clientScheme = <P extends ClientPlan>(plan: P): ClientScheme<P> =>
  schemes[plan.scheme as 'ckks'] as unknown as ClientScheme<P>;
