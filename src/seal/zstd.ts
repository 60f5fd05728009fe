import { decompress } from 'fzstd';
import { malformed } from '../format/header.ts';

/** TEMP */
export function unzstd(bytes: Uint8Array, limit: number): Uint8Array {
  const out = decompress(bytes);
  if (out.length > limit) throw malformed('too large', out.length, limit);
  return out;
}
