import { nttOf, type PeerNtt } from './peer-ntt.ts';
import { loadSeal, sealVersion } from './seal.ts';

/** The peer's transforms at ring degree n, and its version. */
export async function peerNtt(n: number): Promise<PeerNtt & { readonly version: string }> {
  return { version: sealVersion(), ...nttOf(await loadSeal(), n) };
}
