import { z } from 'zod';
import { kinds } from '../format/header.ts';
import { readContainer, writeContainer } from './container.ts';
import { type ClientPlan, clientPlanSchema, type Plan } from './plan.ts';
import { checkProgram, decodeProgram, encodeProgram, parse, programSchema } from './save-program.ts';

/** The whole plan, weights included, as bytes: for the server. */
export function savePlan(plan: Plan): Uint8Array {
  const { program, ...rest } = plan;
  const blobs: Int32Array[] = [];
  const keep = (data: Int32Array): number => blobs.push(data) - 1;
  const content = { plan: clientPlanSchema.parse(rest), program: encodeProgram(program, keep) };
  return writeContainer(kinds.plan, content, blobs);
}

/** The client's part as bytes: no weights. */
export const saveClientPlan = (plan: ClientPlan): Uint8Array =>
  writeContainer(kinds.clientPlan, { plan: clientPlanSchema.parse(plan) }, []);

/** Throws 'malformed-bytes', 'unsupported-version'. Nothing is trusted: lengths, names, indices are checked. */
export function loadPlan(bytes: Uint8Array): Plan {
  const reader = readContainer(kinds.plan, bytes);
  const content = parse(z.object({ plan: clientPlanSchema, program: programSchema }), reader.content);
  const program = decodeProgram(content.program, reader);
  reader.requireCanonical({ plan: content.plan, program: encodeProgram(program, counter()) });
  return { ...content.plan, program: checkProgram(program, content.plan) };
}

const counter = () => {
  let count = 0;
  return (): number => count++;
};

/** Throws 'malformed-bytes', 'unsupported-version'. */
export function loadClientPlan(bytes: Uint8Array): ClientPlan {
  const reader = readContainer(kinds.clientPlan, bytes);
  const content = parse(z.object({ plan: clientPlanSchema }), reader.content);
  reader.requireCanonical(content);
  return content.plan;
}
