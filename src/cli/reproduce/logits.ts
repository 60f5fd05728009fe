/** Integer logits of one image as they are compared and hashed: decimal, a space between them. */
export const lineOf = (logits: readonly bigint[]): string => logits.join(' ');

/** The index of the largest, the first of equals. */
export function mostLikely(logits: readonly bigint[]): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i]! > logits[best]!) best = i;
  return best;
}
