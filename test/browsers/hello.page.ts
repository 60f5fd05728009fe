/** What a page can do here. */
export const facts = () => ({
  isolated: globalThis.crossOriginIsolated,
  worker: typeof document === 'undefined',
  simd: WebAssembly.validate(
    new Uint8Array([
      0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 17, 11,
    ]),
  ),
});

export const double = async (bytes: readonly number[]): Promise<number[]> => {
  const response = await fetch('/double', { method: 'POST', body: Uint8Array.from(bytes) });
  return [...new Uint8Array(await response.arrayBuffer())];
};

export const fail = (): never => {
  throw new RangeError('as asked');
};

export const hang = (): Promise<never> => new Promise(() => {});
