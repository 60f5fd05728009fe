import type { Plan } from '../../compiler/plan.ts';
import { bfvServer } from './bfv.ts';
import { ckksServer } from './ckks.ts';
import type { ServerScheme } from './scheme.ts';

/** A new scheme is one file and one line here. */
const schemes: { readonly [S in Plan['scheme']]: ServerScheme<Extract<Plan, { readonly scheme: S }>> } = {
  ckks: ckksServer,
  bfv: bfvServer,
};

export const serverScheme = <P extends Plan>(plan: P): ServerScheme<P> =>
  schemes[plan.scheme] as unknown as ServerScheme<P>;
