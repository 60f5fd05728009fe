import type { LinearRows } from '../../evaluator/verbs.ts';
import type { Kernel, WeightsId } from '../../kernel/kernel.ts';
import { birthplace, unwatch, watch } from '../../rlwe/leaks.ts';

/** Packed forms of an evaluator's weight matrices, made once for each `LinearRows` object and freed together. */
export class PackedWeights {
  readonly #kernel: Kernel;
  readonly #known = new WeakMap<LinearRows, WeightsId>();
  readonly #all: WeightsId[] = [];

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    watch(this, { kind: 'evaluator', place: birthplace(), giveBack: destroying(kernel, this.#all) });
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
    unwatch(this);
    destroying(this.#kernel, this.#all)();
  }
}

const destroying =
  (kernel: Kernel, ids: WeightsId[]): (() => void) =>
  () => {
    for (const id of ids.splice(0)) kernel.destroyWeights(id);
  };
