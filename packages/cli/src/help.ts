// Help: the overview of all commands and options, and the page of one command.
import { suggest } from '@evalmake/core';
import { type Flag, flags } from './arguments.ts';
import { type CommandHelp, commonOptions } from './command-help.ts';
import { type CommandName, commandNamed, commandTable } from './command-table.ts';
import { UsageError } from './exit.ts';

/** The overview. */
export function overview(): string {
  return [
    'evalmake: Make for experiment artifacts',
    '',
    'Usage: evalmake [COMMAND] [TARGET…] [OPTION…]',
    '  TARGET is a name, name@value,…, a glob, or an output path; without one, the default of the pipeline.',
    '',
    'Commands:',
    ...Object.entries(commandTable).map(([name, { help }]) => `  ${name.padEnd(10)} ${help}`),
    '',
    'Options:',
    ...flags.map((flag) => optionLine(flag, flag.help)),
    '',
    'Exit codes: 0 done or fresh, 1 failed or blocked, 2 usage or pipeline error, 3 stale (with --exit-code),',
    '  4 damaged state, 5 a person must decide, 6 locked by another build, 75 waiting, 130/143 interrupted.',
    '',
    'Examples:',
    '  evalmake report              build the target "report" and say what was built',
    '  evalmake -n                  what would run, and why',
    '  evalmake score -j4 -k        build "score", four commands at a time, and go on after failures',
    '  evalmake why score           every part of its fingerprint',
    '  evalmake --set stats.bootstrap_samples=500 -n',
    '',
    'evalmake COMMAND --help says more of a command.',
    '',
  ].join('\n');
}

/** The page of one command. */
export function commandPage(name: CommandName): string {
  const { usage, about, options, exits, examples }: CommandHelp = commandTable[name];
  const lines = (names: readonly string[]) =>
    flags.filter((f) => names.includes(f.name)).map((f) => optionLine(f, helpFor(f, name)));
  const width = Math.max(...examples.map(([call]) => call.length));
  return [
    `Usage: evalmake ${name}${usage === '' ? '' : ` ${usage}`}${options.length === 0 ? '' : ' [OPTION…]'}`,
    '',
    ...about.map((line) => `  ${line}`),
    '',
    ...(options.length === 0 ? [] : ['Options:', ...lines(options), '']),
    'Common options:',
    ...lines(commonOptions),
    '',
    'Exit codes:',
    ...exits.map((line) => `  ${line}`),
    '',
    'Examples:',
    ...examples.map(([call, does]) => `  ${call.padEnd(width)}  ${does}`),
    '',
  ].join('\n');
}

/** What `evalmake help WORD` says. @throws UsageError when no command is named so */
export function helpOn(word: string | undefined): string {
  if (word === undefined) return overview();
  const name = commandNamed(word);
  if (name !== undefined) return commandPage(name);
  const near = suggest(word, Object.keys(commandTable));
  throw new UsageError(
    `no command is named "${word}"`,
    near === undefined ? 'evalmake --help lists them' : `did you mean "${near}"?`,
  );
}

/** In the overview an option says whose it is; the page of a command says it by being there. */
function helpFor(flag: Flag, command: CommandName): string {
  const own = `${command}: `;
  if (!flag.help.startsWith(own)) return flag.help;
  const text = flag.help.slice(own.length);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function optionLine({ name, short, kind, placeholder }: Flag, text: string): string {
  const value =
    placeholder === undefined ? '' : kind === 'optional' ? `[=${placeholder}]` : ` ${placeholder}`;
  const words = `  ${short === undefined ? '    ' : `-${short}, `}--${name}${value}`;
  return `${words.padEnd(29)} ${text}`;
}
