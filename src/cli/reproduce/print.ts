import { table } from '../output.ts';
import type { Measured, Published, Reproduction, Row } from './contract.ts';

/** Columns as people read them; a star marks what is computed from others. */
const lines: readonly (readonly [label: string, show: (columns: Published, row: Row) => string | null])[] = [
  ['accuracy', (c) => percent(c.accuracy)],
  ['images in a batch', (c) => whole(c.batch)],
  ["server's time for a batch", (c) => seconds(c.latencySeconds)],
  ['images per hour *', (c) => whole(c.imagesPerHour)],
  ['encryption of a batch', (c) => seconds(c.encryptSeconds)],
  ['decryption of a batch', (c) => seconds(c.decryptSeconds)],
  ['upload and answer of a batch', (c) => (c.messageBytes === null ? null : `${(c.messageBytes / 1e6).toFixed(1)} MB`)],
  ['activations', (c) => whole(c.activations)],
  ['weights that are not zero', (c) => percent(c.weightDensity)],
  ['additions of plaintexts', (c) => operation(c, 'plainCipherAdds')],
  ['additions of ciphertexts', (c) => operation(c, 'cipherCipherAdds')],
  ['products with plaintexts', (c) => operation(c, 'plainCipherMultiplications')],
  ['products of ciphertexts', (c) => operation(c, 'cipherCipherMultiplications')],
  ['operations in all', (c) => operation(c, 'total')],
  ['ring degree', (c) => whole(c.ringDegree)],
  [
    'bits of the plaintext moduli',
    (c) => c.plaintextModuli?.map((t) => Math.log2(Number(t)).toFixed(1)).join(' + ') ?? null,
  ],
  ['log QP', (c) => c.logQP?.toFixed(1) ?? null],
  ['security', (c) => (c.securityBits === null ? null : `${c.securityBits} bits`)],
];

/** The published columns of a network beside ours. */
export function printed(title: string, { machine, row }: { machine: Reproduction['machine']; row: Row }): string {
  const here = `${machine.cpu}, ${machine.cores} cores, kernel ${machine.kernel}, ${machine.threads} threads`;
  return [`${title}, ${row.name}: ${extent(row)}`, ...block(row), ...remarks(row, here)].join('\n');
}

function extent({ measured, details }: Row): string {
  const [of, quick] = [details.integerImages, details.quick ? ', quick' : ''];
  const equal = `${measured.agreement} with every logit equal to the integer model's`;
  return `${measured.images} images encrypted${quick}, ${equal}; integer model ${percent(details.integerAccuracy)} of ${of}`;
}

function block(row: Row): string[] {
  const cells = lines.map(([label, show]) => [label, show(row.published, row) ?? '-', show(row.measured, row) ?? '-']);
  return table([['', 'published', 'here'], ...cells]).split('\n');
}

function remarks({ details }: Row, here: string): string[] {
  return [
    `published on: ${details.publishedHardware} (${details.publishedSource}; ${details.publishedNote})`,
    `here on: ${here}`,
    `* computed: batch * 3600 / time. Exactness: ${details.correctness}`,
  ];
}

const percent = (x: number | null): string | null => (x === null ? null : `${(100 * x).toFixed(2)} %`);
const seconds = (x: number | null): string | null => (x === null ? null : `${Number(x.toPrecision(3))} s`);
const whole = (x: number | null): string | null => (x === null ? null : Math.round(x).toLocaleString('en'));
const operation = (c: Published, name: keyof Measured['operations']): string | null =>
  whole(c.operations?.[name] ?? null);
