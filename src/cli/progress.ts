import { Presets, SingleBar } from 'cli-progress';

/** A progress bar with an ETA on a terminal, silent elsewhere. Units are whatever the caller counts. */
export interface Progress {
  update(done: number, label?: string): void;
  stop(): void;
}

const silent: Progress = { update: () => {}, stop: () => {} };

export function progress(total: number, what: string, quiet: boolean): Progress {
  if (quiet || !process.stderr.isTTY) return silent;
  const bar = new SingleBar(
    {
      format: `${what} {bar} {percentage}% | {value}/{total} | ETA {eta_formatted} {label}`,
      hideCursor: true,
      stream: process.stderr,
    },
    Presets.shades_classic,
  );
  bar.start(total, 0, { label: '' });
  return {
    update: (done, label = '') => bar.update(done, { label }),
    stop: () => bar.stop(),
  };
}
