// VolatileValue finds what is another one each time: values that a command makes up, and variables of one machine that count.
import type { Pipeline, Target } from '../pipeline.ts';
import { usageOf } from '../usage.ts';
import { type Finding, findingAt, type LintScene } from './finding.ts';
import { baseName, programOf } from './program.ts';
import type { ShellCommand, ShellScript } from './shell-script.ts';
import { targetScript } from './target-script.ts';

/** Variables of the shell that have another value in each run. */
const volatileVariables = new Set([
  ...['RANDOM', 'SRANDOM', '$', 'BASHPID', 'PPID', 'SECONDS', 'EPOCHSECONDS', 'EPOCHREALTIME', 'HOSTNAME'],
]);

/** Variables that differ between machines, users, checkouts or sessions. */
const localVariables = new Set([
  ...[
    'PWD',
    'OLDPWD',
    'HOME',
    'USER',
    'LOGNAME',
    'HOSTNAME',
    'HOST',
    'RANDOM',
    'TMPDIR',
    'TMP',
    'TEMP',
    'PATH',
  ],
  ...['TERM', 'COLUMNS', 'LINES', 'SHLVL', 'SECONDS', 'PPID', 'SSH_TTY', 'SLURM_JOB_ID', 'GITHUB_RUN_ID'],
]);

/** What a target makes up in its command, and what it counts of the machine. */
export function volatileValues({ graph }: LintScene): Finding[] {
  return graph.pipeline.targets.flatMap((target) => [
    ...madeUp(target, graph.pipeline),
    ...localOf(target, graph.pipeline),
  ]);
}

function madeUp(target: Target, pipeline: Pipeline): Finding[] {
  // Who declares that it gives another result each time knows it.
  if (target.nondeterministic || target.run === undefined) return [];
  const script = targetScript(target, pipeline);
  const found = new Set(script.commands.flatMap((command) => valuesOf(command, script)));
  return [...found].map((value) =>
    findingAt(target.name, ['run'], {
      code: 'volatile-value',
      message: `"${target.name}" uses ${value}, which is another value in each run: the same inputs give other outputs`,
      hint:
        value === 'mktemp'
          ? 'make temporary files below ${{ state }}, remove them with a trap, or declare "nondeterministic: true"'
          : 'take it from the config (--set), or declare "nondeterministic: true"',
    }),
  );
}

/** What of a command is made up and goes somewhere else than to the log. */
function valuesOf(command: ShellCommand, script: ShellScript): string[] {
  if (isTold(command)) return [];
  const variables = command.uses.filter((name) => volatileVariables.has(name) && !script.sets.has(name));
  const words = command.words.some(({ text }) => /^\/dev\/u?random$/.test(text)) ? ['/dev/urandom'] : [];
  const program = command.logged || isTimer(command, script) ? undefined : programValue(command, script);
  return [...variables.map((name) => `$${name}`), ...words, ...(program === undefined ? [] : [program])];
}

/** What it is given reaches no output: it is printed into the log, or waited for. */
function isTold({ words, logged }: ShellCommand): boolean {
  const name = words[0]?.text ?? '';
  return (logged && ['echo', 'printf'].includes(name)) || ['kill', 'sleep', 'ulimit'].includes(name);
}

/** A value that is kept in a variable which only the log is told. */
function isTimer({ into }: ShellCommand, { commands }: ShellScript): boolean {
  const users = commands.filter(({ uses }) => uses.some((name) => into.includes(name)));
  return into.length > 0 && users.every(isTold);
}

function programValue(command: ShellCommand, { commands, functions }: ShellScript): string | undefined {
  const program = programOf(command);
  if (program === undefined || functions.has(program.name)) return undefined;
  const has = (option: RegExp) => program.words.some(({ text }) => option.test(text));
  switch (baseName(program.name)) {
    case 'date':
      return has(/^(?:-[A-Za-z]*[dr]|--date|--reference|--version)/) ? undefined : '$(date)';
    case 'uuidgen':
      return has(/^(?:-[ms]|--md5|--sha1)/) ? undefined : 'uuidgen';
    case 'hostname':
    case 'whoami':
      return baseName(program.name);
    case 'shuf':
      return has(/^--random-source/) ? undefined : 'shuf without --random-source';
    case 'sort':
      return has(/^(?:-[A-Za-z]*R|--random-sort)/) && !has(/^--random-source/) ? 'sort -R' : undefined;
    case 'mktemp':
      return has(/\$\{\{ state/) || commands.some(({ words }) => words[0]?.text === 'trap')
        ? undefined
        : 'mktemp';
    default:
      return undefined;
  }
}

function localOf(target: Target, pipeline: Pipeline): Finding[] {
  const named = target.envNames.map((name) => ({ name, key: 'env' }));
  const used = target.run === undefined ? [] : usageOf(target, pipeline).env;
  const told = new Set<string>();
  return [...named, ...used.map((name) => ({ name, key: 'run' }))].flatMap(({ name, key }) => {
    if (!localVariables.has(name) || target.secrets.includes(name) || told.has(name)) return [];
    told.add(name);
    return [
      findingAt(target.name, [key], {
        code: 'volatile-env',
        message: `"${target.name}" counts the variable ${name}, which differs between machines or sessions: it is stale in each of them`,
        hint: 'every variable reaches the command anyway: name only those that change its result',
      }),
    ];
  });
}
