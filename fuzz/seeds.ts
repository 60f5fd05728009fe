/** Writes the valid objects of every target into the folder of its name: `seeds.mjs FOLDER [TARGET...]`. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openTarget } from './open.ts';
import { registry } from './registry.ts';
import { sealSamples } from './seal-samples.ts';

const [folder = 'build/fuzz/seeds', ...wanted] = process.argv.slice(2);
const foreign = await sealSamples();
for (const name of wanted.length > 0 ? wanted : Object.keys(registry)) {
  const { kernel, target } = await openTarget(name);
  mkdirSync(join(folder, name), { recursive: true });
  const samples = [...target.samples, ...(foreign[name] ?? [])];
  for (const bytes of samples) writeFileSync(join(folder, name, createHash('sha1').update(bytes).digest('hex')), bytes);
  console.log(`${name}: ${samples.map((bytes) => bytes.length).join(', ')} bytes`);
  target.dispose?.();
  kernel.close();
}
