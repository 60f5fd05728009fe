import { Command, CommanderError } from 'commander';
import { HesperError } from '../errors.ts';
import { bench } from './bench.ts';
import type { CommandSpec } from './command.ts';
import { demo } from './demo.ts';
import { doctor } from './doctor.ts';
import { inspect } from './inspect.ts';
import { createConsole, printFailure, printJson } from './output.ts';
import { plan } from './plan.ts';
import { reproduce } from './reproduce.ts';
import { train } from './train.ts';
import { version } from './version.ts';

/** A new command is one file and one word here. */
const commands: readonly CommandSpec[] = [demo, train, inspect, plan, reproduce, bench, doctor];

/** Runs the command line and returns the exit code: 0, 1 for a failure, 2 for wrong usage. */
export async function run(argv: readonly string[]): Promise<number> {
  const json = argv.includes('--json');
  const abort = new AbortController();
  const stop = () => abort.abort();
  process.once('SIGINT', stop);
  try {
    await program(json, abort.signal).parseAsync([...argv]);
    return 0;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    return printFailure(error instanceof CommanderError ? wrongUsage(error) : error, json);
  } finally {
    process.removeListener('SIGINT', stop);
  }
}

function program(json: boolean, signal: AbortSignal): Command {
  const root = new Command('hesper').description('Neural networks on encrypted data').version(version());
  quietly(root);
  for (const spec of commands) {
    const command = quietly(root.command(`${spec.name}${spec.usage ? ` ${spec.usage}` : ''}`)).description(
      spec.summary,
    );
    for (const [flags, text] of spec.options) command.option(flags, text);
    command.option('--json', 'print one JSON object on stdout, logs on stderr');
    command.addHelpText('after', `\nExample:\n  $ ${spec.example}`);
    command.action(async (...all: unknown[]) => {
      const args = all.slice(0, -2).flat() as string[];
      const result = await spec.run(
        args.filter((a) => a !== undefined),
        all.at(-2) as Record<string, string | boolean>,
        createConsole(json, signal),
      );
      if (json) printJson(result);
    });
  }
  return root;
}

/** Errors come back as exceptions; commander's own text is ours to print. */
const quietly = (command: Command): Command => command.exitOverride().configureOutput({ writeErr: () => {} });

const wrongUsage = (error: CommanderError): HesperError =>
  new HesperError('wrong-usage', error.message.replace(/^error: /, ''), {
    remedy: 'See `hesper --help` or `hesper COMMAND --help`',
  });
