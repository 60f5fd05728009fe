/**
 * The conformance suite proves itself: it passes over the kernel as it is, and catches each deliberate fault. Needs a C++
 * compiler and, for the faults that only vector forms have, a processor with AVX2.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { buildKernel, folder, remove, runConformance } from './build.ts';
import { faults } from './faults.ts';

const into = folder();
afterAll(() => remove(into));

describe('deliberate faults', () => {
  it('there are at least 20, numbered from 1', () => {
    expect(faults.length).toBeGreaterThanOrEqual(20);
    expect(faults.map((f) => f.id)).toEqual(faults.map((_, i) => i + 1));
  });

  for (const kernel of new Set(faults.map((f) => f.kernel))) {
    it(`the kernel without faults passes (${kernel})`, () => {
      const { broken, failed, passed } = runConformance(into, buildKernel(into, 0), kernel, false);
      expect(broken).toBeUndefined();
      expect(failed).toEqual([]);
      expect(passed).toBeGreaterThan(20);
    });
  }

  for (const { id, what, kernel } of faults) {
    it(`${id} is caught: ${what} (${kernel})`, () => {
      const { broken, failed } = runConformance(into, buildKernel(into, id), kernel, true);
      expect(broken).toBeUndefined();
      expect(failed.length, 'tests that failed').toBeGreaterThan(0);
    });
  }
});
