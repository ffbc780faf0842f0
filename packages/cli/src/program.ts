// The program: which command was called, with which options.
import { cac } from 'cac';
import { canonicalName, flags, normalise } from './arguments.ts';
import { UsageError } from './exit.ts';
import { type Options, type RawOptions, readOptions } from './options.ts';
import { version } from './version.ts';

type Command = (options: Options) => Promise<number>;

const commands: Readonly<Record<string, { readonly help: string; readonly load: () => Promise<Command> }>> = {
  build: {
    help: 'Build targets: what a call without a command does',
    load: async () => (await import('./command-build.ts')).build,
  },
  status: {
    help: 'Fresh, stale, off per target',
    load: async () => (await import('./command-status.ts')).status,
  },
  why: {
    help: 'Every part of a fingerprint: same, or old -> new',
    load: async () => (await import('./command-why.ts')).why,
  },
  adopt: {
    help: 'Vouch for outputs as they are: --reason "…"; nothing runs (also: accept)',
    load: async () => (await import('./command-adopt.ts')).adopt,
  },
  report: {
    help: 'Build the target "report" if there is one, then say what was built',
    load: async () => (await import('./command-report.ts')).report,
  },
  repair: {
    help: 'Make missing, damaged or old manifests anew from records and artifacts',
    load: async () => (await import('./command-repair.ts')).repair,
  },
  stop: {
    help: 'Ask the build that runs to finish what runs and start nothing more',
    load: async () => (await import('./command-stop.ts')).stop,
  },
  graph: {
    help: 'The DAG as text, dot, mermaid or json',
    load: async () => (await import('./command-graph.ts')).graph,
  },
  verify: {
    help: 'Hash every recorded file and judge every check again',
    load: async () => (await import('./command-verify.ts')).verify,
  },
  clean: {
    help: 'Remove built outputs that are as recorded; -n lists them',
    load: async () => (await import('./command-clean.ts')).clean,
  },
  orphans: {
    help: 'List files that no target owns any more',
    load: async () => (await import('./command-orphans.ts')).orphans,
  },
  log: {
    help: 'With --costs: what was paid, per run and target',
    load: async () => (await import('./command-log.ts')).log,
  },
  gc: {
    help: 'Remove from .evalmake what nothing needs any more; -n lists it',
    load: async () => (await import('./command-gc.ts')).gc,
  },
  init: {
    help: 'Start a small pipeline in this folder',
    load: async () => (await import('./command-init.ts')).init,
  },
  schema: {
    help: 'Print a JSON Schema (pipeline, manifest)',
    load: async () => (await import('./command-schema.ts')).schema,
  },
};

/** Other words for commands. */
const aliases: Readonly<Record<string, string>> = { accept: 'adopt' };

/** Verbs of DESIGN that a later version brings: a target of that name still works as `evalmake build NAME`. */
const later = ['diff', 'lint', 'completion', 'cache'];

/** Runs evalmake with its arguments and gives the exit code. */
export async function program(argv: readonly string[]): Promise<number> {
  const { options, words, afterDashes } = normalise(argv);
  const cli = declare();
  const first = words[0];
  if (first !== undefined && later.includes(first)) {
    throw new UsageError(
      `"evalmake ${first}" is not available in this version yet`,
      `a target of this name is built by: evalmake build ${first}`,
    );
  }
  const known = first !== undefined && Object.hasOwn(aliases, first) ? aliases[first] : first;
  const verb = known !== undefined && Object.hasOwn(commands, known) ? known : undefined;
  const parsed = cli.parse(['node', 'evalmake', ...options.map(guarded)], { run: false });
  const raw = parsed.options as RawOptions;
  if (String(raw.version) === '=true') {
    process.stdout.write(`${version}\n`);
    return 0;
  }
  if (String(raw.help) === '=true') {
    process.stdout.write(help());
    return 0;
  }
  const targets = [...(verb === undefined ? words : words.slice(1)), ...afterDashes];
  const command = await (commands[verb ?? 'build'] as (typeof commands)[string]).load();
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

function help(): string {
  const option = (f: (typeof flags)[number]) => {
    const value =
      f.placeholder === undefined ? '' : f.kind === 'optional' ? `[=${f.placeholder}]` : ` ${f.placeholder}`;
    return `  ${f.short === undefined ? '    ' : `-${f.short}, `}--${f.name}${value}`.padEnd(30) + f.help;
  };
  return [
    'evalmake: Make for experiment artifacts',
    '',
    'Usage: evalmake [COMMAND] [TARGET…] [OPTION…]',
    '  TARGET is a name, name@value,…, a glob, or an output path; without one, the default of the pipeline.',
    '',
    'Commands:',
    ...Object.entries(commands).map(([name, { help: text }]) => `  ${name.padEnd(10)} ${text}`),
    '',
    'Options:',
    ...flags.map(option),
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
  ].join('\n');
}
