/** README tables of `hesper reproduce SYSTEM --json`: the published columns beside those measured here. */

export const systems = { sealion: 'SEALion', 'faster-cryptonets': 'Faster CryptoNets' };

const BEGIN = '<!-- reproduced: written by bench/table.mjs -->';
const END = '<!-- end of reproduced -->';
export const reproducedMarkers = { BEGIN, END };

const percent = (x) => `${(100 * x).toFixed(2)} %`;
const whole = (x) => Math.round(x).toLocaleString('en');
const seconds = (x) => `${Number(x.toPrecision(3))} s`;
const megabytes = (x) => `${(x / 1e6).toFixed(1)} MB`;
const bits = (list) => list.map((t) => Math.log2(Number(t)).toFixed(1)).join(' + ');

/** A star marks what is computed from other columns. */
const lines = [
  ['accuracy', (c) => c.accuracy, percent],
  ['images in a batch', (c) => c.batch, whole],
  ["server's time for a batch", (c) => c.latencySeconds, seconds],
  ['images per hour *', (c) => c.imagesPerHour, whole],
  ['encryption of a batch', (c) => c.encryptSeconds, seconds],
  ['decryption of a batch', (c) => c.decryptSeconds, seconds],
  ['upload and answer of a batch', (c) => c.messageBytes, megabytes],
  ['activations', (c) => c.activations, whole],
  ['weights that are not zero', (c) => c.weightDensity, percent],
  ['plaintext-ciphertext additions', (c) => c.operations?.plainCipherAdds, whole],
  ['ciphertext-ciphertext additions', (c) => c.operations?.cipherCipherAdds, whole],
  ['plaintext-ciphertext products', (c) => c.operations?.plainCipherMultiplications, whole],
  ['ciphertext-ciphertext products', (c) => c.operations?.cipherCipherMultiplications, whole],
  ['homomorphic operations', (c) => c.operations?.total, whole],
  ['ring degree', (c) => c.ringDegree, whole],
  ['bits of the plaintext moduli', (c) => c.plaintextModuli, bits],
  ['log QP', (c) => c.logQP, (x) => x.toFixed(1)],
  ['security, bits', (c) => c.securityBits, String],
];

/** One table for each run, under a line that says where the numbers come from. */
export function reproducedTables(runs) {
  return runs.map(table).join('\n\n');
}

function table({ system, machine, rows }) {
  const cell = (columns, read, show) => {
    const value = read(columns);
    return value === null || value === undefined ? '-' : show(value);
  };
  const body = lines.map(([name, read, show]) => [
    name,
    ...rows.map(({ published, measured }) => `${cell(published, read, show)} / **${cell(measured, read, show)}**`),
  ]);
  return [
    ...grid([`${systems[system]}: published / here`, ...rows.map((row) => row.name)], [...extent(rows), ...body]),
    '',
    `Published: ${notes(rows)}. Their hardware: ${unique(rows.map((row) => row.details.publishedHardware)).join('; ')}.`,
    `Ours: ${machine.cpu}, ${machine.threads} threads, kernel ${machine.kernel}. A star marks what is computed: batch * 3600 / time.`,
  ].join('\n');
}

/** Where the numbers stand, and for each network what one has to know to read them. */
function notes(rows) {
  const remarks = rows.map(({ name, details }) => `${name}: ${details.publishedNote}`);
  return `${unique(rows.map((row) => row.details.publishedSource)).join('; ')} (${remarks.join('; ')})`;
}

function extent(rows) {
  const quick = (row) => (row.details.quick ? ', quick' : '');
  return [
    ['images encrypted', ...rows.map((row) => `- / **${whole(row.measured.images)}**${quick(row)}`)],
    ["every logit equal to the integer model's", ...rows.map((row) => `- / **${whole(row.measured.agreement)}**`)],
    [
      'accuracy of the integer model on all images',
      ...rows.map((row) => `- / **${percent(row.details.integerAccuracy)}** of ${whole(row.details.integerImages)}`),
    ],
  ];
}

const unique = (list) => [...new Set(list)];
const grid = (head, body) => [head, head.map(() => '---'), ...body].map((cells) => `| ${cells.join(' | ')} |`);
