import type { MakeTarget } from './target.ts';

/** Every way in for bytes from outside. A new one is a line here; its corpus is in the folder of its name. */
export const registry: Readonly<Record<string, () => Promise<MakeTarget>>> = {
  parameters: async () => (await import('./targets/objects.ts')).parameters,
  'public-key': async () => (await import('./targets/objects.ts')).publicKey,
  'relinearization-key': async () => (await import('./targets/objects.ts')).relinearizationKey,
  'galois-keys': async () => (await import('./targets/objects.ts')).galoisKeys,
  ciphertexts: async () => (await import('./targets/objects.ts')).ciphertexts,
  'integer-ciphertexts': async () => (await import('./targets/objects.ts')).integerCiphertexts,
  plaintexts: async () => (await import('./targets/objects.ts')).plaintexts,
  'integer-plaintexts': async () => (await import('./targets/objects.ts')).integerPlaintexts,
  'secret-key-file': async () => (await import('./targets/secret.ts')).secretKeyFile,
  'evaluate-ckks': async () => (await import('./targets/evaluate.ts')).evaluateCkks,
  'evaluate-bfv': async () => (await import('./targets/evaluate.ts')).evaluateBfv,
  plan: async () => (await import('./targets/plans.ts')).serverPlan,
  'client-plan': async () => (await import('./targets/plans.ts')).clientPlanBytes,
  model: async () => (await import('./targets/plans.ts')).model,
};
