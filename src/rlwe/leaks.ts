/**
 * What to do when an object is garbage-collected that was never disposed of: give back what it held, and in development
 * say so. Collection comes late or never, so `using` and `dispose()` stay the way to free memory.
 */
export interface Holding {
  /** What the object is, for the warning: 'ciphertext'. */
  readonly kind: string;
  /** Where it was made, see `birthplace`. */
  readonly place?: string | undefined;
  /**
   * Frees it. Must not refer to the object itself, and so is not made in its constructor: functions made there hold all that any
   * of them uses, `this` as well. A kernel that was closed meanwhile throws, and nothing was lost.
   */
  giveBack(): void;
}

const registry = new FinalizationRegistry<Holding>(onCollected);

/** From now on until `unwatch` the object counts as one that has to be disposed of. */
export const watch = (owner: object, holding: Holding): void => registry.register(owner, holding, owner);

export const unwatch = (owner: object): void => void registry.unregister(owner);

const environment: Record<string, string | undefined> = typeof process === 'undefined' ? {} : (process.env ?? {});
const debug = Boolean(environment.HESPER_DEBUG);
const development = debug || environment.NODE_ENV === 'development';
const quiet = !debug && (environment.NODE_ENV === 'production' || environment.NODE_ENV === 'test');

/**
 * The caller's stack under HESPER_DEBUG=1 or NODE_ENV=development. Elsewhere nothing: a stack costs more than a
 * ciphertext.
 */
export const birthplace = (): string | undefined => (development ? callers(wholeStack()) : undefined);

/** Ten frames, the default, may all be our own. */
function wholeStack(): string | undefined {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 50;
  const { stack } = new Error();
  Error.stackTraceLimit = stackTraceLimit;
  return stack;
}

/** The stack without this package's own frames, innermost first. */
function callers(stack = ''): string {
  const home = new URL('..', here).href;
  const frames = stack.split('\n').slice(1);
  const outside = frames.filter((frame) => !frame.includes(home));
  return (outside.length > 0 ? outside : frames).map((frame) => frame.trim()).join('\n    ');
}

/** This module's address, in a variable so that bundlers do not take its folder for an asset. */
const here = import.meta.url;

function onCollected(holding: Holding): void {
  try {
    holding.giveBack();
  } catch {
    return;
  }
  if (!quiet) warnOnce(holding);
}

const told = new Set<string>();

function warnOnce({ kind, place }: Holding): void {
  if (told.has(kind)) return;
  told.add(kind);
  const where = place === undefined ? 'Run with HESPER_DEBUG=1 to see where it was made.' : `It was made\n    ${place}`;
  const text = `A Hesper ${kind} was garbage-collected, but never disposed of: what it held was lost until now. Make it with "using", or call dispose(). Further ones are not reported. ${where}`;
  if (typeof process !== 'undefined' && typeof process.emitWarning === 'function')
    process.emitWarning(text, { type: 'HesperWarning', code: 'HESPER_LEAK' });
  else console.warn(text);
}
