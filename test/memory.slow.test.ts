import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('memory-batches.mjs', import.meta.url));

/** V8 grows its young generation, for garbage, in steps of its own choosing; at a fixed size what is seen is ours. */
const FIXED_YOUNG_GENERATION = '--max-semi-space-size=1';

describe('memory', () => {
  it.each(['', 'wasm'])('does not grow over 1,000 batches (kernel: %s)', (variant) => {
    const out = execFileSync(process.execPath, [FIXED_YOUNG_GENERATION, script, ...(variant ? [variant] : [])], {
      encoding: 'utf8',
    });
    const { kernel, after50, after1000, kept } = JSON.parse(out);
    console.error(
      `${kernel}: RSS ${(after50 / 1e6).toFixed(1)} MB after 50, ${(after1000 / 1e6).toFixed(1)} MB after 1,000`,
    );
    expect(kept).toBe(0);
    expect(after1000).toBeLessThan(1.05 * after50);
  });
});
