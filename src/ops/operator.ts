import type { z } from 'zod';
import { HesperError } from '../errors.ts';
import type { GraphNode, Tensor } from '../graph/graph.ts';
import type { GraphOperator, Shape } from '../graph/operators.ts';
import { checkTensor } from '../graph/validate.ts';
import type { Affine } from './affine.ts';

export type Weights = Readonly<Record<string, Tensor>>;

/** All that Hesper knows of an operator, in one place. `A` is the type of its checked attributes. */
export interface Definition<A> {
  readonly name: string;
  /** Keras's attribute names. */
  readonly attributes: z.ZodType<A>;
  /** Shapes of the weights that this node must carry. */
  readonly weights?: (input: Shape, attributes: A) => Readonly<Record<string, Shape>>;
  /** Throws 'shape-mismatch'. */
  readonly shape: (input: Shape, attributes: A, node: string) => Shape;
  /** The value, by plain loops: the oracle of `affine` and of every lowering. */
  readonly clear: (x: Tensor, attributes: A, weights: Weights) => Tensor;
  /** Linear operators: the map over flattened inputs. */
  readonly affine?: (input: Shape, attributes: A, weights: Weights) => Affine;
  /** The others: a square between two linear maps. */
  readonly square?: (input: Shape, attributes: A) => Squared;
}

/** after(square(before(x))), each element squared; an absent map changes nothing. */
export interface Squared {
  readonly before?: Affine;
  readonly after?: Affine;
}

/** A defined operator, its attribute type closed over: what graph and compiler call with a node. */
export interface Operator extends GraphOperator {
  readonly name: string;
  /** Null for operators that are not linear. */
  affine(input: Shape, node: GraphNode): Affine | null;
  /** Null for linear operators. */
  square(input: Shape, node: GraphNode): Squared | null;
}

export function defineOp<A>(definition: Definition<A>): Operator {
  const attributes = (node: GraphNode): A => parseAttributes(definition, node);
  return {
    name: definition.name,
    shape: (input, node) => {
      checkWeights(definition.weights?.(input, attributes(node)) ?? {}, node);
      return definition.shape(input, attributes(node), node.name);
    },
    clear: (x, node) => definition.clear(x, attributes(node), node.weights),
    affine: (input, node) => definition.affine?.(input, attributes(node), node.weights) ?? null,
    square: (input, node) => definition.square?.(input, attributes(node)) ?? null,
  };
}

function parseAttributes<A>(definition: Definition<A>, node: GraphNode): A {
  const parsed = definition.attributes.safeParse(node.attributes);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new HesperError('invalid-model', `Layer '${node.name}' (${definition.name}) has a bad attribute`, {
    met: issue.path.join('.') || 'attributes',
    wanted: issue.message,
    remedy: 'Give the attributes as Keras names them.',
  });
}

function checkWeights(wanted: Readonly<Record<string, Shape>>, node: GraphNode): void {
  for (const [name, shape] of Object.entries(wanted)) {
    const tensor = node.weights[name];
    if (tensor && tensor.shape.join() === shape.join()) {
      checkTensor(tensor, `weight '${name}' of '${node.name}'`);
      continue;
    }
    throw new HesperError('shape-mismatch', `Weight '${name}' of layer '${node.name}' does not fit`, {
      met: tensor ? tensor.shape : 'no such weight',
      wanted: shape,
      remedy: 'Check the input shape and the attributes of the layer against its weights.',
    });
  }
}

/** [height, width, channels], or 'shape-mismatch'. */
export function imageShape(shape: Shape, node: string): readonly [number, number, number] {
  if (shape.length === 3) return [shape[0]!, shape[1]!, shape[2]!];
  throw new HesperError('shape-mismatch', `Layer '${node}' wants an image`, {
    met: shape,
    wanted: '[height, width, channels]',
    remedy: 'Put it before flatten, or give the network a three-dimensional input shape.',
  });
}
