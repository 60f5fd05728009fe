/*
 * Writes the known answers of the format's version: node test/known-answers/make.mjs (after npm run build). Once a release
 * has been made the files of a version never change; a new version of the format gets a folder of its own.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import * as he from 'hesper/he';
import { bfvAnswers, ckksAnswers, secretKeyFiles } from './answers.mjs';

const folder = new URL('v4/', import.meta.url);
mkdirSync(folder, { recursive: true });
const kernel = await he.loadKernel();
const write = (name, bytes) => writeFileSync(new URL(`${name}.bin`, folder), bytes);
const answers = { ...ckksAnswers(he, kernel), ...bfvAnswers(he, kernel) };
for (const [name, bytes] of Object.entries(answers)) write(name, bytes);
for (const [name, bytes] of Object.entries(await secretKeyFiles(he, kernel)))
  if (!existsSync(new URL(`${name}.bin`, folder))) write(name, bytes);
kernel.close();
