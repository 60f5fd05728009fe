/** `hesper/training`: training in the clear, on TensorFlow.js (an optional peer). Importing it enables `model.fit`. */
export type { ImageChanges } from './training/augment.ts';
export { changeImages } from './training/augment.ts';
export type { TfjsBackend } from './training/backend.ts';
export { trainingBackend } from './training/backend.ts';
export { fit } from './training/fit.ts';
export type { Digits, Mnist } from './training/mnist.ts';
export { loadMnist, loadMnistSet } from './training/mnist.ts';
export { recipes } from './training/recipes/all.ts';
export type { Recipe, Trained, TrainOptions } from './training/recipes/recipe.ts';
export { trainRecipe } from './training/recipes/recipe.ts';
