// The CommandTable is what the program says of each command.
import type { CommandHelp } from './command-help.ts';
import { adopt, build, cache, repair, stop } from './command-help-building.ts';
import { clean, completion, gc, help, init, orphans, schema } from './command-help-keeping.ts';
import { diff, graph, lint, log, report, status, verify, why } from './command-help-telling.ts';

/** All commands, in the order of the overview. */
export const commandTable = {
  build,
  status,
  why,
  adopt,
  report,
  log,
  diff,
  repair,
  stop,
  graph,
  verify,
  clean,
  orphans,
  lint,
  gc,
  cache,
  init,
  schema,
  completion,
  help,
} as const satisfies Readonly<Record<string, CommandHelp>>;

/** The name of a command. */
export type CommandName = keyof typeof commandTable;

/** Other words for commands. */
export const aliases: Readonly<Record<string, CommandName>> = { accept: 'adopt' };

/** The command that a word names, by another word too. */
export function commandNamed(word: string | undefined): CommandName | undefined {
  const name = word !== undefined && Object.hasOwn(aliases, word) ? aliases[word] : word;
  return name !== undefined && Object.hasOwn(commandTable, name) ? (name as CommandName) : undefined;
}
