import type { LinearRows } from '../../evaluator/verbs.ts';
import type { Kernel, WeightsId } from '../../kernel/kernel.ts';

/** Packed forms of weight matrices, made once for each `LinearRows` object and freed together. */
export class PackedWeights {
  readonly #kernel: Kernel;
  readonly #known = new WeakMap<LinearRows, WeightsId>();
  readonly #all: WeightsId[] = [];

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** @throws 'invalid-argument' for rows that do not hold together or weights of 2^26 or more */
  idOf(rows: LinearRows): WeightsId {
    const known = this.#known.get(rows);
    if (known !== undefined) return known;
    const id = this.#kernel.createWeights(rows.outputs, rows.inputs, rows.rowStart, rows.columns, rows.values);
    this.#known.set(rows, id);
    this.#all.push(id);
    return id;
  }

  dispose(): void {
    for (const id of this.#all.splice(0)) this.#kernel.destroyWeights(id);
  }
}
