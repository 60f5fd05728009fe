import { HesperError } from '../../errors.ts';
import type { Ciphertext, Form } from '../../rlwe/ciphertext.ts';
import type { RelinearizationKey } from '../../rlwe/evaluation-keys.ts';
import { relinearize } from '../../rlwe/key-switch.ts';
import type { Scheme } from '../../rlwe/parameters.ts';
import { inShapes, share } from './lists.ts';

/** Ciphertexts of any numbers of parts, all of one form, to two parts. @throws 'missing-evaluation-key' */
export function relinearizeAll<S extends Scheme, F extends Form>(
  cts: readonly Ciphertext<S, F>[],
  key: RelinearizationKey | undefined,
): Ciphertext<S, F>[] {
  if (key === undefined && cts.some((ct) => ct.parts > 2)) throw missingKey();
  return inShapes(cts, (group) => (group[0]!.parts === 2 ? share(group) : relinearize(group, key!)));
}

const missingKey = (): HesperError =>
  new HesperError('missing-evaluation-key', 'relinearizeAll needs a relinearisation key', {
    met: 'no key',
    wanted: 'relinearizationKey',
    remedy: 'Give the evaluator the key that the secret-key owner made, or never relinearise',
  });
