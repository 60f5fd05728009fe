import type { Console } from './output.ts';

/** One command: its words, its help, and what it does. The result is what `--json` prints. */
export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  readonly usage?: string;
  readonly options: readonly (readonly [flags: string, text: string])[];
  readonly example: string;
  run(args: readonly string[], options: Readonly<Record<string, string | boolean>>, console: Console): Promise<unknown>;
}
