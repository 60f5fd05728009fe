/** Writes the valid objects of every target into the folder of its name. `seeds.js FOLDER [TARGET...]` */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openTarget } from './open.ts';
import { registry } from './registry.ts';

const [folder = 'build/fuzz/seeds', ...wanted] = process.argv.slice(2);
for (const name of wanted.length > 0 ? wanted : Object.keys(registry)) {
  const { kernel, target } = await openTarget(name);
  mkdirSync(join(folder, name), { recursive: true });
  for (const bytes of target.samples)
    writeFileSync(join(folder, name, createHash('sha1').update(bytes).digest('hex')), bytes);
  console.log(`${name}: ${target.samples.map((bytes) => bytes.length).join(', ')} bytes`);
  target.dispose?.();
  kernel.close();
}
