// Reconciling: after a crash and the recovery from it, each task that ran has published whole or not at all.
import type { Bench } from './bench.ts';
import { Violation } from './oracle.ts';
import { isOff } from './project.ts';
import { type Files, made, outputFiles, outputsImage, type TaskModel, tasksOf } from './task-model.ts';

/** What the build that was killed had done, as far as anybody could see. */
export interface Crashed {
  readonly runs: ReadonlyMap<string, number>;
  /** Tasks that it told to be finished, or restored. */
  readonly finished: ReadonlySet<string>;
  readonly wanted: ReadonlySet<string>;
}

/** What would lie on the disk when a task had published this. */
function published(task: TaskModel, files: Files, content: Files): Map<string, string> {
  const out = new Map(files);
  for (const path of outputFiles(task, files)) out.delete(path);
  for (const [path, text] of content) out.set(path, text);
  return out;
}

/**
 * Where a crash tore the journal too, an output that somebody had changed may be the recorded one again: of the attempt
 * that was cut off nobody knows any more that it did not end. Each output is the old one, or that of the newest record.
 */
function wasPutRight(found: string, old: string, recorded: string | undefined): boolean {
  const [f, o, r] = [found, old, recorded ?? '[]'].map((image) => JSON.parse(image) as (string | null)[]);
  return (f ?? []).every((image, i) => image === o?.[i] || (r?.[i] !== undefined && image === r[i]));
}

function reconcileTask({ oracle }: Bench, task: TaskModel, finished: boolean, tree: Files): void {
  const content = made(task, oracle.files);
  const found = outputsImage(task, tree);
  const old = outputsImage(task, oracle.files);
  const next = content && outputsImage(task, published(task, oracle.files, content));
  if (content !== undefined && found === next) {
    // Where old and new are equal, nobody can see whether it was recorded.
    oracle.ran(task, content, finished);
    return;
  }
  if (found === old && !finished) return;
  if (!finished && wasPutRight(found, old, oracle.newestImage(task.id))) {
    for (const path of outputFiles(task, oracle.files)) oracle.files.delete(path);
    for (const path of outputFiles(task, tree)) oracle.files.set(path, tree.get(path) ?? '');
    return;
  }
  const what = finished ? 'was told to be finished' : 'was cut off';
  throw new Violation(
    'lost-output',
    `${task.id} ${what}, and its outputs are ${found}, not ${old} or ${next}`,
  );
}

/** What did not run may have been restored before anybody told so: then all of it lies there. */
function takeRestored({ oracle }: Bench, task: TaskModel, tree: Files): void {
  const content = oracle.known.includes(task.id) ? made(task, oracle.files) : undefined;
  if (content === undefined) return;
  const found = outputsImage(task, tree);
  const next = outputsImage(task, published(task, oracle.files, content));
  if (found === next && found !== outputsImage(task, oracle.files)) oracle.ran(task, content, false);
}

/**
 * Takes in what a killed build had published.
 * @param tree the files as they are when the next build has recovered
 * @throws Violation when an output is neither what it was nor what it was to become
 */
export function reconcile(bench: Bench, crashed: Crashed, tree: Files): void {
  const { project, oracle } = bench;
  for (const target of project.targets) {
    if (!crashed.wanted.has(target.name) || isOff(project, target)) continue;
    for (const task of tasksOf(project, target, oracle.files)) {
      const told = crashed.finished.has(task.id);
      if (crashed.runs.has(task.id) || told) reconcileTask(bench, task, told, tree);
      else takeRestored(bench, task, tree);
    }
  }
  assertDisk(bench, tree, 'after recovery');
}

/** After a power cut anything may be lost but the records of what was told to be finished. */
export function keepFinished({ project, oracle }: Bench, { finished, wanted }: Crashed): void {
  for (const target of project.targets) {
    if (!wanted.has(target.name) || isOff(project, target)) continue;
    for (const task of tasksOf(project, target, oracle.files)) {
      const content = finished.has(task.id) ? made(task, oracle.files) : undefined;
      if (content !== undefined) oracle.ran(task, content);
    }
  }
}

/**
 * A task whose end was cut out of the journal looks like one that never ended: what it wrote at fixed paths may be moved
 * below `.evalmake`, where it is kept.
 */
export function settleSpoiled({ oracle }: Bench, tree: Files): void {
  const kept = new Set([...tree].filter(([path]) => path.startsWith('.evalmake/')).map(([, text]) => text));
  for (const id of oracle.spoiled) {
    const [name, value] = id.split('@');
    const prefix = value === undefined ? `out/${name}.` : `out/${name}/${value}.`;
    for (const [path, text] of [...oracle.files]) {
      if (!path.startsWith(prefix) || tree.has(path)) continue;
      if (!kept.has(text)) throw new Violation('lost-output', `${path} went with a spoiled journal`);
      oracle.files.delete(path);
    }
  }
  oracle.spoiled.clear();
}

/** What lies at outputs is what the oracle says. */
export function assertDisk({ oracle }: Bench, tree: Files, when: string): void {
  const relevant = (path: string): boolean => path.startsWith('out/') || path.startsWith('src/');
  for (const path of new Set([...tree.keys(), ...oracle.files.keys()])) {
    if (!relevant(path) || tree.get(path) === oracle.files.get(path)) continue;
    const told = (text: string | undefined): string =>
      text === undefined ? 'missing' : JSON.stringify(text);
    const says = `${path} ${when} is ${told(tree.get(path))}, and should be ${told(oracle.files.get(path))}`;
    throw new Violation('lost-output', says);
  }
}
