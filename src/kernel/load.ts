import { HesperError } from '../errors.ts';
import { type Border, checkStatus } from './border.ts';
import { BoundKernel, variantFeatures, variantNames } from './bound-kernel.ts';
import type { Kernel, KernelVariant } from './kernel.ts';
import { isNode, loadNative, type NativeResult } from './native.ts';
import { loadWasm } from './wasm.ts';
import { hasRelaxedSimd, hasSimd } from './wasm-module.ts';

export interface LoadOptions {
  /** Default: the environment variable HESPER_KERNEL, else the fastest that runs here. */
  readonly variant?: KernelVariant;
  /**
   * 1 to 256. Default: the environment variable HESPER_THREADS, else the number of cores, in browsers at most 16. In a
   * browser there is one thread unless the page is cross-origin isolated and the caller is a worker; `reason` tells.
   */
  readonly threads?: number;
  /**
   * What not to use though it is there: `vnni: false` of the AVX-512 variant, `relaxed: false` the fused multiply-add of
   * WebAssembly's relaxed SIMD.
   */
  readonly features?: { readonly vnni?: boolean; readonly relaxed?: boolean };
}

export interface KernelFacts {
  readonly variant: KernelVariant;
  readonly features: readonly string[];
  readonly available: boolean;
  /** Why it can or cannot be used here. */
  readonly reason: string;
}

const choices = ['avx512', 'avx2', 'neon', 'scalar', 'wasm'] as const;
/** By default: more would hold memory of a page that may not be the only one. */
const BROWSER_THREADS = 16;
type Choice = (typeof choices)[number];

/** Every variant, the fastest first, and whether it runs here. */
export async function availableKernels(): Promise<KernelFacts[]> {
  const native = await loadNative();
  const facts = choices.map((variant) => (variant === 'wasm' ? wasmFacts() : nativeFacts(native, variant)));
  const reference = {
    variant: 'reference' as const,
    features: [],
    available: true,
    reason: 'BigInt oracle, for tests',
  };
  return [...facts, reference];
}

function nativeFacts(native: NativeResult, variant: Exclude<Choice, 'wasm'>): KernelFacts {
  if ('reason' in native) return { variant, features: [], available: false, reason: native.reason };
  const { built, runnable } = { built: native.border.built(), runnable: native.border.runnable() };
  const has = (set: number, id: number): boolean => ((set >> id) & 1) === 1;
  const id = variantNames.indexOf(variant);
  const best = variant === 'avx512' && has(runnable, 3) ? 3 : id;
  const features = has(built, best) ? variantFeatures(native.border, best) : [];
  if (!has(built, id)) return { variant, features, available: false, reason: `not built for ${process.arch}` };
  const available = has(runnable, id);
  return {
    variant,
    features,
    available,
    reason: available ? 'the processor has it' : `this processor lacks ${features.join(', ')}`,
  };
}

function wasmFacts(): KernelFacts {
  const available = hasSimd();
  const reason = available ? 'WebAssembly SIMD runs everywhere' : 'this JavaScript engine lacks WebAssembly SIMD';
  const features = hasRelaxedSimd() ? ['simd128', 'relaxed-simd'] : ['simd128'];
  return { variant: 'wasm', features, available, reason };
}

/**
 * The kernel. Throws 'kernel-unavailable' when the variant asked for cannot run here, and 'invalid-argument' for options
 * or environment variables that make no sense.
 */
export async function loadKernel(options: LoadOptions = {}): Promise<Kernel> {
  const wanted = options.variant ?? fromEnvironment();
  if (wanted === 'reference') return (await import('./reference.ts')).createReferenceKernel();
  if (wanted !== undefined && !(choices as readonly string[]).includes(wanted)) throw unknownVariant(wanted);
  const threads = await threadCount(options);
  if (wanted === 'wasm') return openWasm(threads, asked(options), options);
  const native = await loadNative();
  const facts = await availableKernels();
  const best = facts.find((f) => f.available && (wanted === undefined || f.variant === wanted));
  if (!best || best.variant === 'reference') throw unavailable(wanted, facts);
  const reason = wanted === undefined ? chosenBecause(best, facts) : asked(options);
  if (best.variant === 'wasm' || 'reason' in native) return openWasm(threads, reason, options);
  const whence = `${reason}; ${native.origin}`;
  return openNative(native.border, best.variant, threads, whence, options.features?.vnni !== false);
}

function openNative(border: Border, variant: KernelVariant, threads: number, reason: string, vnni: boolean): Kernel {
  const runnable = checkStatus(border, 'runnable', border.runnable());
  const withVnni = variant === 'avx512' && vnni && ((runnable >> 3) & 1) === 1;
  const variantId = withVnni ? 3 : (variantNames as readonly string[]).indexOf(variant);
  return new BoundKernel(border, { variant, variantId, threads, reason });
}

async function openWasm(wanted: number, choice: string, { features }: LoadOptions): Promise<Kernel> {
  if (!hasSimd()) throw unavailable('wasm', await availableKernels());
  const { border, threads, onClose, reason: why } = await loadWasm(wanted, features?.relaxed !== false);
  const extraFeatures = threads > 1 ? ['threads'] : [];
  const reason = `${choice}; ${why}`;
  return new BoundKernel(border, {
    variant: 'wasm',
    variantId: variantNames.indexOf('wasm'),
    threads,
    reason,
    extraFeatures,
    onClose,
  });
}

function chosenBecause(best: KernelFacts, facts: readonly KernelFacts[]): string {
  const passed = facts.slice(0, facts.indexOf(best)).map((f) => `${f.variant}: ${f.reason}`);
  const unique = new Set(passed.map((p) => p.slice(p.indexOf(':') + 2)));
  if (passed.length === 0) return 'the fastest variant, and the processor has it';
  return `the fastest that runs here (${unique.size === 1 ? [...unique][0] : passed.join('; ')})`;
}

const asked = (options: LoadOptions): string =>
  options.variant ? 'asked for by the program' : 'asked for by HESPER_KERNEL';

const environment = (name: string): string | undefined => (isNode() ? process.env[name] || undefined : undefined);

const fromEnvironment = (): KernelVariant | undefined => environment('HESPER_KERNEL') as KernelVariant | undefined;

async function threadCount(options: LoadOptions): Promise<number> {
  const fromEnv = environment('HESPER_THREADS');
  const threads = options.threads ?? (fromEnv === undefined ? undefined : Number(fromEnv));
  if (threads === undefined) {
    if (!isNode()) return Math.min(BROWSER_THREADS, globalThis.navigator?.hardwareConcurrency ?? 1);
    const { availableParallelism } = await import('node:os');
    return Math.min(256, availableParallelism());
  }
  if (Number.isInteger(threads) && threads >= 1 && threads <= 256) return threads;
  throw new HesperError('invalid-argument', 'The number of threads makes no sense', {
    met: options.threads ?? fromEnv,
    wanted: '1 to 256',
    remedy: 'Set the option threads or HESPER_THREADS to a whole number, or leave both away.',
  });
}

function unknownVariant(met: string): HesperError {
  return new HesperError('invalid-argument', 'There is no such kernel', {
    met,
    wanted: choices.join(', '),
    remedy: 'Set HESPER_KERNEL or the option variant to one of these, or leave both away.',
  });
}

function unavailable(wanted: string | undefined, facts: readonly KernelFacts[]): HesperError {
  const usable = facts.filter((f) => f.available && f.variant !== 'reference').map((f) => f.variant);
  const why = facts.find((f) => f.variant === wanted)?.reason ?? 'none runs here';
  return new HesperError('kernel-unavailable', `The kernel ${wanted ?? ''} cannot run here: ${why}`, {
    met: wanted,
    wanted: usable.join(', '),
    remedy: 'Choose one of those, build the native kernel with "npm run build:native", or leave the choice to Hesper.',
  });
}
