// Completing: which words may stand where somebody types. What is asked of the workspace is asked only where it matters.
import { type Flag, flags } from './arguments.ts';
import { type CommandHelp, commonOptions } from './command-help.ts';
import { aliases, type CommandName, commandNamed, commandTable } from './command-table.ts';

/** A word that may stand there. One that ends in `=`, `@` or `,` goes on. */
export interface Candidate {
  readonly value: string;
  readonly about?: string;
}

/** What the workspace knows. Each is asked at most once, and may be slow. */
export interface CompletionSource {
  /** Targets in the order of the pipeline; `many` when they have instances. */
  readonly targets: () => Promise<
    readonly { readonly name: string; readonly desc?: string | undefined; readonly many: boolean }[]
  >;
  readonly tasks: () => Promise<readonly string[]>;
  readonly configKeys: () => Promise<readonly string[]>;
  readonly runs: () => Promise<readonly number[]>;
  readonly schemas: () => Promise<readonly string[]>;
}

/** Words, or that the shell is to complete paths. */
export type Completion = readonly Candidate[] | 'files' | 'folders';

/**
 * What may stand in place of the last word.
 * @param words all words behind the name of the program, as far as the cursor; the last one may be empty
 */
export async function complete(words: readonly string[], source: CompletionSource): Promise<Completion> {
  const typed = words.at(-1) ?? '';
  const context = contextOf(words.slice(0, -1));
  const found = await candidates(typed, context, source);
  if (typeof found === 'string') return found;
  return found.filter(({ value }) => value.startsWith(typed) && value !== '');
}

interface Context {
  readonly verb: CommandName | undefined;
  /** Words before that are no options. */
  readonly words: readonly string[];
  readonly used: ReadonlySet<string>;
  /** The option whose value is typed. */
  readonly open: Flag | undefined;
  readonly afterDashes: boolean;
}

function contextOf(before: readonly string[]): Context {
  const words: string[] = [];
  const used = new Set<string>();
  let open: Flag | undefined;
  let afterDashes = false;
  for (const word of before) {
    if (open !== undefined) open = undefined;
    else if (afterDashes) words.push(word);
    else if (word === '--') afterDashes = true;
    else if (word.startsWith('-') && word !== '-') {
      const flag = flagOf(word);
      if (flag !== undefined) used.add(flag.name);
      if (flag !== undefined && takesNext(flag, word)) open = flag;
    } else words.push(word);
  }
  const verb = afterDashes && words.length === 0 ? undefined : commandNamed(words[0]);
  return { verb, words: verb === undefined ? words : words.slice(1), used, open, afterDashes };
}

/** The option that a word names; of short ones that are joined the last, since it alone may take a value. */
function flagOf(word: string): Flag | undefined {
  const long = /^--([^=]+)/.exec(word)?.[1];
  if (long !== undefined) return flags.find((f) => f.name === long);
  for (const [i, letter] of [...word.slice(1)].entries()) {
    const flag = flags.find((f) => f.short === letter);
    const value = flag?.kind === 'value' || flag?.kind === 'list';
    if (value || i === word.length - 2) return flag;
  }
  return undefined;
}

function takesNext(flag: Flag, word: string): boolean {
  if (flag.kind !== 'value' && flag.kind !== 'list') return false;
  return word.startsWith('--') ? !word.includes('=') : word.endsWith(flag.short ?? '-');
}

async function candidates(typed: string, context: Context, source: CompletionSource): Promise<Completion> {
  const { verb, words, open, afterDashes, used } = context;
  if (open !== undefined) return valuesOf(open, typed, source);
  const equals = /^--([^=]+)=/.exec(typed);
  if (equals !== null && !afterDashes) {
    const flag = flags.find((f) => f.name === equals[1]);
    const found = flag === undefined ? [] : await valuesOf(flag, typed.slice(equals[0].length), source);
    if (typeof found === 'string') return found;
    return found.map((c) => ({ ...c, value: equals[0] + c.value }));
  }
  if (typed.startsWith('-') && !afterDashes) return optionsOf(verb, used);
  if (verb === undefined && words.length === 0 && !afterDashes && !typed.includes('/'))
    return [...commandWords(), ...asList(await targetWords(typed, source))];
  return verbWords(verb, typed, { words, source });
}

function asList(found: Completion): readonly Candidate[] {
  return typeof found === 'string' ? [] : found;
}

function commandWords(): Candidate[] {
  const names = Object.entries(commandTable).map(([value, { help }]) => ({ value, about: help }));
  const others = Object.entries(aliases).map(([value, name]) => ({ value, about: commandTable[name].help }));
  return [...names, ...others];
}

function optionsOf(verb: CommandName | undefined, used: ReadonlySet<string>): Candidate[] {
  const table: CommandHelp | undefined = commandTable[verb ?? 'build'];
  const names = [...table.options, ...commonOptions];
  return flags
    .filter((f) => names.includes(f.name) && (f.kind === 'list' || !used.has(f.name)))
    .flatMap(({ name, kind, help }) => [
      { value: `--${name}`, about: help },
      ...(kind === 'optional' ? [{ value: `--${name}=`, about: help }] : []),
    ]);
}

async function valuesOf(flag: Flag, typed: string, source: CompletionSource): Promise<Completion> {
  if (flag.words !== undefined) return flag.words.map((value) => ({ value }));
  switch (flag.placeholder) {
    case 'FILE':
      return 'files';
    case 'DIR':
      return 'folders';
    case 'T':
    case 'PATTERN':
      return targetWords(typed, source);
    case 'KEY=VALUE':
      return (await source.configKeys()).map((key) => ({ value: `${key}=` }));
    default:
      return [];
  }
}

/** Words behind a command. */
async function verbWords(
  verb: CommandName | undefined,
  typed: string,
  { words, source }: { readonly words: readonly string[]; readonly source: CompletionSource },
): Promise<Completion> {
  const runs = async () =>
    (await source.runs()).map((run): Candidate => ({ value: String(run), about: 'run' })).reverse();
  switch (verb) {
    case 'completion':
      return words.length > 0 ? [] : ['bash', 'zsh', 'fish'].map((value) => ({ value }));
    case 'help':
      return words.length > 0 ? [] : commandWords();
    case 'cache':
      if (words.length === 0) return ['push', 'pull', 'status', 'key'].map((value) => ({ value }));
      if (words[0] === 'key') return 'files';
      return targetWords(typed, source);
    case 'schema':
      return words.length > 0 ? [] : (await source.schemas()).map((value) => ({ value }));
    case 'diff':
      return words.length > 1 ? [] : runs();
    case 'log': {
      const targets = await targetWords(typed, source);
      return words.length > 0 ? targets : [...asList(targets), ...(await runs())];
    }
    case 'init':
    case 'stop':
    case 'gc':
    case 'orphans':
      return [];
    default:
      return targetWords(typed, source);
  }
}

/** Targets; behind an `@` their tasks; paths are targets too. */
async function targetWords(typed: string, source: CompletionSource): Promise<Completion> {
  if (typed.includes('@')) return (await source.tasks()).map((value) => ({ value }));
  if (typed.includes('/')) return 'files';
  const targets = await source.targets();
  return targets.flatMap(({ name, desc, many }) => {
    const about = desc === undefined ? {} : { about: desc };
    return [{ value: name, ...about }, ...(many ? [{ value: `${name}@`, ...about }] : [])];
  });
}
