// The program: which command was called, with which options.
import { cac } from 'cac';
import { canonicalName, flags, normalise } from './arguments.ts';
import { type CommandName, commandNamed } from './command-table.ts';
import { type Options, type RawOptions, readOptions } from './options.ts';
import { version } from './version.ts';

type Command = (options: Options) => Promise<number>;

/** Each command is loaded when it is called, and no other. */
const commands: Readonly<Record<CommandName, () => Promise<Command>>> = {
  build: async () => (await import('./command-build.ts')).build,
  status: async () => (await import('./command-status.ts')).status,
  why: async () => (await import('./command-why.ts')).why,
  adopt: async () => (await import('./command-adopt.ts')).adopt,
  report: async () => (await import('./command-report.ts')).report,
  log: async () => (await import('./command-log.ts')).log,
  diff: async () => (await import('./command-diff.ts')).diff,
  repair: async () => (await import('./command-repair.ts')).repair,
  stop: async () => (await import('./command-stop.ts')).stop,
  graph: async () => (await import('./command-graph.ts')).graph,
  verify: async () => (await import('./command-verify.ts')).verify,
  clean: async () => (await import('./command-clean.ts')).clean,
  orphans: async () => (await import('./command-orphans.ts')).orphans,
  lint: async () => (await import('./command-lint.ts')).lint,
  gc: async () => (await import('./command-gc.ts')).gc,
  cache: async () => (await import('./command-cache.ts')).cache,
  init: async () => (await import('./command-init.ts')).init,
  schema: async () => (await import('./command-schema.ts')).schema,
  completion: async () => (await import('./command-completion.ts')).completion,
  help: async () => {
    const { helpOn } = await import('./help.ts');
    return async ({ targets }) => {
      process.stdout.write(helpOn(targets[0]));
      return 0;
    };
  },
};

/** Runs evalmake with its arguments and gives the exit code. */
export async function program(argv: readonly string[]): Promise<number> {
  const { options, words, afterDashes } = normalise(argv);
  const cli = declare();
  const first = words[0];
  const verb = commandNamed(first);
  const parsed = cli.parse(['node', 'evalmake', ...options.map(guarded)], { run: false });
  const raw = parsed.options as RawOptions;
  if (String(raw.version) === '=true') {
    process.stdout.write(`${version}\n`);
    return 0;
  }
  if (String(raw.help) === '=true') {
    const { commandPage, overview } = await import('./help.ts');
    process.stdout.write(verb === undefined ? overview() : commandPage(verb));
    return 0;
  }
  const targets = [...(verb === undefined ? words : words.slice(1)), ...afterDashes];
  const command = await commands[verb ?? 'build']();
  return command(readOptions(targets, raw));
}

/** cac would make a number of `1.0` and take the next word for an empty value: with a second `=` it does neither. */
function guarded(option: string): string {
  return option.replace('=', '==');
}

function declare(): ReturnType<typeof cac> {
  const cli = cac('evalmake');
  for (const flag of flags) {
    const name = flag.kind === 'boolean' ? `--${canonicalName(flag.name)} <flag>` : `--${flag.name} <value>`;
    cli.option(name, flag.help, { type: [String] });
  }
  return cli;
}
