import { z } from 'zod';
import { readContainer, writeContainer } from '../container.ts';
import { checkProgram, decodeProgram, encodeProgram, parse, programSchema } from '../save-program.ts';
import { type BfvClientPlan, type BfvPlan, bfvClientPlanSchema } from './plan.ts';

/** Kinds of files: with the weights, and without. */
export const BFV_FULL = 'HBFN';
export const BFV_CLIENT = 'HBFC';

/** The whole plan, weights included, as bytes: for the server. */
export function saveBfvPlan(plan: BfvPlan): Uint8Array {
  const { program, ...rest } = plan;
  const blobs: Int32Array[] = [];
  const keep = (data: Int32Array): number => blobs.push(data) - 1;
  return writeContainer(BFV_FULL, { plan: rest, program: encodeProgram(program, keep) }, blobs);
}

/** The client's part as bytes: no weights. */
export const saveBfvClientPlan = (plan: BfvClientPlan): Uint8Array =>
  writeContainer(BFV_CLIENT, { plan: bfvClientPlanSchema.parse(plan) }, []);

/** Throws 'malformed-bytes', 'unsupported-version'. Nothing is trusted: lengths, names, indices are checked. */
export function loadBfvPlan(bytes: Uint8Array): BfvPlan {
  const reader = readContainer(BFV_FULL, bytes);
  const { plan, program } = parse(z.object({ plan: bfvClientPlanSchema, program: programSchema }), reader.header);
  return { ...plan, program: checkProgram(decodeProgram(program, reader), plan) };
}

/** Throws 'malformed-bytes', 'unsupported-version'. */
export function loadBfvClientPlan(bytes: Uint8Array): BfvClientPlan {
  const reader = readContainer(BFV_CLIENT, bytes);
  return parse(z.object({ plan: bfvClientPlanSchema }), reader.header).plan;
}
