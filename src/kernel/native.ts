import { type Border, makeBorder, symbolOf } from './border.ts';

type Addon = Record<string, (...args: unknown[]) => number>;

/** `origin`: which file it is, and why not one that would have come before it. */
export type NativeResult = { readonly border: Border; readonly origin: string } | { readonly reason: string };

export const isNode = (): boolean => typeof process !== 'undefined' && process.versions?.node !== undefined;

/** This module's address, in a variable so that bundlers do not take the addon's paths for assets. */
const here = import.meta.url;

interface Place {
  /** As people are told of it. */
  readonly name: string;
  readonly path: string;
  /** Its line in the list of checksums; prebuilt files only. */
  readonly listed?: string;
}

/** Where the addon may lie, in the order of preference; the same from src/kernel and dist/kernel. */
async function places(): Promise<Place[]> {
  const { fileURLToPath } = await import('node:url');
  const { existsSync } = await import('node:fs');
  const inPackage = (name: string): Place => ({ name, path: fileURLToPath(new URL(`../../${name}`, here)) });
  const listed = `${process.platform}-${process.arch}/kernel.node`;
  const given = process.env.HESPER_KERNEL_FILE;
  return [
    ...(given ? [{ name: given, path: given }] : []),
    { ...inPackage(`prebuilds/${listed}`), listed },
    inPackage('build/native/kernel.node'),
  ].filter(({ path }) => existsSync(path));
}

/** Why a prebuilt file is not the one that was released, if it is not. */
async function damage({ path, listed }: Place): Promise<string | undefined> {
  if (listed === undefined) return undefined;
  const { readFile } = await import('node:fs/promises');
  const { createHash } = await import('node:crypto');
  const sums = await readFile(path.slice(0, -listed.length).concat('SHA256SUMS'), 'utf8').catch(() => '');
  const line = sums.split('\n').find((l) => l.endsWith(`  ${listed}`));
  if (line === undefined) return 'prebuilds/SHA256SUMS has no checksum for it';
  const found = createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
  return line.startsWith(`${found} `) ? undefined : 'its checksum is not that of prebuilds/SHA256SUMS';
}

/** The native border, or why there is none. */
export async function loadNative(): Promise<NativeResult> {
  if (!isNode()) return { reason: 'native kernels need Node' };
  const { createRequire } = await import('node:module');
  const passed: string[] = [];
  for (const place of here.startsWith('file:') ? await places() : []) {
    try {
      const damaged = await damage(place);
      if (damaged !== undefined) throw new Error(damaged);
      const addon = createRequire(here)(place.path) as Addon;
      const border = makeBorder((name) => addon[symbolOf(name)]!.bind(addon));
      return { border, origin: [`from ${place.name}`, ...passed].join('; not ') };
    } catch (error) {
      passed.push(`${place.name}: ${(error as Error).message.replace(`${place.path}: `, '')}`);
    }
  }
  const none = `no native kernel was built for ${process.platform}-${process.arch}`;
  return { reason: passed.join('; ') || none };
}
