import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HesperError } from '../../errors.ts';
import type { Found, Shelf } from './shelf.ts';

const CHUNK_BYTES = 2 ** 20;
const NAME = /^([0-9a-f]{64})(\.part)?$/;
const { O_CREAT, O_NOFOLLOW = 0, O_RDONLY, O_WRONLY } = constants;

/**
 * Objects as files of a directory that belongs to the store: `<id>`, and `<id>.part` while on their way. Nothing else in
 * it is touched, and links are not followed.
 */
export class DirectoryShelf implements Shelf {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async list(): Promise<readonly Found[]> {
    await mkdir(this.#path, { recursive: true, mode: 0o700 });
    const found: Found[] = [];
    for (const name of await readdir(this.#path)) {
      const match = NAME.exec(name);
      if (match === null) continue;
      const stat = await lstat(join(this.#path, name));
      if (!stat.isFile()) throw notAFile(name);
      found.push({ id: match[1]!, bytes: stat.size, isWhole: match[2] === undefined });
    }
    return found;
  }

  async write(id: string, offset: number, chunk: Uint8Array): Promise<void> {
    await withFile(this.#part(id), O_WRONLY | O_CREAT, async (file) => {
      for (let at = 0; at < chunk.length; ) {
        const { bytesWritten } = await file.write(chunk, at, chunk.length - at, offset + at);
        at += bytesWritten;
      }
    });
  }

  async seal(id: string): Promise<void> {
    await withFile(this.#part(id), O_WRONLY, (file) => file.sync());
    await rename(this.#part(id), this.#whole(id));
  }

  async *read(id: string, part?: { readonly bytes: number }): AsyncIterable<Uint8Array> {
    const file = await open(part ? this.#part(id) : this.#whole(id), O_RDONLY | O_NOFOLLOW);
    try {
      for (let at = 0; ; ) {
        const chunk = new Uint8Array(Math.min(CHUNK_BYTES, (part?.bytes ?? Number.POSITIVE_INFINITY) - at));
        const { bytesRead } = await file.read(chunk, 0, chunk.length, at);
        if (bytesRead === 0) return;
        at += bytesRead;
        yield chunk.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  }

  async remove(id: string): Promise<void> {
    await rm(this.#part(id), { force: true });
    await rm(this.#whole(id), { force: true });
  }

  #whole(id: string): string {
    return join(this.#path, id);
  }

  #part(id: string): string {
    return join(this.#path, `${id}.part`);
  }
}

async function withFile(path: string, flags: number, work: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, flags | O_NOFOLLOW, 0o600);
  try {
    await work(file);
  } finally {
    await file.close();
  }
}

const notAFile = (met: string): HesperError =>
  new HesperError('invalid-argument', 'something that is no file stands in the directory of the store', {
    met,
    wanted: 'files',
    remedy: 'Give the store a directory of its own',
  });
