import { HesperError } from '../../errors.ts';

/** Operations on exact integers, in the order in which they are printed. Encryption encodes, decryption decodes. */
export const bfvOps = [
  'encode',
  'encrypt-symmetric',
  'encrypt-public',
  'decrypt',
  'add',
  'multiply-plain',
  'multiply-relinearize',
  'square',
  'relinearize',
  'switch-modulus',
  'rotate',
] as const;

export type BfvOp = (typeof bfvOps)[number];

/** Two messages and weights, integers modulo t in every slot. */
export interface IntegerSamples {
  readonly t: number;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly weights: Float64Array;
}

export function integerSamples(n: number, t: number): IntegerSamples {
  const vector = (seed: number): Float64Array => {
    let state = seed;
    return Float64Array.from({ length: n }, () => {
      state = (state * 48271) % 2147483647;
      return balanced(state, t);
    });
  };
  return { t, x: vector(1), y: vector(2), weights: vector(3) };
}

/** x modulo an odd t, in (-t/2, t/2). */
function balanced(x: number, t: number): number {
  const r = x % t;
  if (r > t / 2) return r - t;
  return r < -t / 2 ? r + t : r;
}

/** The right answer in the clear. */
export function clearIntegers(op: BfvOp, { t, x, y, weights }: IntegerSamples): Float64Array {
  const half = x.length / 2;
  switch (op) {
    case 'add':
      return x.map((v, i) => balanced(v + y[i]!, t));
    case 'multiply-plain':
      return x.map((v, i) => balanced(v * weights[i]!, t));
    case 'multiply-relinearize':
    case 'relinearize':
      return x.map((v, i) => balanced(v * y[i]!, t));
    case 'square':
      return x.map((v) => balanced(v * v, t));
    case 'rotate':
      return x.map((_, i) => x[i < half ? (i + 1) % half : half + ((i + 1) % half)]!);
    default:
      return x;
  }
}

/** @throws 'kernel-failure' if any integer is not the clear one */
export function requireEqual(who: string, op: BfvOp, got: readonly Float64Array[], samples: IntegerSamples): void {
  const wanted = clearIntegers(op, samples);
  const wrong = got.filter((column) => column.length !== wanted.length || column.some((v, i) => v !== wanted[i]!));
  if (got.length > 0 && wrong.length === 0) return;
  throw new HesperError('kernel-failure', `${who}: the result of ${op} is wrong`, {
    met: `${wrong.length} wrong of ${got.length} results`,
    wanted: 'the integers computed in the clear',
    remedy: 'Report it with the output of `hesper doctor`',
  });
}
