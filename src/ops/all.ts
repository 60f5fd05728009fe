import type { OperatorTable } from '../graph/operators.ts';
import { averagePooling2d } from './average-pool.ts';
import { conv2d } from './conv2d.ts';
import { dense } from './dense.ts';
import { flatten } from './flatten.ts';
import type { Operator } from './operator.ts';
import { quadratic } from './quadratic.ts';
import { square } from './square.ts';
import { zeroPadding2d } from './zero-pad.ts';

/** Every operator. A new one is its file and a line here. */
export const operators: OperatorTable<Operator> = new Map(
  [conv2d, dense, averagePooling2d, flatten, square, quadratic, zeroPadding2d].map((operator) => [
    operator.name,
    operator,
  ]),
);
