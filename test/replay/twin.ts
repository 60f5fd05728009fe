/**
 * A border that makes every call twice, to the portable kernel and to the BigInt reference, compares the answers, and
 * writes call and answer to a file. What the reference says is what the file expects.
 */
import { type Argument, type Border, makeBorder, type Name, signatures } from '../../src/kernel/border.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { createReferenceKernel } from '../../src/kernel/reference.ts';
import { CaseFile, type Expected } from './case-file.ts';

/** What says something of a build or of a machine, and of nothing that is computed. */
const unrecorded: ReadonlySet<Name> = new Set([
  'errorText',
  'errorNumbers',
  'built',
  'runnable',
  'features',
  'fmaRun',
  'poolStats',
]);
/** Numbers of a buffer that a machine may or may not have. */
const UNSURE = 2 ** 31;
const OUT_OF_MEMORY = -3;
/** Products of the reference in one call, beyond which it is not asked. */
const TOO_LONG = 5e8;
/** Slots and composed integers are doubles, rounded on the way: of the portable kernel, and this near to the reference. */
const rounded: ReadonlySet<Name> = new Set(['encode', 'decode', 'compose']);

export interface Tally {
  calls: number;
  refusals: number;
  /** Values compared, by how. */
  readonly values: Record<Expected['compare'], number>;
}

/** The reference names buffers of its own from here on. */
const OWN_NAMES = 2 ** 30 + 2 ** 19;

type Reference = Record<string, (...args: unknown[]) => unknown> & { next: number };

export class Twin {
  readonly border: Border;
  readonly tally: Tally = { calls: 0, refusals: 0, values: { exact: 0, 'order of roots': 0, agreed: 0 } };
  readonly #native: Border;
  readonly #reference: Reference = createReferenceKernel() as Kernel & Reference;
  readonly #file: CaseFile;
  readonly #degrees = new Map<number, number>();
  /** Buffers whose numbers are where a test put them: written, or back in coefficient form. */
  readonly #plain = new Set<number>();
  /** Buffers that hold what was rounded, or was computed from that. */
  readonly #rounded = new Set<number>();
  /** Buffers that hold the portable kernel's answers, because the reference would take minutes. */
  readonly #unasked = new Set<number>();
  readonly #nonzeros = new Map<number, number>();
  readonly #doubles = new Map<number, number>();
  #n = 0;

  constructor(native: Border, path: string) {
    this.#native = native;
    this.#file = new CaseFile(path);
    this.border = makeBorder((name) => (unrecorded.has(name) ? native[name] : (...args) => this.#both(name, args)));
  }

  end(): Tally {
    this.#file.close();
    return this.tally;
  }

  #both(name: Name, args: Argument[]): number {
    if (name === 'allocate' && (args[1] as number) > UNSURE) return OUT_OF_MEMORY;
    if (name === 'nttInverse') this.#arrange(args);
    const status = this.#native[name](...args);
    this.tally.calls++;
    const expected = status < 0 ? new Map<number, Expected>() : this.#expected(name, args, status);
    if (status < 0) this.tally.refusals++;
    for (const { compare, data } of expected.values()) this.tally.values[compare] += (data as Float64Array).length;
    this.#file.call(name, args, expected, status);
    return status;
  }

  /** Of each written array what the reference has, in the order in which it can be compared. */
  #expected(name: Name, args: Argument[], status: number): Map<number, Expected> {
    const degree = this.#degrees.get(args[0] as number);
    if (degree !== undefined && !['read', 'write', 'release', 'wipe', 'close'].includes(name)) this.#n = degree;
    const own = args.map((x, i) => ('GC'.includes(signatures[name][i]!) ? (x as Float64Array).slice() : x));
    this.#answer(name, own, status);
    if (name === 'createRing') this.#degrees.set(status, args[1] as number);
    this.#note(name, args, status);
    const expected = new Map<number, Expected>();
    [...signatures[name]].forEach((kind, i) => {
      if (kind === 'G' || kind === 'C')
        expected.set(i, this.#compare(name, args, args[i] as Float64Array, own[i] as Float64Array));
    });
    return expected;
  }

  /** The same call of the reference, which takes the numbers of rings, buffers and weights from the kernel. */
  #answer(name: Name, args: Argument[], status: number): void {
    const reference = this.#reference;
    if (name === 'open' || name === 'close') return;
    if (name === 'createRing' || name === 'allocate' || name === 'createWeights') reference.next = status;
    if (name === 'createRing')
      reference.createRing!(args[1], [...(args[2] as Float64Array)], [...(args[3] as Float64Array)]);
    else if (name === 'allocate' || name === 'createWeights') reference[name]!(...args.slice(1));
    else if (name === 'workStats') {
      const { transforms, keyProducts, conversions } = reference.workStats!() as Record<string, number>;
      (args[1] as Float64Array).set([transforms!, keyProducts!, conversions!]);
    } else if (name === 'pointwise' && this.#products(args) > TOO_LONG) this.#copy(args);
    else reference[name]!(...args);
    reference.next = OWN_NAMES;
    if (name === 'createWeights') this.#nonzeros.set(status, (args[5] as Int32Array).length);
  }

  /** Products of a pointwise program, no less than there are. */
  #products([ring, , , basis, parts, program]: Argument[]): number {
    const ids = [...(program as Int32Array)].map((id) => this.#nonzeros.get(id) ?? 0);
    const rows = this.#degrees.get(ring as number)! * (basis as Int32Array).length * (parts as number);
    return rows * ids.reduce((a, b) => a + b, 0);
  }
  #copy([, out]: Argument[]): void {
    for (const handle of out as Int32Array) {
      const data = new Float64Array(this.#doubles.get(handle)!);
      this.#native.read(handle, 0, data);
      this.#reference.write!(handle, 0, data);
      this.#unasked.add(handle);
    }
  }

  /**
   * Numbers that a test wrote and takes for values of a polynomial: they are at the places of the portable kernel, and
   * for the reference, and whatever replays the file, brought to their own.
   */
  #arrange([ring, list, basis, parts]: Argument[]): void {
    const [n, rows] = [this.#degrees.get(ring as number), (basis as Int32Array).length * (parts as number)];
    for (const handle of list as Int32Array) {
      if (!this.#plain.has(handle) || n === undefined) continue;
      const data = new Float64Array(n * rows);
      if (this.#native.read(handle, 0, data) < 0) continue;
      const ordered = byRoots(data, n, fromPortable);
      const arranged = new Float64Array(data.length);
      for (let at = 0; at < data.length; at += n)
        for (let j = 0; j < n; j++) arranged[at + fromReference(j, n)] = ordered[at + j]!;
      this.#reference.write!(handle, 0, arranged);
      this.#file.arrange(handle, n, rows);
    }
  }

  /** Outputs of rounding verbs, and of whatever took them as an input, are compared as such. */
  #note(name: Name, args: Argument[], status: number): void {
    if (name === 'allocate') this.#doubles.set(status, args[1] as number);
    if (name === 'write') this.#rounded.delete(args[0] as number);
    if (name === 'write') this.#plain.add(args[0] as number);
    if (name === 'write' || name === 'allocate') this.#unasked.delete(args[0] as number);
    if (!(args[1] instanceof Int32Array) || name === 'decode') return;
    for (const handle of args[1]) {
      if (name === 'nttInverse') this.#plain.add(handle);
      else this.#plain.delete(handle);
      if (!name.startsWith('ntt') && name !== 'pointwise') this.#unasked.delete(handle);
    }
    const inputs = args.slice(2).flatMap((x) => (x instanceof Int32Array ? [...x] : []));
    const taints = rounded.has(name) || inputs.some((h) => this.#rounded.has(h));
    for (const handle of args[1])
      if (taints) this.#rounded.add(handle);
      else this.#rounded.delete(handle);
  }

  #compare(name: Name, args: Argument[], got: Float64Array, wanted: Float64Array): Expected {
    if (name === 'read' && this.#unasked.has(args[0] as number)) return { compare: 'agreed', data: got.slice() };
    if (same(got, wanted)) return { compare: 'exact', data: wanted };
    const n = this.#n;
    if (name === 'read' && got.length % n === 0) {
      const rows = inOrderOfRoots(got, wanted, n);
      if (rows) return { compare: 'order of roots', n, ...rows };
    }
    const near = got.every((x, i) => Math.abs(x - wanted[i]!) <= 1 + Math.abs(wanted[i]!) * 2 ** -48);
    if (near && (name === 'decode' || (name === 'read' && this.#rounded.has(args[0] as number))))
      return { compare: 'agreed', data: got.slice() };
    const at = got.findIndex((x, i) => !Object.is(x, wanted[i]));
    throw new Error(`${name}: ${got[at]} at ${at}, the reference has ${wanted[at]}`);
  }
}

/** Where the reference keeps the value at root^(2j+1): those of even j first (reference-math.ts). */
const fromReference = (j: number, n: number): number => (j % 2) * (n / 2) + Math.floor(j / 2);
/** Where the portable kernel, of two lanes, keeps it: kernel/switch.h. */
function fromPortable(j: number, n: number): number {
  const [blocks, m] = [n / 4, Math.floor(j / (n / 4))];
  const bits = Math.log2(blocks);
  let block = 0;
  for (let i = 0, rest = j % blocks; i < bits; i++, rest >>= 1) block = (block << 1) | (rest & 1);
  return 4 * block + m;
}

/** What is wanted, row by row: as it is, or in the order of the roots if that makes it equal; null if neither does. */
function inOrderOfRoots(
  got: Float64Array,
  wanted: Float64Array,
  n: number,
): { data: Float64Array; inOrder: Uint8Array } | null {
  const data = wanted.slice();
  const inOrder = new Uint8Array(got.length / n);
  for (let row = 0; row < inOrder.length; row++) {
    const [from, to] = [row * n, (row + 1) * n];
    if (same(got.subarray(from, to), wanted.subarray(from, to))) continue;
    const ordered = byRoots(wanted.subarray(from, to), n, fromReference);
    if (!same(byRoots(got.subarray(from, to), n, fromPortable), ordered)) return null;
    data.set(ordered, from);
    inOrder[row] = 1;
  }
  return { data, inOrder };
}

const same = (a: Float64Array, b: Float64Array): boolean => a.every((x, i) => Object.is(x, b[i]));

function byRoots(rows: Float64Array, n: number, place: (j: number, n: number) => number): Float64Array {
  const out = new Float64Array(rows.length);
  const places = Int32Array.from({ length: n }, (_, j) => place(j, n));
  for (let at = 0; at < rows.length; at += n) places.forEach((from, j) => void (out[at + j] = rows[at + from]!));
  return out;
}
