import { z } from 'zod';
import { readContainer, writeContainer } from './container.ts';
import { type ClientPlan, clientPlanSchema, type Plan } from './plan.ts';
import { checkProgram, decodeProgram, encodeProgram, parse, programSchema } from './save-program.ts';

/** Kinds of files: with the weights, and without. */
const FULL = 'HPLN';
const CLIENT = 'HPLC';

/** The whole plan, weights included, as bytes: for the server. */
export function savePlan(plan: Plan): Uint8Array {
  const { program, ...rest } = plan;
  const blobs: Int32Array[] = [];
  const keep = (data: Int32Array): number => blobs.push(data) - 1;
  return writeContainer(FULL, { plan: rest, program: encodeProgram(program, keep) }, blobs);
}

/** The client's part as bytes: no weights. */
export const saveClientPlan = (plan: ClientPlan): Uint8Array =>
  writeContainer(CLIENT, { plan: clientPlanSchema.parse(plan) }, []);

/** Throws 'malformed-bytes', 'unsupported-version'. Nothing is trusted: lengths, names, indices are checked. */
export function loadPlan(bytes: Uint8Array): Plan {
  const reader = readContainer(FULL, bytes);
  const { plan, program } = parse(z.object({ plan: clientPlanSchema, program: programSchema }), reader.header);
  return { ...plan, program: checkProgram(decodeProgram(program, reader), plan) };
}

/** Throws 'malformed-bytes', 'unsupported-version'. */
export function loadClientPlan(bytes: Uint8Array): ClientPlan {
  const reader = readContainer(CLIENT, bytes);
  return parse(z.object({ plan: clientPlanSchema }), reader.header).plan;
}
