/** A list as long as T, tuples included, of R: `const [x, y] = encryptSymmetric(key, [a, b])` has both. */
export type Each<T extends readonly unknown[], R> = { -readonly [K in keyof T]: R };
