import { z } from 'zod/mini';
import { HesperError } from '../errors.ts';
import { kinds } from '../format/header.ts';
import { readContainer, writeContainer } from './container.ts';
import { type ClientPlan, clientPlanSchema } from './plan.ts';

/** The client's part as bytes: no weights. */
export const saveClientPlan = (plan: ClientPlan): Uint8Array =>
  writeContainer(kinds.clientPlan, { plan: clientPlanSchema.parse(plan) }, []);

/** Throws 'malformed-bytes', 'unsupported-version'. */
export function loadClientPlan(bytes: Uint8Array): ClientPlan {
  const reader = readContainer(kinds.clientPlan, bytes);
  const content = parse(z.object({ plan: clientPlanSchema }), reader.content);
  reader.requireCanonical(content);
  return content.plan;
}

/** Throws 'malformed-bytes', with the name of the first field that is wrong. */
export function parse<T>(schema: z.ZodMiniType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw notAPlan(`${issue.path.join('.')}: ${issue.code}`, 'the fields of a plan');
}

export const notAPlan = (met: string, wanted: string): HesperError =>
  new HesperError('malformed-bytes', 'The bytes are not a plan', {
    met,
    wanted,
    remedy: 'Save the plan again; the file may be cut short or damaged.',
  });
