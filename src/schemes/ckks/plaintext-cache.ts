import { sizeOf } from '../../evaluator/plain.ts';
import type { ComplexVector } from '../../evaluator/verbs.ts';
import { disposeAll, fill } from '../../rlwe/buffers.ts';
import { handles } from '../../rlwe/ciphertext.ts';
import type { Context } from '../../rlwe/context.ts';
import { Plaintext } from '../../rlwe/plaintext.ts';
import { encode } from './encoder.ts';
import { constantResidues, tooLarge } from './scalar.ts';

export type Vector = Float64Array | ComplexVector;

/** A vector to be encoded. */
export interface Wanted {
  readonly vector: Vector;
  readonly scale: number;
}

interface Entry {
  readonly level: number;
  readonly scale: number;
  readonly plaintext: Plaintext;
  /** False once its memory was given back. */
  alive: boolean;
}

/**
 * Encoded vectors, found again by the identity of the vector, the level and the scale. The least recently used go
 * first when they take more than the limit.
 */
export class PlaintextCache {
  readonly #context: Context;
  readonly #limitBytes: number;
  readonly #known = new WeakMap<Vector, Entry[]>();
  /** In order of last use. */
  readonly #entries = new Set<Entry>();
  #bytes = 0;

  constructor(context: Context, limitBytes: number) {
    this.#context = context;
    this.#limitBytes = limitBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Hands over the plaintexts of all vectors at a level, those that are missing encoded together. They live until
   * `body` returns; the limit is kept between calls, so that a call may pass it.
   * @throws what `encode` and `body` throw
   */
  with<T>(level: number, wanted: readonly Wanted[], body: (plaintexts: readonly Plaintext[]) => T): T {
    if (wanted.length === 0) return body([]);
    try {
      return body(this.#find(level, wanted) ?? this.#find(level, wanted, true)!);
    } finally {
      this.#trim();
    }
  }

  /** Undefined where one is missing, unless those are encoded first. */
  #find(level: number, wanted: readonly Wanted[], encodeMissing = false): Plaintext[] | undefined {
    if (encodeMissing) this.#encodeMissing(level, wanted);
    const found: Plaintext[] = [];
    for (const { vector, scale } of wanted) {
      const plaintext = this.#use(vector, level, scale);
      if (plaintext === undefined) return undefined;
      found.push(plaintext);
    }
    return found;
  }

  #use(vector: Vector, level: number, scale: number): Plaintext | undefined {
    const entry = this.#known.get(vector)?.find((e) => e.level === level && e.scale === scale && e.alive);
    if (entry === undefined) return undefined;
    this.#entries.delete(entry);
    this.#entries.add(entry);
    return entry.plaintext;
  }

  #encodeMissing(level: number, wanted: readonly Wanted[]): void {
    const byScale = new Map<number, Set<Vector>>();
    for (const { vector, scale } of wanted) {
      if (this.#use(vector, level, scale)) continue;
      const group = byScale.get(scale) ?? new Set();
      byScale.set(scale, group.add(vector));
    }
    for (const [scale, vectors] of byScale) {
      const plaintexts = encodeVectors(this.#context, [...vectors], level, scale);
      [...vectors].forEach((vector, i) => {
        this.#keep(vector, { level, scale, plaintext: plaintexts[i]!, alive: true });
      });
    }
  }

  #keep(vector: Vector, entry: Entry): void {
    const others = this.#known.get(vector)?.filter((e) => e.alive) ?? [];
    this.#known.set(vector, [...others, entry]);
    this.#entries.add(entry);
    this.#bytes += this.#sizeOf(entry);
  }

  #sizeOf = ({ level }: Entry): number => 8 * (level + 1) * this.#context.n;

  #trim(): void {
    for (const entry of this.#entries) {
      if (this.#bytes <= this.#limitBytes) return;
      this.#entries.delete(entry);
      this.#bytes -= this.#sizeOf(entry);
      entry.alive = false;
      entry.plaintext.dispose();
    }
  }

  dispose(): void {
    for (const entry of this.#entries) entry.alive = false;
    disposeAll([...this.#entries].map(({ plaintext }) => plaintext));
    this.#entries.clear();
    this.#bytes = 0;
  }
}

/** Coefficients beyond 2^53 have no more bits than these: larger scales are reached by a power of two. */
const ENCODED_BITS = 60;

/** @throws 'scale-overflow' */
function encodeVectors(context: Context, vectors: readonly Vector[], level: number, scale: number): Plaintext[] {
  const half = Number(context.modulus(level)) / 2;
  if (vectors.some((vector) => sizeOf(vector).max * scale >= half)) throw tooLarge(context, level, scale);
  const excess = Math.max(0, Math.ceil(Math.log2(scale)) - ENCODED_BITS);
  const encoded = encode(context, vectors, { level, scale: scale / 2 ** excess });
  if (excess === 0) return encoded;
  try {
    return timesPowerOfTwo(context, encoded, { level, scale }, excess);
  } finally {
    disposeAll(encoded);
  }
}

function timesPowerOfTwo(
  context: Context,
  encoded: readonly Plaintext[],
  shape: { readonly level: number; readonly scale: number },
  bits: number,
): Plaintext[] {
  const { kernel, ring, parameters } = context;
  const residues = constantResidues(1n << BigInt(bits), parameters.dataPrimes.slice(0, shape.level + 1));
  return fill<Plaintext>([], (made) => {
    for (const _ of encoded) made.push(new Plaintext(context, shape));
    const scalars = Float64Array.from(made.flatMap(() => residues));
    kernel.multiplyScalars(ring, handles(made), handles(encoded), scalars, context.basis(shape.level), 1);
  });
}
