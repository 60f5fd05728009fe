import type { Complex, Plain } from '../../evaluator/verbs.ts';
import type { Context } from '../../rlwe/context.ts';
import type { Scheme } from '../../rlwe/parameters.ts';

/** What a scheme has to say of scales and of numbers as weights; everything else of the common verbs is the same. */
export interface Rules<S extends Scheme = Scheme> {
  readonly context: Context<S>;
  /** @throws 'scale-overflow' where no message under this scale can be held at the level */
  requireFits(level: number, scale: number): void;
  /** Scale of a weight where its rows name none. */
  standardScale(level: number): number;
  /**
   * A weight as this scheme can take it: a constant that cannot be one is spelled out slot by slot.
   * @throws 'invalid-argument' where the scale is too small for that
   */
  spell(weight: Plain, scale: number): Plain;
  /** One weight for every slot as the kernel's `linearPlain` takes it, [limb][2]. @throws 'scale-overflow' */
  weightResidues(level: number, weight: number | Complex, scale: number): number[];
}
