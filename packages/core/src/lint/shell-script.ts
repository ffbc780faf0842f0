// A ShellScript is bash text read as its simple commands: enough to say what it runs and reads, without running it.
import { type OpenCommand, ShellReader, type ShellWord } from './shell-reader.ts';

export type { ShellWord } from './shell-reader.ts';

/** One simple command. */
export interface ShellCommand {
  /** The program and its words; none where variables are only set; a loop over words begins with `for`. */
  readonly words: readonly ShellWord[];
  /** Files it reads by `<`. */
  readonly reads: readonly ShellWord[];
  /** Whether a here-document or here-string is its input. */
  readonly here: boolean;
  /** Variables whose value it uses: `RANDOM`, `$` for the number of the process. */
  readonly uses: readonly string[];
  /** Variables that take what it prints: `start=$(date)`. */
  readonly into: readonly string[];
  /** Whether what it prints goes to the log of the task and nowhere else. */
  readonly logged: boolean;
}

/** A whole script. */
export interface ShellScript {
  readonly commands: readonly ShellCommand[];
  readonly functions: ReadonlySet<string>;
  /** Variables that it sets itself. */
  readonly sets: ReadonlySet<string>;
}

/** Reads bash text. What it cannot make out is read as ordinary words: it never fails. */
export function readShell(text: string): ShellScript {
  const reader = new ShellReader(text);
  reader.list(undefined, '');
  return {
    commands: reader.commands.map(({ words, reads, here, uses, taken, within }) => ({
      words,
      reads,
      here,
      uses,
      into: within?.words.length === 0 ? within.sets : [],
      logged: isLogged({ words, taken, within }),
    })),
    functions: reader.functions,
    sets: reader.sets,
  };
}

/** What stands in a word of `echo` is printed with it; in a word of another program it reaches that program. */
function isLogged({ words, taken, within }: Pick<OpenCommand, 'words' | 'taken' | 'within'>): boolean {
  if (taken || words.length === 0) return false;
  if (within === undefined) return true;
  return ['echo', 'printf'].includes(within.words[0]?.text ?? '') && isLogged(within);
}
