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
    const found: Found[] = [];
    for (const name of await this.#names()) {
      const match = NAME.exec(name);
      if (match === null) continue;
      const stat = await typed(lstat(join(this.#path, name)));
      if (!stat.isFile()) throw notAFile(name);
      found.push({ id: match[1]!, bytes: stat.size, isWhole: match[2] === undefined });
    }
    return found;
  }

  async #names(): Promise<readonly string[]> {
    await typed(mkdir(this.#path, { recursive: true, mode: 0o700 }));
    return typed(readdir(this.#path));
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
    await typed(rename(this.#part(id), this.#whole(id)));
  }

  async *read(id: string, part?: { readonly bytes: number }): AsyncIterable<Uint8Array> {
    const file = await typed(open(part ? this.#part(id) : this.#whole(id), O_RDONLY | O_NOFOLLOW));
    try {
      for (let at = 0; ; ) {
        const chunk = new Uint8Array(Math.min(CHUNK_BYTES, (part?.bytes ?? Number.POSITIVE_INFINITY) - at));
        const { bytesRead } = await typed(file.read(chunk, 0, chunk.length, at));
        if (bytesRead === 0) return;
        at += bytesRead;
        yield chunk.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  }

  async remove(id: string): Promise<void> {
    await typed(rm(this.#part(id), { force: true }));
    await typed(rm(this.#whole(id), { force: true }));
  }

  #whole(id: string): string {
    return join(this.#path, id);
  }

  #part(id: string): string {
    return join(this.#path, `${id}.part`);
  }
}

async function withFile(path: string, flags: number, work: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await typed(open(path, flags | O_NOFOLLOW, 0o600));
  try {
    await typed(work(file));
  } finally {
    await file.close();
  }
}

/** What the operating system refuses, under a code of ours; its own code (ENOSPC, EACCES) is what was met. */
async function typed<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new HesperError('storage-failure', "the store's directory failed", {
      met: (error as NodeJS.ErrnoException).code ?? 'an unknown error',
      wanted: 'a directory that can be read and written, with room left',
      remedy:
        'Nothing that was acknowledged is lost: make room or give access, then go on from the offset that begin names',
    });
  }
}

const notAFile = (met: string): HesperError =>
  new HesperError('invalid-argument', 'something that is no file stands in the directory of the store', {
    met,
    wanted: 'files',
    remedy: 'Give the store a directory of its own',
  });
