// Arguments are normalised here before cac sees them: cac lets a dashed boolean flag swallow the next word (`--dry-run
// report` would lose its target) and does not know `-j4` or `-nk`. After this every option is `--name=value`.
import { suggest } from '@evalmake/core';
import { UsageError } from './exit.ts';

/** An option of the command line. */
export interface Flag {
  readonly name: string;
  readonly short?: string;
  /** `value` takes the next word, `optional` only `=value`, `list` may be repeated. */
  readonly kind: 'boolean' | 'value' | 'optional' | 'list';
  readonly placeholder?: string;
  /** The values it may have, where these are words. */
  readonly words?: readonly string[];
  readonly help: string;
}

export const flags: readonly Flag[] = [
  {
    name: 'dry-run',
    short: 'n',
    kind: 'boolean',
    help: 'Explain what would run and why; change nothing on disk',
  },
  { name: 'watch', short: 'w', kind: 'boolean', help: 'Keep building as inputs change' },
  {
    name: 'jobs',
    short: 'j',
    kind: 'value',
    placeholder: 'N',
    help: 'Commands at a time (default: number of processors)',
  },
  { name: 'keep-going', short: 'k', kind: 'boolean', help: 'Go on with what does not depend on a failure' },
  {
    name: 'force',
    short: 'B',
    kind: 'optional',
    placeholder: 'PATTERN',
    help: 'Run even if fresh: everything asked for, or tasks that match --force=PATTERN',
  },
  { name: 'only', kind: 'list', placeholder: 'T', help: 'Build exactly these' },
  { name: 'from', kind: 'list', placeholder: 'T', help: 'Build these and what needs them' },
  { name: 'until', kind: 'list', placeholder: 'T', help: 'Build these and what they need' },
  { name: 'skip', kind: 'list', placeholder: 'T', help: 'Do not build these' },
  { name: 'set', kind: 'list', placeholder: 'KEY=VALUE', help: 'Override a config value' },
  { name: 'config', kind: 'list', placeholder: 'FILE', help: 'Lay another config file over the config' },
  { name: 'dir', short: 'C', kind: 'value', placeholder: 'DIR', help: 'Start in this folder' },
  {
    name: 'file',
    short: 'f',
    kind: 'value',
    placeholder: 'FILE',
    help: 'The pipeline file (default: pipeline.yaml, searched upwards)',
  },
  {
    name: 'executor',
    kind: 'value',
    placeholder: 'NAME',
    words: ['local', 'slurm'],
    help: 'Where all commands run, whatever their targets say: local or slurm',
  },
  {
    name: 'max-usd',
    kind: 'value',
    placeholder: 'N',
    help: 'Consent: what this build may spend, in US dollars',
  },
  { name: 'yes', kind: 'boolean', help: 'Consent: paid work runs, whatever it costs' },
  {
    name: 'watch-budget',
    kind: 'value',
    placeholder: 'N',
    help: 'Consent: what a whole --watch may spend, in US dollars (default: 0)',
  },
  {
    name: 'force-rows',
    kind: 'boolean',
    help: 'With --force: ask all rows of these again, and pay for them again',
  },
  { name: 'costs', kind: 'boolean', help: 'log: what was paid, per run and target' },
  { name: 'open', kind: 'boolean', help: 'report: show it in the browser' },
  {
    name: 'provenance',
    kind: 'boolean',
    help: 'why: how it was made, step by step with every digest, as text for a paper',
  },
  {
    name: 'detach',
    kind: 'boolean',
    help: 'Look at external jobs once, and leave those that are not done (exit 75)',
  },
  { name: 'resume', kind: 'boolean', help: 'Accepted: resuming is what evalmake always does' },
  {
    name: 'output',
    short: 'o',
    kind: 'value',
    placeholder: 'FILE',
    help: 'report, graph: where to write; the ending says the form (.html, .md, .json, .svg, …)',
  },
  {
    name: 'format',
    kind: 'value',
    placeholder: 'F',
    words: ['text', 'dot', 'mermaid', 'svg', 'json', 'html', 'md', 'trace'],
    help: 'text, dot, mermaid, json; graph also svg; report also html, md, trace',
  },
  { name: 'no-build', kind: 'boolean', help: 'report: render only' },
  { name: 'no-cache', kind: 'boolean', help: 'Share nothing: neither ask a cache nor send to it' },
  { name: 'exit-code', kind: 'boolean', help: 'Exit with 3 when something is stale (--dry-run, status)' },
  {
    name: 'break-lock',
    kind: 'boolean',
    help: 'Take over a lock whose owner is on another machine and surely dead',
  },
  { name: 'reason', kind: 'value', placeholder: 'TEXT', help: 'adopt: why the outputs are good' },
  { name: 'orphans', kind: 'boolean', help: 'clean: remove what no target owns any more' },
  { name: 'keep', kind: 'value', placeholder: 'N', help: 'gc: how many runs stay (default: 50)' },
  { name: 'all', kind: 'boolean', help: 'Show everything: every task, every run, a whole log' },
  { name: 'json', kind: 'boolean', help: 'Machine-readable output' },
  { name: 'verbose', short: 'v', kind: 'boolean', help: 'Say more' },
  { name: 'quiet', short: 'q', kind: 'boolean', help: 'Only errors and the closing line' },
  {
    name: 'color',
    kind: 'value',
    placeholder: 'WHEN',
    words: ['auto', 'always', 'never'],
    help: 'auto, always or never',
  },
  {
    name: 'progress',
    kind: 'value',
    placeholder: 'HOW',
    words: ['auto', 'live', 'plain', 'quiet'],
    help: 'auto, live, plain or quiet',
  },
  { name: 'help', short: 'h', kind: 'boolean', help: 'Show this' },
  { name: 'version', short: 'V', kind: 'boolean', help: 'Show the version number' },
];

/** Arguments in one canonical form. */
export interface Normalised {
  /** Options as `--name=value`. */
  readonly options: readonly string[];
  readonly words: readonly string[];
  /** Words after `--`, which are always targets. */
  readonly afterDashes: readonly string[];
}

/** Brings arguments into their canonical form; throws a UsageError for what no option is. */
export function normalise(argv: readonly string[]): Normalised {
  const options: string[] = [];
  const words: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] as string;
    if (word === '--') return { options, words, afterDashes: argv.slice(i + 1) };
    const following = (): string => {
      const next = argv[++i];
      if (next === undefined) throw new UsageError(`${word} needs a value`);
      return next;
    };
    if (word.startsWith('--')) options.push(longOption(word, following));
    else if (word.startsWith('-') && word !== '-') options.push(...shortOptions(word, following));
    else words.push(word);
  }
  return { options, words, afterDashes: [] };
}

function longOption(word: string, following: () => string): string {
  const equals = word.indexOf('=');
  const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
  const flag = flags.find((f) => f.name === name);
  if (flag === undefined) return unknown(word, name);
  if (flag.kind === 'boolean') {
    if (equals >= 0 && !/=(true|false)$/.test(word)) throw new UsageError(`--${name} takes no value`);
    return `--${canonicalName(name)}=${equals < 0 || word.endsWith('=true')}`;
  }
  if (flag.kind === 'optional') return equals < 0 ? `--${name}=*` : word;
  return equals < 0 ? `--${name}=${following()}` : word;
}

/** cac reads `--no-x=true` as the opposite of x, whatever was declared: such a flag goes by another name inside. */
export function canonicalName(name: string): string {
  return name.replace(/^no-/, 'without-');
}

function shortOptions(word: string, following: () => string): string[] {
  const out: string[] = [];
  for (let i = 1; i < word.length; i++) {
    const flag = flags.find((f) => f.short === word[i]);
    if (flag === undefined) return [unknown(`-${word[i]}`, word[i] as string)];
    if (flag.kind === 'boolean') out.push(`--${flag.name}=true`);
    else if (flag.kind === 'optional') out.push(`--${flag.name}=*`);
    else {
      const rest = word.slice(i + 1).replace(/^=/, '');
      out.push(`--${flag.name}=${rest === '' ? following() : rest}`);
      break;
    }
  }
  return out;
}

function unknown(word: string, name: string): never {
  const bare = name.startsWith('no-') ? name.slice(3) : name;
  const near = suggest(
    bare,
    flags.map((f) => f.name),
  );
  throw new UsageError(
    `unknown option ${word.split('=')[0]}`,
    near === undefined ? 'evalmake --help lists all options' : `did you mean --${near}?`,
  );
}
