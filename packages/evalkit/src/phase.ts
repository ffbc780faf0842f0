// A Phase is one step of an evaluation as an ordinary command: flags in, files out, a clear exit code.
import { parseArgs } from 'node:util';
import { Failure, NotYet, OutcomeUnknown, UsageFailure } from './failure.ts';
import { readLines } from './lines.ts';

/** A flag with one value: `--out FILE`. */
export interface ValueOption {
  readonly kind: 'value';
  /** What stands for the value in --help, such as FILE or N. */
  readonly placeholder: string;
  readonly required?: boolean;
  readonly describe: string;
}

/** A flag with several values: `--in a b c`, repeatable; `--in-list FILE` reads one value per line. */
export interface ListOption {
  readonly kind: 'list';
  readonly placeholder: string;
  readonly required?: boolean;
  readonly describe: string;
}

/** A flag without a value. */
export interface FlagOption {
  readonly kind: 'flag';
  readonly describe: string;
}

export type PhaseOption = ValueOption | ListOption | FlagOption;

type ValueOf<O extends PhaseOption> = O extends { kind: 'flag' }
  ? boolean
  : O extends { kind: 'list' }
    ? readonly string[]
    : O extends { required: true }
      ? string
      : string | undefined;

/** The values of a phase's flags, by flag name without the dashes. */
export type PhaseValues<O extends Readonly<Record<string, PhaseOption>>> = {
  readonly [K in keyof O]: ValueOf<O[K]>;
};

/** What a phase declares about itself. */
export interface Phase<O extends Readonly<Record<string, PhaseOption>>> {
  /** As typed: `evalkit <name>`. */
  readonly name: string;
  /** One sentence: what it reads, computes and writes. */
  readonly summary: string;
  readonly options: O;
  /** Further paragraphs of --help. */
  readonly details?: string;
  /** Does the work; returns one line that says what was done (printed to stderr), or nothing. */
  readonly run: (values: PhaseValues<O>) => string | undefined | Promise<string | undefined>;
}

/**
 * Runs a phase on the words after its name on the command line and sets the exit code: 0 done, 1 a problem of the data
 * or configuration, 2 a misuse of the flags, 5 an unknown outcome, 75 not yet.
 */
export async function runPhase<const O extends Readonly<Record<string, PhaseOption>>>(
  phase: Phase<O>,
): Promise<void> {
  const words = process.argv.slice(3);
  if (words.includes('--help') || words.includes('-h')) {
    process.stdout.write(helpText(phase));
    return;
  }
  try {
    const said = await phase.run(parseFlags(phase, words));
    if (said) process.stderr.write(`${phase.name}: ${said}\n`);
  } catch (error) {
    process.exitCode = reportFailure(phase.name, error);
  }
}

function reportFailure(name: string, error: unknown): number {
  if (error instanceof NotYet) {
    process.stderr.write(`evalkit ${name}: not yet: ${error.message}; run the same command again later\n`);
    if (underEvalmake()) process.stderr.write(`evalmake:wait ${error.seconds} ${error.message}\n`);
    return 75;
  }
  if (error instanceof Failure) {
    for (const problem of error.problems) process.stderr.write(`evalkit ${name}: error: ${problem}\n`);
    if (error instanceof UsageFailure) process.stderr.write(`Try: evalkit ${name} --help\n`);
    if (error instanceof OutcomeUnknown) return 5;
    return error instanceof UsageFailure ? 2 : 1;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`evalkit ${name}: unexpected error: ${text}\n`);
  return 1;
}

/**
 * Reads the flags of a phase.
 * @param words the words after the phase's name
 * @throws UsageFailure with every unknown, missing or malformed flag at once
 */
export function parseFlags<O extends Readonly<Record<string, PhaseOption>>>(
  phase: Pick<Phase<O>, 'options'>,
  words: readonly string[],
): PhaseValues<O> {
  const problems: string[] = [];
  const found = collectWords(phase.options, words, problems);
  const values: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(phase.options)) {
    const given = found.get(name);
    if (option.kind === 'flag') {
      values[name] = given !== undefined;
      continue;
    }
    if (option.required && (given === undefined || given.length === 0)) {
      problems.push(`--${name} ${option.placeholder} is required: ${option.describe}`);
    }
    if (option.kind === 'list') values[name] = given ?? [];
    else if (given !== undefined && given.length > 1)
      problems.push(`--${name} is given ${given.length} times; it takes one value`);
    else values[name] = given?.[0];
  }
  if (problems.length > 0) throw new UsageFailure(problems);
  return values as PhaseValues<O>;
}

/** Sorts the words to their flags; words after a list flag belong to it. */
function collectWords(
  options: Readonly<Record<string, PhaseOption>>,
  words: readonly string[],
  problems: string[],
): Map<string, string[]> {
  const spec: Record<string, { type: 'string' | 'boolean' }> = {};
  for (const [name, option] of Object.entries(options)) {
    spec[name] = { type: option.kind === 'flag' ? 'boolean' : 'string' };
    if (option.kind === 'list') spec[`${name}-list`] = { type: 'string' };
  }
  const { tokens } = parseArgs({
    args: [...words],
    options: spec,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const found = new Map<string, string[]>();
  let list: string[] | undefined;
  for (const token of tokens) {
    if (token.kind === 'positional') {
      if (list) list.push(token.value);
      else problems.push(`unexpected word ${JSON.stringify(token.value)}`);
      continue;
    }
    list = undefined;
    if (token.kind === 'option-terminator') continue;
    const fromFile =
      options[token.name] === undefined && options[token.name.replace(/-list$/, '')]?.kind === 'list';
    const name = fromFile ? token.name.replace(/-list$/, '') : token.name;
    const option = options[name];
    if (option === undefined) {
      problems.push(`unknown flag ${token.rawName}`);
      continue;
    }
    const given = found.get(name) ?? [];
    found.set(name, given);
    if (option.kind === 'flag') {
      if (token.value !== undefined) problems.push(`--${name} takes no value`);
    } else if (token.value === undefined) {
      problems.push(`${token.rawName} needs a value: ${fromFile ? 'FILE' : option.placeholder}`);
    } else if (fromFile) {
      for (const line of readLines(token.value)) if (line.text !== '') given.push(line.text);
    } else {
      given.push(token.value);
      if (option.kind === 'list') list = given;
    }
  }
  return found;
}

/** The text of `evalkit <phase> --help`. */
export function helpText<O extends Readonly<Record<string, PhaseOption>>>(phase: Phase<O>): string {
  const rows: [string, string][] = [];
  const usage: string[] = [];
  for (const [name, option] of Object.entries(phase.options)) {
    const shown =
      option.kind === 'flag'
        ? `--${name}`
        : `--${name} ${option.placeholder}${option.kind === 'list' ? '…' : ''}`;
    const required = option.kind !== 'flag' && option.required === true;
    usage.push(required ? shown : `[${shown}]`);
    rows.push([
      shown,
      `${option.describe}${option.kind === 'list' ? ` (or --${name}-list FILE, one per line)` : ''}`,
    ]);
  }
  rows.push(['-h, --help', 'show this text']);
  const width = Math.max(...rows.map(([shown]) => shown.length));
  const lines = rows.map(([shown, text]) => `  ${shown.padEnd(width)}  ${text}`);
  const details = phase.details ? `\n${phase.details.trim()}\n` : '';
  return `evalkit ${phase.name}: ${phase.summary}\n\nUsage: evalkit ${phase.name} ${usage.join(' ')}\n\n${lines.join('\n')}\n${details}`;
}

/** Whether evalmake runs this phase: only then are lines of its protocol printed, a person does not want them. */
export function underEvalmake(): boolean {
  return process.env.EVALMAKE === '1';
}

/** The secret in a variable of the environment, or undefined. It must not be shown, kept or logged. */
export function secretIn(name: string): string | undefined {
  const value = process.env[name];
  return value === undefined || value === '' ? undefined : value;
}

/** Whether a person consented that what cannot be known counts as lost, at the price of paying twice. */
export function forced(): boolean {
  return process.env.EVALMAKE_FORCE === '1';
}

/** The value of an environment variable that a flag names. */
export function environmentValue(name: string): string | undefined {
  return process.env[name];
}

/** Waits until the process is asked to end, by SIGTERM or SIGINT. */
export function untilStopped(): Promise<void> {
  return new Promise((done) => {
    process.once('SIGTERM', () => done());
    process.once('SIGINT', () => done());
  });
}
