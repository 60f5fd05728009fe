import type { Plan } from '../index.ts';
import { table } from './output.ts';
import type { Operations } from './reproduce/contract.ts';

/** Counts of a plan, with how each is headed: Faster CryptoNets' columns, then the scheme's own work. */
const heads = [
  ['plainCipherAdds', 'PT-CT add'],
  ['cipherCipherAdds', 'CT-CT add'],
  ['plainCipherMultiplications', 'PT-CT mult'],
  ['cipherCipherMultiplications', 'CT-CT mult'],
  ['total', 'total'],
  ['unitMultiplications', 'by +-1'],
  ['shiftMultiplications', 'by +-2^k'],
  ['rescalings', 'rescale'],
  ['relinearizations', 'relin'],
  ['rotations', 'rotate'],
  ['ntts', 'NTT'],
] as const;

/** The counts of one layer, or of all. `total`: of the paper's four kinds. */
export type OperationRow = { readonly [Column in (typeof heads)[number][0]]: number };

export interface OperationTable {
  readonly scheme: Plan['scheme'];
  readonly encoding: 'slots' | 'coefficients';
  readonly ringDegree: number;
  /** How often the whole is run: once for each plaintext modulus, once under CKKS. */
  readonly runs: number;
  readonly layers: readonly (OperationRow & { readonly names: readonly string[]; readonly kind: string })[];
  readonly total: OperationRow;
}

/** For one batch, and under BFV for one plaintext modulus. */
export function operationTable(plan: Plan): OperationTable {
  const layers = plan.layers.map(({ names, kind, operations }) => ({ names, kind, ...rowOf(operations) }));
  const sum = (column: keyof OperationRow) => layers.reduce((total, layer) => total + layer[column], 0);
  return {
    scheme: plan.scheme,
    encoding: plan.scheme === 'bfv' ? plan.encoding : 'slots',
    ringDegree: plan.ringDegree,
    runs: plan.scheme === 'bfv' ? plan.plaintextModuli.length : 1,
    layers,
    total: Object.fromEntries(heads.map(([column]) => [column, sum(column)])) as OperationRow,
  };
}

function rowOf(counts: Plan['operations']): OperationRow {
  const { plainCipherAdds, cipherCipherAdds, plainCipherMultiplications, cipherCipherMultiplications } = counts;
  const { unitMultiplications, shiftMultiplications, rescalings, relinearizations, rotations, ntts } = counts;
  return {
    plainCipherAdds,
    cipherCipherAdds,
    plainCipherMultiplications,
    cipherCipherMultiplications,
    total: plainCipherAdds + cipherCipherAdds + plainCipherMultiplications + cipherCipherMultiplications,
    unitMultiplications,
    shiftMultiplications,
    rescalings,
    relinearizations,
    rotations,
    ntts,
  };
}

/** What a paper's row compares. */
export function papersOperations(plan: Plan): Operations {
  const { plainCipherAdds, cipherCipherAdds, plainCipherMultiplications, cipherCipherMultiplications, total } =
    operationTable(plan).total;
  return { plainCipherAdds, cipherCipherAdds, plainCipherMultiplications, cipherCipherMultiplications, total };
}

/** For people. */
export function printedOperations(made: OperationTable): string {
  const cells = (row: OperationRow) => heads.map(([column]) => row[column].toLocaleString('en'));
  const runs = made.runs === 1 ? 'run once' : `run ${made.runs} times, once for each plaintext modulus`;
  return [
    `operations for one batch: ${made.scheme}, ${made.encoding}, ring degree ${made.ringDegree}, ${runs}`,
    table([
      ['layer', ...heads.map(([, head]) => head)],
      ...made.layers.map((layer) => [layer.names.join(' + '), ...cells(layer)]),
      ['all', ...cells(made.total)],
    ]),
  ].join('\n');
}
