/** Small, fast, repeatable. Nothing here needs more (xorshift128, Marsaglia 2003). */
export class Random {
  #x = 123456789;
  #y = 362436069;
  #z = 521288629;
  #w: number;

  constructor(seed: number) {
    this.#w = seed | 1;
    for (let i = 0; i < 16; i++) this.next();
  }

  /** 32 bits. */
  next(): number {
    const t = this.#x ^ (this.#x << 11);
    this.#x = this.#y;
    this.#y = this.#z;
    this.#z = this.#w;
    return (this.#w = this.#w ^ (this.#w >>> 19) ^ t ^ (t >>> 8)) >>> 0;
  }

  /** 0 .. limit - 1. */
  below(limit: number): number {
    return limit <= 0 ? 0 : this.next() % limit;
  }

  one<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** True once in `n` times. */
  rarely(n: number): boolean {
    return this.below(n) === 0;
  }
}
