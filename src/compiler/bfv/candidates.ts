import type { BfvCandidate } from './plan.ts';
import { type BfvChoice, type BfvDemand, type BfvMiss, type BfvRow, objectiveOf } from './search.ts';

interface Compared {
  readonly rows: readonly BfvRow[];
  readonly choice: BfvChoice;
  readonly demand: BfvDemand;
}

/** The table of what was compared, in the order of the search, and why each lost. */
export function candidatesOf({ rows, choice, demand }: Compared): BfvCandidate[] {
  return rows.map((row): BfvCandidate => {
    const shared = { ringDegree: row.n, plaintextModuli: [...row.moduli], relinearization: row.relinearize };
    if ('reason' in row) {
      const none = {
        dataPrimes: 0,
        logQ: 0,
        logQP: 0,
        budgetBits: null,
        failureBits: null,
        seconds: 0,
        messageBytes: 0,
      };
      return { ...shared, ...none, chosen: false, reason: missText(row) };
    }
    return {
      ...shared,
      dataPrimes: row.primeBits.length,
      logQ: row.logQ,
      logQP: row.logQP,
      budgetBits: row.budgetBits,
      failureBits: Math.min(row.failureBits, 10_000),
      seconds: (row.loadCost + row.evaluateCost) / 1e9,
      messageBytes: Math.round(row.uploadBytes + row.downloadBytes),
      chosen: row === choice,
      reason: row === choice ? `best by ${demand.objective}` : lossText(row, choice, demand),
    };
  });
}

function lossText(row: BfvChoice, choice: BfvChoice, demand: BfvDemand): string {
  const ratio = objectiveOf(row, demand) / objectiveOf(choice, demand);
  const what = demand.objective === 'bytes' ? 'bytes' : demand.objective === 'latency' ? 'time' : 'time per image';
  return ratio < 1.02
    ? `as good by ${demand.objective}, but more bytes`
    : `${ratio.toFixed(ratio < 10 ? 2 : 0)} times the ${what}`;
}

/** Why a row has no numbers that work. */
export function missText({ reason, missingBits, n, limit }: BfvMiss): string {
  if (reason === 'moduli') return `no plaintext primes 1 mod ${2 * n} of the size needed`;
  if (reason === 'degree') return `a polynomial would wrap around the ring degree ${n}`;
  if (reason === 'parts') return 'ciphertexts would grow beyond the parts that can be multiplied';
  return Number.isFinite(missingBits)
    ? `${missingBits.toFixed(1)} bits of modulus are missing below the limit of ${limit}`
    : `no room for primes below the limit of ${limit} bits`;
}
