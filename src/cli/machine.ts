import { cpus, loadavg, platform, release, totalmem } from 'node:os';
import type { Kernel } from '../he.ts';

/** Where a measurement was made. `fmaGigaPerSecond`: one core, lanes times instructions. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly os: string;
  readonly node: string;
  readonly fmaGigaPerSecond: number;
  readonly loadAverage: number;
}

/** Taken when the program starts: later it would show our own work. */
const loadAtStart = Math.round(loadavg()[0]! * 100) / 100;

export function describeMachine(kernel: Kernel): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    os: `${platform()} ${release()}`,
    node: process.version,
    fmaGigaPerSecond: Math.round(kernel.measureFma(50) * 100) / 100,
    loadAverage: loadAtStart,
  };
}
