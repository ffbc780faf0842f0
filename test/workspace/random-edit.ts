// A random edit: one change between two builds, applied to the real workspace and to the oracle alike.
import fc from 'fast-check';
import type { Oracle } from './oracle.ts';
import { anyText, configOf, pipelineOf, type RandomProject, tasksOf } from './random-project.ts';
import type { Workspace } from './workspace.ts';

const kinds = [
  'write',
  'sneak',
  'touch',
  'rewrite',
  'revert',
  'config',
  'delete',
  'tamper',
  'command',
  'drop-input',
  'forget-digests',
] as const;

export interface RandomEdit {
  readonly kind: (typeof kinds)[number];
  readonly pick: number;
  readonly text: string;
  readonly value: number;
}

export const anyEdit: fc.Arbitrary<RandomEdit> = fc.record({
  kind: fc.constantFrom(...kinds, 'write', 'revert'),
  pick: fc.nat(1000),
  text: anyText,
  value: fc.nat(2),
});

/** One build of a case: some edits before, then these arguments. */
export interface RandomBuild {
  readonly edits: readonly RandomEdit[];
  readonly wanted: readonly number[];
  readonly jobs: number;
  readonly keepGoing: boolean;
  /** Whether digests of young files are kept and used. */
  readonly later: boolean;
}

export const anyBuild: fc.Arbitrary<RandomBuild> = fc.record({
  edits: fc.array(anyEdit, { minLength: 1, maxLength: 3 }),
  wanted: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fc.nat(1000), { minLength: 1, maxLength: 3 }) },
  ),
  jobs: fc.integer({ min: 1, max: 4 }),
  keepGoing: fc.boolean(),
  later: fc.boolean(),
});

/** A project under test: the real workspace, its model, and what was done so far. */
export interface Bench {
  readonly ws: Workspace;
  readonly project: RandomProject;
  readonly oracle: Oracle;
  /** The first text of every source, to which `revert` goes back. */
  readonly origin: ReadonlyMap<string, string>;
  /** What was done, for the message of a failed case. */
  readonly story: string[];
}

function writeBoth(bench: Bench, path: string, text: string): void {
  bench.ws.write(path, text);
  bench.oracle.disk.set(path, text);
}

function writeSource(bench: Bench, path: string, text: string): void {
  writeBoth(bench, path, text);
  bench.project.sources.set(path, text);
}

const choose = <T>(items: readonly T[], pick: number): T | undefined =>
  items[pick % Math.max(1, items.length)];

/** New content of the same size under the old modification time. */
function sneak(bench: Bench, path: string): void {
  const letters = 'abcxyz';
  const next = (letter: string): string => letters[(letters.indexOf(letter) + 1) % letters.length] ?? 'a';
  const text = bench.ws.read(path).replace(/[abcxyz]/, next);
  bench.ws.sneak(path, text);
  bench.oracle.disk.set(path, text);
  bench.project.sources.set(path, text);
}

function editSource(bench: Bench, edit: RandomEdit): void {
  const path = choose([...bench.project.sources.keys()], edit.pick) ?? 's0.txt';
  const { ws, origin } = bench;
  if (edit.kind === 'write') writeSource(bench, path, edit.text);
  else if (edit.kind === 'sneak') sneak(bench, path);
  else if (edit.kind === 'touch') ws.touch(path);
  else if (edit.kind === 'rewrite') ws.write(path, ws.read(path));
  else writeSource(bench, path, origin.get(path) ?? '');
  bench.story.push(`${edit.kind} ${path}: ${JSON.stringify(ws.read(path))}`);
}

function editOutput(bench: Bench, edit: RandomEdit): void {
  const paths = tasksOf(bench.project).flatMap((task) => task.outputs);
  const path = choose(
    paths.filter((each) => bench.ws.exists(each)),
    edit.pick,
  );
  if (path === undefined) return;
  bench.story.push(`${edit.kind} ${path}`);
  if (edit.kind === 'tamper') {
    writeBoth(bench, path, edit.text);
    return;
  }
  bench.ws.remove(path);
  bench.oracle.disk.delete(path);
}

function editPipeline(bench: Bench, edit: RandomEdit): void {
  const target = choose(bench.project.targets, edit.pick);
  if (target === undefined) return;
  if (edit.kind === 'command') target.tag = edit.value;
  else if (target.inputs.length > 1) target.inputs = target.inputs.slice(0, -1);
  bench.story.push(`${edit.kind} ${target.name}: tag ${target.tag}, inputs ${target.inputs.join(' ')}`);
  bench.ws.write('pipeline.yaml', pipelineOf(bench.project));
}

function editConfig(bench: Bench, edit: RandomEdit): void {
  bench.project.config[edit.pick % bench.project.config.length] = edit.value;
  bench.story.push(`config: ${bench.project.config.join(' ')}`);
  bench.ws.write('config.yaml', configOf(bench.project));
}

function forgetDigests(bench: Bench): void {
  bench.story.push('the digest cache is deleted');
  if (bench.ws.exists('.evalmake/filestate')) bench.ws.remove('.evalmake/filestate');
}

/** Applies the edit to both sides. */
export function applyEdit(bench: Bench, edit: RandomEdit): void {
  if (edit.kind === 'delete' || edit.kind === 'tamper') editOutput(bench, edit);
  else if (edit.kind === 'command' || edit.kind === 'drop-input') editPipeline(bench, edit);
  else if (edit.kind === 'config') editConfig(bench, edit);
  else if (edit.kind === 'forget-digests') forgetDigests(bench);
  else editSource(bench, edit);
}
