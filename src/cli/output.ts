import { HesperError } from '../errors.ts';

/** What every command gets: where to print, whether the result is JSON, and the user's wish to stop. */
export interface Console {
  readonly json: boolean;
  readonly signal: AbortSignal;
  /** For people: stdout, or stderr under `--json`. */
  say(line?: string): void;
  /** Progress and notes: always stderr. */
  note(line: string): void;
}

export function createConsole(json: boolean, signal: AbortSignal): Console {
  const to =
    (stream: NodeJS.WriteStream) =>
    (line = '') =>
      void stream.write(`${line}\n`);
  return { json, signal, say: to(json ? process.stderr : process.stdout), note: to(process.stderr) };
}

/** The one JSON object of a command. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Prints a failure in the form asked for and returns the exit code: 1, or 2 for wrong usage. */
export function printFailure(error: unknown, json: boolean): 1 | 2 {
  const known = error instanceof HesperError ? error : unexpected(error);
  if (json) printJson({ error: known.toJSON() });
  else process.stderr.write(`hesper: ${known.message}\n`);
  if (!(error instanceof HesperError) && process.env['HESPER_DEBUG']) console.error(error);
  return known.code === 'wrong-usage' ? 2 : 1;
}

const unexpected = (error: unknown): HesperError =>
  new HesperError('kernel-failure', `unexpected failure: ${error instanceof Error ? error.message : String(error)}`, {
    remedy: 'Run again with HESPER_DEBUG=1 for a stack trace, and report it',
  });

/** Left-aligned first column, right-aligned others. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, c) => Math.max(...rows.map((r) => (r[c] ?? '').length)));
  const line = (r: readonly string[]) =>
    r.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!))).join('  ');
  return rows.map((r) => line(r).trimEnd()).join('\n');
}
