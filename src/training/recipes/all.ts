import { cnn16 } from './cnn-16.ts';
import { cryptonets } from './cryptonets.ts';
import { dnn30, dnn100 } from './dnn.ts';
import { fcn } from './fcn.ts';
import type { Recipe } from './recipe.ts';

/** Every network that `hesper train` knows. A new one is its file and a name here. */
const all: readonly Recipe[] = [cryptonets, dnn30, dnn100, cnn16, fcn];

export const recipes: ReadonlyMap<string, Recipe> = new Map(all.map((recipe) => [recipe.name, recipe]));
