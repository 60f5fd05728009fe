/** Seconds spent on named kinds of work. */
export class Clock {
  readonly #seconds = new Map<string, number>();

  time<T>(name: string, work: () => T): T {
    const start = performance.now();
    const result = work();
    this.#seconds.set(name, this.seconds(name) + (performance.now() - start) / 1000);
    return result;
  }

  seconds(name: string): number {
    return this.#seconds.get(name) ?? 0;
  }
}
