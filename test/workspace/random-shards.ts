// Random shards: the lines of `writeShards` change, its files vanish or are tampered with, and an oracle follows.
import fc from 'fast-check';
import type { Oracle, OracleTask } from './oracle.ts';
import type { Workspace } from './workspace.ts';

/** One change of the lines or of a made file. */
export interface ShardEdit {
  readonly kind: 'change' | 'insert' | 'drop' | 'revert' | 'delete' | 'tamper';
  readonly pick: number;
  readonly text: string;
}

export const anyLines = fc.array(fc.stringMatching(/^[ab]{1,2}$/), { minLength: 1, maxLength: 8 });

export const anyShardEdits: fc.Arbitrary<ShardEdit[]> = fc.array(
  fc.record({
    kind: fc.constantFrom<ShardEdit['kind']>(
      'change',
      'insert',
      'drop',
      'revert',
      'delete',
      'delete',
      'tamper',
    ),
    pick: fc.nat(1000),
    text: fc.stringMatching(/^[ab]{1,2}$/),
  }),
  { minLength: 1, maxLength: 3 },
);

interface Shard {
  readonly stem: string;
  readonly text: string;
}

function shardsOf(lines: readonly string[]): Shard[] {
  const count = Math.ceil(lines.length / 2);
  return Array.from({ length: count }, (_, index) => ({
    stem: `part-${String(index + 1).padStart(4, '0')}`,
    text: lines
      .slice(2 * index, 2 * index + 2)
      .map((line) => `${line}\n`)
      .join(''),
  }));
}

/** The tasks of `writeShards` for these lines, in the order of their edges. */
export function shardTasks(lines: readonly string[]): OracleTask[] {
  const shards = shardsOf(lines);
  const answer = (text: string): string => text.replace(/^(?=.)/gm, 'answer to ');
  const one = (
    id: string,
    paths: readonly [string, string],
    compute: (text: string) => string,
  ): OracleTask => ({
    id,
    inputs: [paths[0]],
    outputs: [paths[1]],
    command: '',
    compute: ([text = '']) => [compute(text)],
  });
  return [
    {
      id: 'split',
      inputs: ['lines.txt'],
      outputs: shards.map(({ stem }) => `parts/${stem}.txt`),
      set: 'parts/',
      command: '',
      compute: () => shards.map(({ text }) => text),
    },
    ...shards.map(({ stem }) => one(`infer@${stem}`, [`parts/${stem}.txt`, `answers/${stem}.txt`], answer)),
    ...shards.map(({ stem }) =>
      one(`score@${stem}`, [`answers/${stem}.txt`, `scores/${stem}.txt`], (text) => `${text.length}\n`),
    ),
    {
      id: 'total',
      inputs: shards.map(({ stem }) => `scores/${stem}.txt`),
      outputs: ['total.txt'],
      command: '',
      compute: (texts) => [texts.join('')],
    },
  ];
}

/** Shards under test: the workspace, the oracle, and the lines as they are now. */
export interface ShardBench {
  readonly ws: Workspace;
  readonly oracle: Oracle;
  readonly origin: readonly string[];
  lines: string[];
}

/** Writes the lines on both sides. */
export function writeLines(bench: ShardBench): void {
  const text = bench.lines.map((line) => `${line}\n`).join('');
  bench.ws.write('lines.txt', text);
  bench.oracle.disk.set('lines.txt', text);
}

function editLines(bench: ShardBench, edit: ShardEdit): void {
  const index = edit.pick % bench.lines.length;
  if (edit.kind === 'change') bench.lines[index] = edit.text;
  else if (edit.kind === 'insert') bench.lines.splice(index, 0, edit.text);
  else if (edit.kind === 'revert') bench.lines = [...bench.origin];
  else if (bench.lines.length > 1) bench.lines.splice(index, 1);
  writeLines(bench);
}

/** Applies the edit on both sides, and tells it in words. */
export function applyShardEdit(bench: ShardBench, edit: ShardEdit): string {
  if (edit.kind !== 'delete' && edit.kind !== 'tamper') {
    editLines(bench, edit);
    return `${edit.kind}: ${bench.lines.join(' ')}`;
  }
  const { ws, oracle } = bench;
  const made = shardTasks(bench.lines)
    .flatMap((task) => task.outputs)
    .filter((path) => ws.exists(path));
  const path = made[edit.pick % Math.max(1, made.length)];
  if (path === undefined) return 'nothing to spoil';
  if (edit.kind === 'delete') {
    ws.remove(path);
    oracle.disk.delete(path);
  } else {
    ws.write(path, `${edit.text}\n`);
    oracle.disk.set(path, `${edit.text}\n`);
  }
  return `${edit.kind} ${path}`;
}
