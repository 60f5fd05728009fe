import type { Evaluator } from './evaluator.ts';

/** A ciphertext with what is still owed: `ct` is replaced once the debt is paid, so it is paid once. */
export class Managed<C> {
  ct: C;
  parts: number;
  /** Whether the scale was squared since the last rescaling. */
  squared: boolean;
  constructor(ct: C, parts = 2, squared = false) {
    this.ct = ct;
    this.parts = parts;
    this.squared = squared;
  }
}

/** `settle` pays every debt: what a program does to its outputs. */
export type ManagedEvaluator<C> = Evaluator<Managed<C>> & { settle(cts: readonly Managed<C>[]): C[] };

/**
 * Circuits never say `relinearizeAll` or `rescaleAll`: this evaluator says it for them, one prime for each product.
 * 'eager' pays after every product (the plain way, and the yardstick); 'lazy' pays when the next product asks for it.
 * Over a recorder it is a compiler pass, over the tracer it prices the choice, over a scheme it just works. The
 * planner's own choice, which may be "never", is in src/compiler.
 */
export function manage<C>(ev: Evaluator<C>, when: 'eager' | 'lazy'): ManagedEvaluator<C> {
  type List = readonly Managed<C>[];
  const raw = (cts: List): C[] => cts.map((m) => m.ct);
  const relinearize = (cts: List): void =>
    pay(
      cts,
      (m) => m.parts > 2,
      (list) => ev.relinearizeAll(list, undefined),
      (m) => (m.parts = 2),
    ); // prettier-ignore
  const rescale = (cts: List): void =>
    pay(
      cts,
      (m) => m.squared,
      (list) => ev.rescaleAll(list, undefined),
      (m) => (m.squared = false),
    ); // prettier-ignore
  const settle = (cts: List): C[] => {
    relinearize(cts);
    rescale(cts);
    return raw(cts);
  };
  const owing = (list: readonly C[], parts: number, squared: boolean): Managed<C>[] => {
    const made = list.map((ct) => new Managed(ct, parts, squared));
    if (when === 'eager') settle(made);
    return made;
  };
  const managed: ManagedEvaluator<C> = {
    slots: ev.slots,
    linear: (cts, rows) => owing(ev.linear(raw(cts), rows), cts[0]!.parts, cts[0]!.squared),
    addPlain: (cts, constants) =>
      ev.addPlain(raw(cts), constants).map((ct, i) => new Managed(ct, cts[i]!.parts, cts[i]!.squared)),
    squareAll: (cts) => owing(ev.squareAll(settle(cts), undefined), 3, true),
    multiplyPairs: (cts, pairs) => owing(ev.multiplyPairs(settle(cts), pairs), 3, true),
    linearPlain: (cts, rows) => owing(ev.linearPlain(raw(cts), rows), cts[0]?.parts ?? 2, true),
    rotateMany: (cts, steps) => {
      relinearize(cts);
      return ev
        .rotateMany(raw(cts), steps)
        .map((ct, i) => new Managed(ct, 2, cts[Math.floor(i / steps.length)]!.squared));
    },
    rotateSum: (cts, steps) => {
      relinearize(cts);
      return ev.rotateSum(raw(cts), steps).map((ct) => new Managed(ct, 2, cts[0]!.squared));
    },
    conjugateAll: (cts) => {
      relinearize(cts);
      return ev.conjugateAll(raw(cts), undefined).map((ct, i) => new Managed(ct, 2, cts[i]!.squared));
    },
    relinearizeAll: (cts) => {
      relinearize(cts);
      return [...cts];
    },
    rescaleAll: (cts) => {
      rescale(cts);
      return [...cts];
    },
    dropLevelAll: (cts, level) =>
      ev.dropLevelAll(raw(cts), level).map((ct, i) => new Managed(ct, cts[i]!.parts, cts[i]!.squared)),
    pointwise: (cts, steps) => {
      let values = [...cts];
      for (const step of steps) {
        if (step.verb === 'linear') values = managed.linear(values, step.argument);
        else if (step.verb === 'addPlain') values = managed.addPlain(values, step.argument);
        else values = managed.squareAll(values, undefined);
      }
      return values;
    },
    settle,
  };
  return managed;
}

function pay<C>(
  cts: readonly Managed<C>[],
  owes: (m: Managed<C>) => boolean,
  verb: (cts: readonly C[]) => C[],
  paid: (m: Managed<C>) => void,
): void {
  const debtors = [...new Set(cts)].filter(owes);
  if (debtors.length === 0) return;
  verb(debtors.map((m) => m.ct)).forEach((ct, i) => {
    debtors[i]!.ct = ct;
    paid(debtors[i]!);
  });
}
