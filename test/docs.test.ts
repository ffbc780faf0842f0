// The documents are true: the code map is current, commands and options exist, examples parse, tables list everything.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { demandKeys } from '@evalmake/core/check-demand';
import { parsePipeline } from '@evalmake/core/parse';
import { defaultKeys, targetKeys } from '@evalmake/core/parse-target';
import { formatProblem } from '@evalmake/core/problem';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { repositoryFiles, root, type SourceFile } from './house/repository.ts';
import { isSource, packageOf } from './house/rule.ts';
import { Running } from './workspace/program.ts';

const architecture = 'docs/architecture.md';
const manual = 'docs/manual.md';
const begin = '<!-- code map -->';
const end = '<!-- /code map -->';

/** The first sentence of a file's opening comment, which says what its noun is. */
function firstSentence(text: string): string {
  const comment: string[] = [];
  for (const line of text.split('\n')) {
    if (!line.startsWith('// ')) break;
    comment.push(line.slice(3).trim());
  }
  const whole = comment.join(' ');
  return /^.*?[.!?](?= [A-Z]|$)/.exec(whole)?.[0] ?? whole;
}

/** One line per source file, below a heading per folder. */
function codeMap(files: readonly SourceFile[]): string {
  const folders = new Map<string, string[]>();
  for (const { path, text } of files.filter((f) => isSource(f.path))) {
    const folder = path.slice(0, path.lastIndexOf('/'));
    const line = `- \`${path.slice(folder.length + 1)}\`: ${firstSentence(text)}`;
    folders.set(folder, [...(folders.get(folder) ?? []), line]);
  }
  const order = ['core', 'engine', 'cli', 'evalkit'];
  const rank = (folder: string): number => order.indexOf(packageOf(`${folder}/x.ts`) ?? '');
  const sorted = [...folders].sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return sorted.map(([folder, lines]) => `### ${folder}\n\n${lines.join('\n')}\n`).join('\n');
}

/** A document with what stands between the marks of the code map replaced. */
function withMap(document: string, map: string): string {
  const [head, tail] = [document.indexOf(begin), document.indexOf(end)];
  assert.ok(head >= 0 && tail > head, `${architecture} has lost its marks ${begin} … ${end}`);
  return `${document.slice(0, head + begin.length)}\n\n${map}\n${document.slice(tail)}`;
}

const read = (path: string): string => readFileSync(join(root, path), 'utf8');

if (process.env['UPDATE_DOCS'] === '1') {
  writeFileSync(join(root, architecture), withMap(read(architecture), codeMap(repositoryFiles())));
}

/** What the program says of itself. */
interface Help {
  readonly commands: ReadonlyMap<string, string>;
  /** Long names with their dashes -> the short one, or ''. */
  readonly options: ReadonlyMap<string, string>;
  readonly exits: ReadonlyMap<string, string>;
}

async function help(): Promise<Help> {
  const env = { PATH: process.env['PATH'] ?? '', NO_COLOR: '1' };
  const { stdout } = await new Running(['--help'], { cwd: root, env }).done;
  const section = (name: string): string =>
    stdout
      .split('\n\n')
      .find((part) => part.startsWith(`${name}:`))
      ?.slice(name.length + 1) ?? '';
  const commands = [...section('Commands').matchAll(/^ {2}(\S+) +(.*)$/gm)].map(
    (m) => [m[1], m[2]] as [string, string],
  );
  const options = [...section('Options').matchAll(/^ {2}(?:(-\w), | {4})(--[\w-]+)/gm)];
  const exits = section('Exit codes')
    .replace(/\.\s*$/, '')
    .replace(/\s+/g, ' ')
    .split(', ');
  return {
    commands: new Map(commands),
    options: new Map(options.map((m) => [m[2] ?? '', m[1] ?? ''])),
    exits: new Map(exits.map((text) => /^ ?([\d/]+) (.*)$/.exec(text)?.slice(1) as [string, string])),
  };
}

/** The rows of the table whose header has this first cell, below a heading. */
function table(text: string, heading: string): string[][] {
  const section = text.split(/^#{1,6} /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  assert.ok(rows.length > 2, `the manual has no table below "${heading}"`);
  return rows.slice(2).map((row) =>
    row
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** The code spans of a text. */
const spans = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map((m) => m[1] ?? '');

/** The code spans in the first cells of a manual's tables below some headings. */
function named(...headings: string[]): Set<string> {
  const text = read(manual);
  return new Set(headings.flatMap((h) => table(text, h).flatMap((row) => spans(row[0] ?? ''))));
}

/** Fenced blocks of one language, with the line on which each begins. */
function blocks(path: string, language: string): { text: string; line: number }[] {
  const text = read(path);
  return [...text.matchAll(/^```(\w*)\n((?:.|\n)*?)^```$/gm)]
    .filter((m) => m[1] === language)
    .map((m) => ({ text: m[2] ?? '', line: text.slice(0, m.index).split('\n').length }));
}

const documents = [
  'README.md',
  manual,
  architecture,
  'docs/design.md',
  'docs/formats.md',
  'docs/distributed.md',
];

/** Whole pipelines shown in a document. */
function pipelinesIn(path: string): { text: string; line: number }[] {
  return blocks(path, 'yaml').filter(({ text }) => text.startsWith('evalmake: 1\n'));
}

test('the code map is current', () => {
  const text = read(architecture);
  assert.ok(
    text === withMap(text, codeMap(repositoryFiles())),
    `${architecture} does not say what the files say: UPDATE_DOCS=1 npm test -- docs.test`,
  );
});

test('the architecture is at most 150 lines beside its code map', () => {
  const lines = withMap(read(architecture), '').split('\n').length;
  assert.ok(lines <= 150, `${lines} lines`);
});

test('a code map takes the whole first sentence and nothing more', () => {
  assert.is(
    firstSentence('// A Thing is `a.b`, of\n// two lines. More.\nexport {};'),
    'A Thing is `a.b`, of two lines.',
  );
  assert.is(firstSentence('// A Thing.\n\n// Other.'), 'A Thing.');
});

test('whole pipelines in the documents parse without problems', () => {
  let seen = 0;
  for (const path of documents) {
    for (const { text, line } of pipelinesIn(path)) {
      seen++;
      const { problems } = parsePipeline(text, 'pipeline.yaml');
      assert.equal(problems.map(formatProblem), [], `the pipeline in ${path}:${line}`);
    }
  }
  assert.ok(seen >= 5, `only ${seen} pipelines found`);
});

/** The calls of evalmake shown in a document, as words. */
function calls(path: string): { words: string[]; shown: string }[] {
  const lines = ['', 'sh', 'yaml'].flatMap((l) => blocks(path, l)).flatMap(({ text }) => text.split('\n'));
  const typed = lines.filter((line) => /^\$ |^npm |^npx /.test(line)).map((line) => line.replace(/^\$ /, ''));
  const all = [...typed, ...spans(read(path).replace(/^```(?:.|\n)*?^```$/gm, ''))];
  return all
    .flatMap((line) => line.split(/&&|\|\||[;|]/))
    .map((call) => call.replace(/(^|\s)#.*$/, '').trim())
    .filter((call) => /^(npx )?evalmake( |$)/.test(call))
    .map((shown) => ({ shown, words: wordsOf(shown.replace(/^npx /, '')).slice(1) }));
}

/** Targets of every pipeline that the documents can mean. */
function knownTargets(): Set<string> {
  const shown = documents.flatMap((path) => blocks(path, 'yaml').map(({ text }) => text));
  const files = [
    'pipeline.yaml',
    'examples/hello/pipeline.yaml',
    'examples/python-scripts/pipeline.yaml',
    'examples/sweep/pipeline.yaml',
    'examples/judge/pipeline.yaml',
  ].map(read);
  return new Set(
    [...shown, ...files].flatMap((text) => [...text.matchAll(/^ {2}(\w+):$/gm)].map((m) => m[1] ?? '')),
  );
}

/** The words of a call; what stands in quotes is one. */
function wordsOf(call: string): string[] {
  return call.match(/(?:"[^"]*"|\S)+/g) ?? [];
}

/** Options that take the next word. */
const takesWord = /^(--(reason|set|config|dir|file|output|format|only|from|until|skip|executor)|-[oCf])$/;

/** What is wrong with a call, or undefined. */
function wrongWord(
  words: readonly string[],
  { commands, options }: Help,
  targets: ReadonlySet<string>,
): string | undefined {
  const shorts = new Set([...options.values()].map((s) => s.slice(1)));
  const plain: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (word.startsWith('--')) {
      if (!options.has(word.split(/[=[]/)[0] ?? '')) return `${word} is no option`;
    } else if (word.startsWith('-')) {
      const unknown = [...word.slice(1).replace(/[\d=].*$/, '')].find((letter) => !shorts.has(letter));
      if (unknown !== undefined) return `-${unknown} is no option`;
    } else plain.push(word);
    if (takesWord.test(word)) i++;
  }
  const own = ownWords(plain[0] ?? '', commands);
  const wrong = plain.find((word, i) => {
    if (i === 0 && commands.has(word)) return false;
    return !isTarget(word, targets) && !own.test(word);
  });
  return wrong && `${wrong} is neither a command nor a target of a pipeline in the documents`;
}

/** What else may stand behind a command: the number of a run, a shell, a schema, a command. */
function ownWords(command: string, commands: Help['commands']): RegExp {
  if (command === 'log' || command === 'diff') return /^\d+$/;
  if (command === 'completion') return /^(bash|zsh|fish)$/;
  if (command === 'cache') return /^(push|pull|status|key)$/;
  if (command === 'schema') return /^(pipeline|manifest|plan|status|why|provenance|log|diff|events|report)$/;
  return command === 'help' ? new RegExp(`^(${[...commands.keys()].join('|')})$`) : /^$/;
}

/** A name, an instance of it, a path, or a placeholder. */
function isTarget(word: string, targets: ReadonlySet<string>): boolean {
  if (/[/…*]/.test(word) || /^\[?[A-Z]+\]?$/.test(word)) return true;
  return targets.has(word.split('@')[0] ?? '');
}

test('every call of evalmake in the documents uses commands, options and targets that exist', async () => {
  const known = await help();
  const targets = knownTargets();
  const shown = documents.flatMap((path) => calls(path).map((call) => ({ path, ...call })));
  assert.ok(shown.length > 30, `only ${shown.length} calls found`);
  const wrong = shown.flatMap(({ path, shown: text, words }) => {
    const problem = wrongWord(words, known, targets);
    return problem === undefined ? [] : [`${path}: ${text}: ${problem}`];
  });
  assert.equal(wrong, []);
});

test('planted: calls that do not exist', async () => {
  const known = await help();
  const says = (call: string) => wrongWord(call.split(' '), known, new Set(['score']));
  assert.is(says('score -nk -j4 --set a=1'), undefined);
  assert.is(says('-C ../x report'), undefined);
  assert.match(says('--dryrun score') ?? '', /--dryrun is no option/);
  assert.match(says('-nx') ?? '', /-x is no option/);
  assert.match(says('nothing') ?? '', /neither a command nor/);
  assert.match(says('why 3') ?? '', /neither a command nor/);
  assert.is(says('diff 3 12'), undefined);
});

test('the manual lists the options and commands of the help, and no others', async () => {
  const { commands, options } = await help();
  const both = [...options].flatMap(([long, short]) => (short === '' ? [long] : [short, long]));
  assert.equal([...named('Options')].map((o) => o.split(/[ [=]/)[0]).sort(), both.sort());
  assert.equal([...named('Commands')].sort(), [...commands.keys()].sort());
});

test('the exit codes of the manual are those of the help', async () => {
  const rows = table(read(manual), 'Exit codes').map((row) => [row[0], row[1]]);
  assert.equal(rows, [...(await help()).exits]);
});

test('the manual names every key, check and reason of the language', () => {
  const missing = (known: readonly string[], where: Set<string>) => known.filter((k) => !where.has(k));
  const absent = named('What is not there yet');
  const keys = new Set([...named('Targets'), ...absent]);
  assert.equal(missing(targetKeys, keys), []);
  assert.equal(missing(demandKeys, named('Checks')), []);
  const defaults = table(read(manual), 'Top level').find((row) => row[0] === '`defaults`');
  assert.equal(missing(defaultKeys, new Set([...spans(defaults?.[2] ?? ''), ...absent])), []);
  const source = /ReasonCode =([^;]*);/.exec(read('packages/core/src/reason.ts'))?.[1] ?? '';
  const codes = [...source.matchAll(/'([a-z-]+)'/g)].map((m) => m[1] ?? '');
  assert.ok(codes.length > 20);
  assert.equal(missing(codes, new Set([...named('Reasons'), ...absent])), []);
  assert.equal(missing([...named('Reasons')], new Set(codes)), []);
});

test('documents name tests that exist', () => {
  const sources = new Map(
    repositoryFiles()
      .filter((f) => f.path.endsWith('.test.ts'))
      .map(
        (f) =>
          [f.path.replace(/^(packages\/(\w+)\/)?test\//, '').replace(/\.test\.ts$/, ''), f.text] as const,
      ),
  );
  const wrong: string[] = [];
  let claims = 0;
  for (const document of ['docs/crash-safety.md', 'docs/distributed.md']) {
    const text = read(document);
    for (const [, name = ''] of text.matchAll(/`((?:simulation\/|cli-)[a-z-]+)`/g))
      if (!sources.has(name)) wrong.push(`${document}: no test file is named ${name}`);
    for (const [, name = '', titles = ''] of text.matchAll(
      /`((?:simulation\/)?[a-z-]+)(?:\.test)?`((?:,?(?: and,[^"`]*?)?\s+"[^"]+")+)/g,
    ))
      for (const [, title = ''] of titles.matchAll(/"([^"]+)"/g)) {
        claims++;
        if (sources.get(name)?.includes(title) !== true)
          wrong.push(`${document}: ${name} has no test "${title}"`);
      }
  }
  assert.equal(wrong, []);
  assert.ok(claims > 50, `${claims} claims were looked at`);
});

test.run();
