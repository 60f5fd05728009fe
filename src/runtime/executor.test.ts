import { describe, expect, it } from 'vitest';
import { createClearEvaluator } from '../evaluator/clear.ts';
import type { Evaluator } from '../evaluator/evaluator.ts';
import { record } from '../evaluator/record.ts';
import { execute, executeSync } from './executor.ts';

const program = record(1, 2, (ev, cts) => ev.squareAll(ev.addPlain(ev.squareAll(cts, undefined), [1, 2]), undefined));
const inputs = (): Float64Array[] => [Float64Array.of(2), Float64Array.of(3)];
const ev = createClearEvaluator(1);
const code = (wanted: string) => expect.objectContaining({ code: wanted });

describe('executor', () => {
  it('returns the results, reports progress and frees values at their last use', async () => {
    const freed: number[] = [];
    const progress: string[] = [];
    const options = {
      release: (ct: Float64Array) => freed.push(ct[0]!),
      onProgress: ({ done, total, verb }: { done: number; total: number; verb: string }) =>
        progress.push(`${done}/${total} ${verb}`),
    };
    const wanted = [Float64Array.of(25), Float64Array.of(121)];
    expect(await execute({ program }, ev, inputs(), options)).toEqual(wanted);
    expect(freed).toEqual([4, 9, 5, 11]);
    expect(progress).toEqual(['1/3 squareAll', '2/3 addPlain', '3/3 squareAll']);
    expect(executeSync({ program }, ev, inputs())).toEqual(wanted);
  });

  it('stops between jobs when asked to, and frees everything', async () => {
    const abort = new AbortController();
    const freed: number[] = [];
    const run = execute({ program }, ev, inputs(), {
      signal: abort.signal,
      releaseInputs: true,
      release: (ct) => freed.push(ct[0]!),
      onProgress: ({ done }) => {
        if (done === 2) abort.abort();
      },
    });
    await expect(run).rejects.toThrowError(code('aborted'));
    expect(freed).toEqual([2, 3, 4, 9, 5, 11]);
    await expect(execute({ program }, ev, inputs(), { signal: abort.signal })).rejects.toThrowError(code('aborted'));
  });

  it('frees everything when a job fails', async () => {
    const failing: Evaluator<Float64Array> = {
      ...ev,
      addPlain: () => {
        throw new Error('out of order');
      },
    };
    for (const run of [execute, async (...a: Parameters<typeof executeSync<Float64Array>>) => executeSync(...a)]) {
      const freed: number[] = [];
      const release = (ct: Float64Array): void => {
        freed.push(ct[0]!);
      };
      await expect(run({ program }, failing, inputs(), { release, releaseInputs: true })).rejects.toThrowError('order');
      expect(freed).toEqual([2, 3, 4, 9]);
    }
  });

  it('frees inputs that nothing needs, if they are its own', () => {
    const first = record(1, 2, (ev, [a]) => ev.squareAll(ev.squareAll([a!], undefined), undefined));
    const freed: number[] = [];
    const release = (ct: Float64Array) => freed.push(ct[0]!);
    expect(executeSync({ program: first }, ev, inputs(), { release, releaseInputs: true })).toEqual([
      Float64Array.of(16),
    ]);
    expect(freed.sort()).toEqual([2, 3, 4]);
    freed.length = 0;
    executeSync({ program: first }, ev, inputs(), { release });
    expect(freed).toEqual([4]);
  });

  it('refuses a wrong number of inputs', async () => {
    await expect(execute({ program }, ev, inputs().slice(1))).rejects.toThrowError(code('shape-mismatch'));
  });
});
