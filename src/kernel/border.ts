import { type ErrorCode, HesperError } from '../errors.ts';

/**
 * The functions of `kernel/kernel.h`, one letter per argument:
 * i int32, f number, I Int32Array, F Float64Array, B Uint8Array; G and C are a Float64Array and a Uint8Array that are
 * written. An array is a pointer and a length in C.
 */
export const signatures = {
  errorText: 'C',
  errorNumbers: 'G',
  built: '',
  runnable: '',
  features: 'iC',
  open: 'ii',
  close: 'i',
  fmaRun: 'ii',
  createRing: 'iiFFF',
  destroyRing: 'i',
  allocate: 'if',
  release: 'i',
  wipe: 'i',
  read: 'ifG',
  write: 'ifF',
  poolStats: 'iG',
  workStats: 'iG',
  trim: '',
  nttForward: 'iIIi',
  nttInverse: 'iIIi',
  add: 'iIIIIii',
  subtract: 'iIIIIii',
  multiply: 'iIIIIii',
  multiplyAdd: 'iIIIIii',
  negate: 'iIIIi',
  multiplyParts: 'iIIIIii',
  dotParts: 'iIIiIi',
  multiplyScalars: 'iIIFIi',
  addScalars: 'iIIFIi',
  addSparse: 'iIIIIFIi',
  extractPart: 'iIIIii',
  insertPart: 'iIIIii',
  divideByLast: 'iIIIi',
  divideByLastCoefficient: 'iIIIi',
  convertBasis: 'iIIIIi',
  automorphism: 'iIIIii',
  linearPlain: 'iIIIIIFIi',
  linearMonomial: 'iIIIIIIi',
  maskSymmetric: 'iIIiBBI',
  maskPublic: 'iIIiBBI',
  maskSymmetricCoefficient: 'iIIiBBIi',
  relinearize: 'iIIIiII',
  rotateMany: 'iIIIIII',
  rotateSum: 'iIIIIII',
  relinearizeCoefficient: 'iIIIiII',
  multiplyScaled: 'iIIIIIfii',
  createWeights: 'iiiIII',
  destroyWeights: 'i',
  pointwise: 'iIIIiIF',
  sampleUniform: 'iIBIii',
  sampleUniformCoefficient: 'iIBIii',
  sampleTernary: 'iIB',
  sampleError: 'iIB',
  spread: 'iIII',
  compose: 'iIII',
  liftPlain: 'iIIIf',
  roundPlain: 'iIIIf',
  encode: 'iIFFf',
  decode: 'iGGIf',
  pack: 'iCIIii',
  unpack: 'iIBIii',
  sealSecret: 'iCiBBB',
  openSecret: 'iiBBBB',
} as const;

export type Name = keyof typeof signatures;
export type Argument = number | Int32Array | Float64Array | Uint8Array;
/** Calls one function; negative results are failures. */
export type Border = { readonly [N in Name]: (...args: Argument[]) => number };

export const symbolOf = (name: Name): string => `hesper_${name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)}`;

/** A border from a way to call; arguments are checked here, so that what follows may rely on their types. */
export function makeBorder(make: (name: Name, kinds: string) => (...args: Argument[]) => number): Border {
  const checked = (name: Name): ((...args: Argument[]) => number) => {
    const kinds: string = signatures[name];
    const call = make(name, kinds);
    return (...args) => {
      for (let i = 0; i < kinds.length; i++) if (!accepts[kinds[i]!]!(args[i])) refuse(name, kinds[i]!, i, args[i]);
      return call(...args);
    };
  };
  return Object.fromEntries((Object.keys(signatures) as Name[]).map((name) => [name, checked(name)])) as Border;
}

const isInt32 = (x: unknown): boolean => typeof x === 'number' && (x | 0) === x;
const isNumber = (x: unknown): boolean => typeof x === 'number';
const isInts = (x: unknown): boolean => x instanceof Int32Array;
const isDoubles = (x: unknown): boolean => x instanceof Float64Array;
const isBytes = (x: unknown): boolean => x instanceof Uint8Array;
const accepts: Record<string, (x: unknown) => boolean> = {
  i: isInt32,
  f: isNumber,
  I: isInts,
  F: isDoubles,
  G: isDoubles,
  B: isBytes,
  C: isBytes,
};
const kindNames: Record<string, string> = {
  i: 'a 32-bit integer',
  f: 'a number',
  I: 'an Int32Array',
  F: 'a Float64Array',
  G: 'a Float64Array',
  B: 'a Uint8Array',
  C: 'a Uint8Array',
};

function refuse(name: Name, kind: string, index: number, value: unknown): never {
  const met = typeof value === 'number' ? value : (value?.constructor?.name ?? String(value));
  throw new HesperError('invalid-argument', `Argument ${index} of the kernel's ${name} has the wrong type`, {
    met,
    wanted: kindNames[kind],
    remedy: 'Pass the types that src/kernel/kernel.ts names.',
  });
}

const codes: Record<number, ErrorCode> = {
  [-1]: 'invalid-argument',
  [-2]: 'kernel-failure',
  [-3]: 'out-of-memory',
  [-4]: 'disposed',
  [-5]: 'residue-out-of-range',
  [-6]: 'authentication-failed',
};
const remedies: Partial<Record<ErrorCode, string>> = {
  'invalid-argument': 'Check the arguments against the contract in src/kernel/kernel.ts.',
  'out-of-memory': 'Release buffers, use smaller batches, or give the process more memory.',
  disposed: 'Use buffers, rings and weights before they are released, and release them once.',
  'authentication-failed': 'Use the key and the associated data that they were sealed with, on unchanged bytes.',
  'residue-out-of-range': 'The bytes are damaged or belong to other primes; ask the sender for them again.',
};

/** Passes results >= 0 on; turns a failure of `verb` into its error. */
export function checkStatus(border: Border, verb: string, status: number): number {
  if (status >= 0) return status;
  const code = codes[status] ?? 'kernel-failure';
  const text = new Uint8Array(200);
  const summary = String.fromCharCode(...text.subarray(0, border.errorText(text)));
  const numbers = new Float64Array(2);
  border.errorNumbers(numbers);
  const [met, wanted] = [...numbers].map((x) => (Number.isNaN(x) ? undefined : x));
  const remedy = remedies[code] ?? 'Report this as a fault of the kernel.';
  throw new HesperError(code, `Kernel ${verb}: ${summary}`, { met, wanted, remedy });
}
