/**
 * A file of calls of the kernel's flat border, with what each must return: read by kernel/tests/replay.cpp.
 * Little-endian: "HESPER CASES 1\n\0", the number of functions and their names (length and bytes), then calls: the number
 * of the function (one byte), its arguments by the letters of `signatures` (i: int32; f: double; arrays: uint32 length
 * and elements; written arrays: length, one byte for how they compare, and what is expected, where they do), and the
 * status or handle that it returns (int32). Function 255 (int32 handle, n, rows) is not of the kernel: the rows are values
 * of a polynomial in the order of a kernel of two lanes, and go to the places of the kernel at hand.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { type Argument, type Name, signatures, symbolOf } from '../../src/kernel/border.ts';

/**
 * How a written array compares. A row of n values that is in NTT form (`inOrder` is 1 for it) is in the order of the
 * roots, index j for root^(2j+1). `agreed`: doubles that were rounded; not the reference's, but those of every variant.
 */
export type Expected =
  | { readonly compare: 'exact'; readonly data: Argument }
  | {
      readonly compare: 'order of roots';
      readonly data: Float64Array;
      readonly n: number;
      readonly inOrder: Uint8Array;
    }
  | { readonly compare: 'agreed'; readonly data: Argument };

const compareNumber = { exact: 1, 'order of roots': 2, agreed: 3 } as const;
const names = Object.keys(signatures) as Name[];

export class CaseFile {
  readonly #file: number;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;

  constructor(path: string) {
    this.#file = openSync(path, 'w');
    this.#text('HESPER CASES 1\n\0');
    this.#uint32(names.length);
    for (const name of names) {
      this.#uint32(symbolOf(name).length);
      this.#text(symbolOf(name));
    }
  }

  /** One call; `expected` by the index of a written array; those without an entry are not compared. */
  call(name: Name, args: readonly Argument[], expected: ReadonlyMap<number, Expected>, status: number): void {
    this.#bytes(Uint8Array.of(names.indexOf(name)));
    [...signatures[name]].forEach((kind, i) => {
      const x = args[i]!;
      if (typeof x === 'number') this.#bytes(bytesOf(kind === 'i' ? Int32Array.of(x) : Float64Array.of(x)));
      else if (kind === 'G' || kind === 'C') this.#written(x, expected.get(i));
      else this.#array(x);
    });
    this.#bytes(bytesOf(Int32Array.of(status)));
  }

  arrange(handle: number, n: number, rows: number): void {
    this.#bytes(Uint8Array.of(255));
    this.#bytes(bytesOf(Int32Array.of(handle, n, rows)));
  }

  close(): void {
    this.#flush();
    closeSync(this.#file);
  }

  #written(x: Argument & object, expected: Expected | undefined): void {
    this.#uint32(x.length);
    this.#bytes(Uint8Array.of(expected === undefined ? 0 : compareNumber[expected.compare]));
    if (expected === undefined) return;
    if (expected.compare === 'order of roots') {
      this.#uint32(expected.n);
      this.#bytes(expected.inOrder);
    }
    this.#bytes(bytesOf(expected.data as Argument & object));
  }
  #array(x: Argument & object): void {
    this.#uint32(x.length);
    this.#bytes(bytesOf(x));
  }
  #uint32(x: number): void {
    this.#bytes(bytesOf(Int32Array.of(x)));
  }
  #text(text: string): void {
    this.#bytes(new TextEncoder().encode(text));
  }
  #bytes(bytes: Uint8Array): void {
    this.#pending.push(bytes.slice());
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes > 1 << 22) this.#flush();
  }
  #flush(): void {
    const all = Buffer.concat(this.#pending);
    for (let at = 0; at < all.length; ) at += writeSync(this.#file, all, at);
    this.#pending = [];
    this.#pendingBytes = 0;
  }
}

const bytesOf = (x: Int32Array | Float64Array | Uint8Array): Uint8Array =>
  new Uint8Array(x.buffer, x.byteOffset, x.byteLength);
