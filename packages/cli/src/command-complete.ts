// The hidden command `__complete`: answers a shell while somebody types: quickly, changing nothing, and silent about trouble.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Completion, type CompletionSource, complete } from './completing.ts';
import { printable } from './style.ts';

/** More than anybody reads: the shell would ask whether to show them. */
const most = 1000;

/** Prints what may stand in place of the last word. Whatever goes wrong, there is then nothing to offer. */
export async function answerShell(args: readonly string[]): Promise<number> {
  const words = args[0] === '--' ? args.slice(1) : args;
  process.stdout.write(answerText(await complete(words, sourceFor(words))));
  return 0;
}

/** What can be known; a pipeline that cannot be read is told of by the call itself, not while it is typed. */
async function orNothing<T>(ask: () => Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await ask();
  } catch {
    return []; // there is then nothing to offer
  }
}

function answerText(found: Completion): string {
  if (typeof found === 'string') return `:${found}\n`;
  return found
    .slice(0, most)
    .map(({ value, about }) => `${printable(value)}${about === undefined ? '' : `\t${oneLine(about)}`}\n`)
    .join('');
}

function oneLine(text: string): string {
  return printable(text.replace(/\s+/g, ' ').trim());
}

/** The value of an option in the words that were typed before. */
function given(words: readonly string[], long: string, short: string): string | undefined {
  for (const [i, word] of words.slice(0, -1).entries()) {
    if (word === `--${long}` || word === `-${short}`) return words[i + 1];
    if (word.startsWith(`--${long}=`)) return word.slice(long.length + 3);
  }
  return undefined;
}

function sourceFor(words: readonly string[]): CompletionSource {
  const place = async () => {
    const { findSessionRoot } = await import('./session.ts');
    const dir = resolve(given(words, 'dir', 'C') ?? '.');
    const file = given(words, 'file', 'f') ?? 'pipeline.yaml';
    const root = findSessionRoot({ dir, file });
    return { root, file: basename(file) };
  };
  return {
    targets: () => orNothing(async () => targetsOf(await place())),
    tasks: () =>
      orNothing(async () => {
        const { expand } = await import('@evalmake/core');
        const { pipeline, config, world } = await opened(await place());
        const graph = expand({ pipeline, config, world }).value;
        return graph === undefined ? [] : graph.tasks.filter((t) => !t.placeholder).map((t) => t.id);
      }),
    configKeys: () =>
      orNothing(async () => {
        const { configKeys } = await import('@evalmake/core');
        return configKeys((await opened(await place())).config.value);
      }),
    runs: () =>
      orNothing(async () => {
        const { runNumbers } = await import('@evalmake/engine');
        return runNumbers((await place()).root);
      }),
    schemas: () =>
      orNothing(async () => {
        const folder = join(dirname(fileURLToPath(import.meta.url)), 'schemas');
        return readdirSync(folder).map((name) => name.replace('.schema.json', ''));
      }),
  };
}

interface Place {
  readonly root: string;
  readonly file: string;
}

/** From the pipeline as it was parsed last, while its text is the same; else it is parsed, also with mistakes in it. */
async function targetsOf({ root, file }: Place): ReturnType<CompletionSource['targets']> {
  const { cachedPipeline } = await import('@evalmake/engine/parsed-cache');
  const { buildName } = await import('./session.ts');
  const { stateDir } = await import('@evalmake/engine');
  const text = readFileSync(join(root, file), 'utf8');
  const cache = { dir: join(root, stateDir, 'cache'), later: () => {}, build: buildName() };
  const parsed = await cachedPipeline(text, file, cache);
  const pipeline = parsed.value ?? (await import('@evalmake/core/parse')).parseLoosely(text, file).value;
  return (pipeline?.targets ?? []).map(({ name, desc, each }) => ({ name, desc, many: each.length > 0 }));
}

async function opened({ root, file }: Place) {
  const { openWorkspace } = await import('@evalmake/engine');
  const { buildName } = await import('./session.ts');
  const { value } = await openWorkspace({
    root,
    file,
    configs: [],
    sets: [],
    env: process.env,
    nowMs: () => Date.now(),
    write: false,
    build: buildName(),
    warn: () => {},
  });
  if (value === undefined) throw new Error('the pipeline has mistakes');
  return value;
}
