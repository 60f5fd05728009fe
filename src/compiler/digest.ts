import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Graph } from '../graph/graph.ts';

/** SHA-256 over the structure and the weights (as 64-bit floats, little-endian) of a network, hexadecimal. */
export function modelDigest(graph: Graph): string {
  const hash = sha256.create();
  const nodes = graph.nodes.map(({ op, name, inputs, attributes, weights }) => {
    return { op, name, inputs, attributes: sorted(attributes), weights: Object.keys(weights).sort() };
  });
  hash.update(utf8ToBytes(JSON.stringify({ inputShape: graph.inputShape, nodes, input: graph.input })));
  for (const { weights } of graph.nodes) {
    for (const name of Object.keys(weights).sort()) {
      hash.update(utf8ToBytes(JSON.stringify(weights[name]!.shape)));
      hash.update(littleEndian(weights[name]!.data));
    }
  }
  return bytesToHex(hash.digest());
}

const sorted = (attributes: Readonly<Record<string, unknown>>): [string, unknown][] =>
  Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));

function littleEndian(data: Float32Array | Float64Array): Uint8Array {
  const bytes = new Uint8Array(data.length * 8);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < data.length; i++) view.setFloat64(8 * i, data[i]!, true);
  return bytes;
}
