// The program `sim` is what every simulated command runs: a pure function from its words and the files it reads to files.

/** How an output is made from the inputs; most ignore a part of them, so that cut-off happens often. */
export const operations = ['all', 'first', 'heads', 'count', 'upper', 'letters', 'constant'] as const;
export type Operation = (typeof operations)[number];

/** One output as the program is told of it. */
export interface Place {
  readonly kind: 'file' | 'dir' | 'glob';
  readonly operation: Operation;
  /** Where to write: a file, or a folder. */
  readonly at: string;
}

/** What counts for the content of the outputs beside the inputs. */
export interface Settings {
  readonly name: string;
  /** Fails when an input has a line BAD. */
  readonly strict: boolean;
  /** Values that stand in every output. */
  readonly values: readonly string[];
}

/** A command line, taken apart. */
export interface Invocation extends Settings {
  readonly inputs: readonly string[];
  readonly places: readonly Place[];
  /** The file that says which members of a set are wanted. */
  readonly missing: string | undefined;
}

/** Reads a command line: `sim NAME strict|lax tag=N [value=V] [missing=PATH] in PATH… out KIND:OPERATION:PLACE…`. */
export function parseInvocation(argv: readonly string[]): Invocation {
  const [program, name = '', mode] = argv;
  if (program !== 'sim') throw new Error(`not the simulated program: ${argv.join(' ')}`);
  const from = argv.indexOf('in');
  const to = argv.lastIndexOf('out');
  const options = argv.slice(3, from);
  const option = (key: string) =>
    options.filter((o) => o.startsWith(`${key}=`)).map((o) => o.slice(key.length + 1));
  const places = argv.slice(to + 1).map((word): Place => {
    const [kind, operation, ...at] = word.split(':');
    return { kind: kind as Place['kind'], operation: operation as Operation, at: at.join(':') };
  });
  return {
    name,
    strict: mode === 'strict',
    values: option('value'),
    missing: option('missing')[0],
    inputs: argv.slice(from + 1, to),
    places,
  };
}

const rows = (text: string): string[] => text.split('\n').slice(0, -1);
const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

function operate(operation: Operation, name: string, contents: readonly string[]): string {
  const lines = contents.flatMap(rows);
  switch (operation) {
    case 'all':
      return text(lines.slice(0, 8));
    case 'first':
      return text(rows(contents[0] ?? '').slice(0, 4));
    case 'heads':
      return text(contents.map((content) => rows(content)[0] ?? ''));
    case 'count':
      return text([String(lines.length)]);
    case 'upper':
      return text(lines.slice(0, 6).map((line) => line.toUpperCase()));
    case 'letters':
      return text(lines.slice(0, 6).map((line) => line.replace(/[^a]/g, '')));
    case 'constant':
      return text([name]);
  }
}

/** Files below a folder for each two lines: a set whose number of members follows the content. */
function chunks(content: string): Map<string, string> {
  const lines = rows(content);
  const out = new Map<string, string>();
  for (let i = 0; i < lines.length; i += 2)
    out.set(`part-${String(i / 2 + 1).padStart(4, '0')}.txt`, text(lines.slice(i, i + 2)));
  return out;
}

/** Files below a folder by their first letter, some of them deeper. */
function letters(content: string): Map<string, string> {
  const out = new Map<string, string>();
  for (const line of rows(content)) {
    const name = line === '' ? 'empty.txt' : line < 'b' ? `deep/${line[0]}.txt` : `${line[0]}.txt`;
    out.set(name, `${out.get(name) ?? ''}${line}\n`);
  }
  return out;
}

/**
 * What one output holds: a file has one entry with an empty name, a folder one entry for each file below it.
 * @param contents of the inputs, in the order of their paths
 * @returns undefined when the program fails on these inputs
 */
export function produce(
  output: Pick<Place, 'kind' | 'operation'>,
  settings: Settings,
  contents: readonly string[],
): ReadonlyMap<string, string> | undefined {
  if (settings.strict && contents.some((content) => /^BAD$/m.test(content))) return undefined;
  const made = text(settings.values.map((v) => `v${v}`)) + operate(output.operation, settings.name, contents);
  if (output.kind === 'file') return new Map([['', made]]);
  // A set has a member at least, so that there is a task for one at least.
  return (output.kind === 'glob' ? chunks : letters)(made === '' ? 'none\n' : made);
}
