import { describe, expect, it } from 'vitest';
import { firstOctant, fromOctant } from './unit-roots.ts';

describe('roots of unity in doubles', () => {
  it('are within one unit in the last place of the library, all around the circle', () => {
    const order = 2 ** 13;
    const octant = firstOctant(order);
    for (let m = 0; m < order; m++) {
      const [c, s] = fromOctant(octant, order, m);
      const angle = (2 * Math.PI * m) / order;
      // The angle itself is rounded: by 2^-51 at most.
      expect(Math.abs(c - Math.cos(angle))).toBeLessThan(2 ** -50);
      expect(Math.abs(s - Math.sin(angle))).toBeLessThan(2 ** -50);
    }
  });

  it('are the nearest doubles: known digits', () => {
    const { cos, sin } = firstOctant(24);
    expect(cos[0]).toBe(1);
    expect(sin[0]).toBe(0);
    expect(cos[3]).toBe(Math.SQRT1_2);
    expect(sin[3]).toBe(Math.SQRT1_2);
    expect(sin[2]).toBe(0.5);
    expect(cos[2]).toBe(Math.sqrt(3) / 2);
  });

  it('are the same numbers in every engine', () => {
    const { cos, sin } = firstOctant(2 ** 17);
    const bits = new BigUint64Array(Float64Array.of(...[1, 77, 4096, 12345].flatMap((k) => [cos[k]!, sin[k]!])).buffer);
    expect([...bits].map((x) => x.toString(16))).toEqual([
      '3fefffffff62161a',
      '3f0921fb541ad59e',
      '3feffff1b6b2e93f',
      '3f6e3cdde16a4c4a',
      '3fef6297cff75cb0',
      '3fc8f8b83c69a60b',
      '3fea8ef01721cdfc',
      '3fe1d9d369459ae3',
    ]);
  });
});
