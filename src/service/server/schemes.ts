import type { Plan } from '../../compiler/plan.ts';
import { ckksServer } from './ckks.ts';
import type { ServerScheme } from './scheme.ts';

/** A new scheme is one file and one line here. */
const schemes: { readonly [S in Exclude<Plan['scheme'], 'bfv'>]: ServerScheme<Extract<Plan, { readonly scheme: S }>> } =
  {
    ckks: ckksServer,
  };

export const serverScheme = <P extends Plan>(plan: P): ServerScheme<P> =>
  schemes[plan.scheme as 'ckks'] as unknown as ServerScheme<P>;
