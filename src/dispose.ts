/**
 * Makes `using` work on engines that lack it: the built code and the programs of users are compiled to calls of
 * `Symbol.dispose`, which has to be there before the first class body names a method by it. `errors.ts`, which every
 * module with a class imports, calls this; a bundler cannot drop it as it could an import without names.
 */
export function ensureDispose(): void {
  for (const name of ['dispose', 'asyncDispose'] as const)
    if (typeof Symbol[name] !== 'symbol') define(Symbol, name, { value: Symbol(`Symbol.${name}`) });
  const scope = globalThis as { SuppressedError?: unknown };
  if (typeof scope.SuppressedError !== 'function')
    define(scope, 'SuppressedError', { value: suppressedErrorClass(), writable: true, configurable: true });
}

const define = (target: object, name: string, how: PropertyDescriptor): unknown =>
  Object.defineProperty(target, name, how);

/** What a scope throws when a disposal fails after its body failed: both errors in one. */
const suppressedErrorClass = () =>
  class SuppressedError extends Error {
    override readonly name = 'SuppressedError';
    readonly error: unknown;
    readonly suppressed: unknown;

    constructor(error: unknown, suppressed: unknown, message?: string) {
      super(message);
      this.error = error;
      this.suppressed = suppressed;
    }
  };
