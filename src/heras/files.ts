import { HesperError } from '../errors.ts';

/** Writes a temporary file beside the path and renames it: the path holds the old bytes or all of the new ones. */
export async function writeAtomically(path: string, bytes: Uint8Array): Promise<void> {
  const { open, rename, rm } = await import('node:fs/promises');
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw notWritable(path, error);
  }
}

/** Throws 'invalid-argument' if a file cannot be made beside the path: to know before long work. */
export async function checkWritable(path: string): Promise<void> {
  const { rm, stat, writeFile } = await import('node:fs/promises');
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    await writeFile(temporary, '', { flag: 'wx' });
    await rm(temporary);
  } catch (error) {
    throw notWritable(path, error);
  }
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory()) throw notWritable(path, { code: 'EISDIR' });
}

/** Throws 'missing-data'. */
export async function readBytes(path: string | URL): Promise<Uint8Array> {
  const { readFile } = await import('node:fs/promises');
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    throw new HesperError('missing-data', 'The file cannot be read', {
      met: { path: String(path), reason: reason(error) },
      remedy: 'Check the path.',
    });
  }
}

const notWritable = (path: string, error: unknown) =>
  new HesperError('invalid-argument', 'The file cannot be written', {
    met: { path, reason: reason(error) },
    remedy: 'Name a path in a folder that exists and may be written.',
  });

const reason = (error: unknown): string => (error as NodeJS.ErrnoException)?.code ?? String(error);
