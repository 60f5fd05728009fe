import { z } from 'zod/mini';
import { kinds } from '../format/header.ts';
import { parse } from './client-plan.ts';
import { readContainer, writeContainer } from './container.ts';
import { clientPlanSchema, type Plan } from './plan.ts';
import { checkProgram, decodeProgram, encodeProgram, programSchema } from './save-program.ts';

/** The whole plan, weights included, as bytes: for the server. */
export function savePlan(plan: Plan): Uint8Array {
  const { program, ...rest } = plan;
  const blobs: Int32Array[] = [];
  const keep = (data: Int32Array): number => blobs.push(data) - 1;
  const content = { plan: clientPlanSchema.parse(rest), program: encodeProgram(program, keep) };
  return writeContainer(kinds.plan, content, blobs);
}

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
