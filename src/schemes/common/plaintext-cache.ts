import type { ComplexVector } from '../../evaluator/verbs.ts';
import { disposeAll } from '../../rlwe/buffers.ts';
import type { Context } from '../../rlwe/context.ts';
import type { Plaintext } from '../../rlwe/plaintext.ts';

export type Vector = Float64Array | ComplexVector;

/** A vector to be encoded. */
export interface Wanted extends Encoded {
  readonly vector: Vector;
}

interface Encoded {
  readonly scale: number;
  /** What for, where one vector is encoded in several ways. */
  readonly use?: string;
}

/** Vectors to plaintexts, one each. */
export type EncodeVectors = (vectors: readonly Vector[], level: number, encoded: Encoded) => Plaintext[];

interface Entry extends Encoded {
  readonly level: number;
  readonly plaintext: Plaintext;
  /** False once its memory was given back. */
  alive: boolean;
}

/**
 * Encoded vectors, found again by the identity of the vector, the level, the scale and the use. The least recently
 * used go first when they take more than the limit.
 */
export class PlaintextCache {
  readonly #context: Context;
  readonly #limitBytes: number;
  readonly #encode: EncodeVectors;
  readonly #known = new WeakMap<Vector, Entry[]>();
  /** In order of last use. */
  readonly #entries = new Set<Entry>();
  #bytes = 0;

  constructor(context: Context, limitBytes: number, encode: EncodeVectors) {
    this.#context = context;
    this.#encode = encode;
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
    for (const each of wanted) {
      const plaintext = this.#use(each, level);
      if (plaintext === undefined) return undefined;
      found.push(plaintext);
    }
    return found;
  }

  #use({ vector, scale, use }: Wanted, level: number): Plaintext | undefined {
    const same = (e: Entry): boolean => e.alive && e.level === level && e.scale === scale && e.use === use;
    const entry = this.#known.get(vector)?.find(same);
    if (entry === undefined) return undefined;
    this.#entries.delete(entry);
    this.#entries.add(entry);
    return entry.plaintext;
  }

  #encodeMissing(level: number, wanted: readonly Wanted[]): void {
    const groups = new Map<string, { readonly encoded: Encoded; readonly vectors: Set<Vector> }>();
    for (const each of wanted) {
      if (this.#use(each, level)) continue;
      const { scale, use } = each;
      const group = groups.get(`${scale} ${use}`) ?? { encoded: { scale, use }, vectors: new Set() };
      groups.set(`${scale} ${use}`, group);
      group.vectors.add(each.vector);
    }
    for (const { encoded, vectors } of groups.values()) {
      const plaintexts = this.#encode([...vectors], level, encoded);
      [...vectors].forEach((vector, i) => {
        this.#keep(vector, { ...encoded, level, plaintext: plaintexts[i]!, alive: true });
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
