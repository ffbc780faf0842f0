// The ProcessOutput is the BuildOutput of this process: on its standard error, with its environment, size and signals.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { relative, resolve } from 'node:path';
import type { Options } from '../options.ts';
import { oneLine, paint, useColor } from '../style.ts';
import { BuildOutput } from './build-output.ts';
import { fileLink } from './control.ts';
import { terminalKind } from './terminal-kind.ts';
import type { Eta } from './time-text.ts';

/** What the process does not know by itself. */
export interface ProcessOutputOptions {
  readonly options: Options;
  /** The folder of the pipeline. */
  readonly root: string;
  readonly where: () => string;
  readonly moneyTold: boolean;
  readonly elapsedMs: () => number;
  readonly eta: () => Eta | undefined;
}

/** Shows a build on standard error. `release` leaves the terminal as it was; it is called once more when the process exits. */
export function processOutput(given: ProcessOutputOptions): { output: BuildOutput; release: () => void } {
  const { options, root } = given;
  const { stderr, env } = process;
  const isTty = stderr.isTTY === true;
  const kind = terminalKind({ env, isTty, progress: options.quiet ? 'quiet' : options.progress });
  const host = hostname();
  const output = new BuildOutput({
    ...given,
    kind,
    paint: paint(useColor({ when: options.color, env, isTty })),
    write: (text) => stderr.write(text),
    // A terminal that does not tell its size says 0.
    columns: () => stderr.columns || 80,
    rows: () => stderr.rows || 24,
    quiet: options.quiet || options.progress === 'quiet',
    verbose: options.verbose,
    clock: {
      nowMs: given.elapsedMs,
      after: (ms, call) => {
        const timer = setTimeout(call, ms).unref();
        return () => clearTimeout(timer);
      },
    },
    moneyTold: () => given.moneyTold,
    again: (task) => againText(options, task),
    link: (path) => (kind.links ? fileLink(oneLine(path), resolve(root, path), host) : oneLine(path)),
    token: randomUUID,
  });
  const resized = (): void => output.resized();
  const resumed = (): void => output.forget();
  const left = (): void => output.close();
  stderr.on('resize', resized);
  process.on('SIGCONT', resumed);
  process.on('exit', left);
  const release = (): void => {
    output.close();
    stderr.off('resize', resized);
    process.off('SIGCONT', resumed);
    process.off('exit', left);
  };
  return { output, release };
}

/** Where the user is: the session goes to the folder of the pipeline. */
const startedIn = process.cwd();

/** What to type to build a task, or what was asked for, again with the same pipeline and config. */
function againText(options: Options, task: string | undefined): string {
  const { dir, file, configs, sets, targets } = options;
  const given = (name: string, values: readonly string[]): string[] => values.flatMap((v) => [name, v]);
  const words = [
    ...given('-C', dir === startedIn ? [] : [relative(startedIn, dir)]),
    ...given('-f', file === 'pipeline.yaml' ? [] : [file]),
    ...given('--config', configs),
    ...given('--set', sets),
    ...(task === undefined ? targets : [task]),
  ];
  return ['evalmake build', ...words.map(shellWord)].join(' ');
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
