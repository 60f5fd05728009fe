/** Secret key files. */

import type { Kernel } from '../../src/kernel/kernel.ts';
import { loadSecretKey, saveSecretKey } from '../../src/rlwe/secret/secret-key-file.ts';
import type { Read, Target } from '../target.ts';
import { ckksParameters, party } from './objects.ts';

const passphrase = 'correct horse';
const COST_AT = 7;

/**
 * The cost of the passphrase is the file's own: within its limits it may take a second and a gigabyte, as stated. Here
 * files of a high cost are read as ones of a low cost.
 */
function cheap(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 16) return bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const [logN, r, p] = [bytes[COST_AT]!, view.getUint32(8, true), view.getUint32(12, true)];
  if (logN > 20 || r > 32 || p > 16 || 2 ** logN * r * p <= 512) return bytes;
  const copy = bytes.slice();
  copy.set([1, 1, 0, 0, 0, 1, 0, 0, 0], COST_AT);
  return copy;
}

export async function secretKeyFile(kernel: Kernel): Promise<Target> {
  const { context, secretKey } = party(kernel, ckksParameters);
  const options = { passphrase, insecureLogCostForTests: 1, insecureSeedForTests: new Uint8Array(32).fill(9) };
  const sample = await saveSecretKey(secretKey, options);
  secretKey.dispose();
  return {
    samples: [sample],
    isAsync: true,
    read: async (bytes): Promise<Read> => {
      const key = await loadSecretKey(context, cheap(bytes), { passphrase });
      return { dispose: () => key.dispose() };
    },
    bound: (length) => 2 ** 21 + 16 * length,
    dispose: () => context.dispose(),
  };
}
