// The inputs of a task as parts of its fingerprint: what each file holds, where it lies, and in which order.
import type { FingerprintContext, InputFiles } from './fingerprint-context.ts';
import { shorten } from './fingerprint-context.ts';
import type { TaskInput } from './graph.ts';
import { canonical } from './json.ts';
import type { Snapshot } from './ports.ts';
import type { OutputFile, Parts, TaskRecord } from './record.ts';

/** A fingerprint in the making. */
export interface FingerprintDraft {
  readonly parts: Record<string, string>;
  readonly pending: string[];
  readonly missing: string[];
  readonly context: FingerprintContext;
}

/** The label of a file under an input's name. */
export function inputLabel(name: string, path: string): string {
  return name === '' ? `input:${path}` : `input:${name}:${path}`;
}

/** The label of a file that a command has listed itself, in its deps file. */
export function discoveredLabel(path: string): string {
  return inputLabel('deps_file', path);
}

/** The parts of now, with today's digests of the files that a record's command had listed. */
export function withDiscovered(was: Parts, now: Parts, snapshot: Snapshot): Parts {
  const prefix = discoveredLabel('');
  const found: Record<string, string> = {};
  for (const label in was) {
    if (!label.startsWith(prefix)) continue;
    const entry = snapshot.entry(label.slice(prefix.length));
    if (entry.kind !== 'missing') found[label] = entry.digest;
  }
  return { ...now, ...found };
}

/** Adds the parts of one input, and tells the files that it stands for. */
export function addInput(input: TaskInput, draft: FingerprintDraft): InputFiles {
  const { decl } = input;
  const { context, parts, pending } = draft;
  const before = pending.length;
  const paths: string[] = [];
  const add = (path: string, recorded: OutputFile | undefined): void => {
    if (decl.orderOnly) {
      paths.push(path);
      return;
    }
    const digest = recorded?.digest ?? digestOf(path, input, draft);
    if (digest === undefined) return;
    paths.push(path);
    parts[inputLabel(decl.name, path)] = digest;
  };
  for (const { path, producer } of input.paths) {
    if (producer >= 0 && context.unsettled(producer)) {
      paths.push(path);
      if (!decl.orderOnly) pending.push(inputLabel(decl.name, path));
    } else
      add(
        path,
        producer >= 0 && context.proven(producer)
          ? recordedFile(context.accepted(producer), path)
          : undefined,
      );
  }
  for (const { producer, output } of input.members) {
    const record = context.accepted(producer);
    if (context.unsettled(producer)) {
      if (!decl.orderOnly) pending.push(decl.name === '' ? 'input:*' : `input:${decl.name}:*`);
    } else if (record === undefined && !decl.optional) {
      // Nobody knows what belongs to the set: reading nothing instead would be a wrong result.
      const task = context.graph.tasks[producer];
      draft.missing.push(task?.outputs.find((o) => o.name === output)?.path ?? output);
    } else
      for (const file of record?.outputs[output] ?? [])
        add(file.path, context.proven(producer) ? file : undefined);
  }
  for (const producer of input.after) {
    if (context.unsettled(producer) && !decl.orderOnly)
      pending.push(decl.name === '' ? 'input:*' : `input:${decl.name}:*`);
  }
  for (const pattern of input.globs) addGlob(pattern, input, { draft, add });
  if (pending.length > before) pending.push(`input:${decl.name}#order`, `input:${decl.name}#flag`);
  else addOrder(input, paths, draft);
  return { input, paths };
}

function recordedFile(record: TaskRecord | undefined, path: string): OutputFile | undefined {
  if (record === undefined) return undefined;
  for (const files of Object.values(record.outputs))
    for (const file of files) if (file.path === path) return file;
  return undefined;
}

function addGlob(
  pattern: string,
  input: TaskInput,
  to: { draft: FingerprintDraft; add: (path: string, recorded: undefined) => void },
): void {
  const { world, graph } = to.draft.context;
  const found = world.snapshot
    .glob(pattern)
    .filter((p) => !writtenByUs(p, graph.manifests) && !isSidecar(p, graph));
  if (found.length === 0 && !input.decl.optional) to.draft.missing.push(pattern);
  for (const path of found) to.add(path, undefined);
}

/** Whether a path is a manifest, or a copy of one that was set aside: files that evalmake writes are never inputs. */
export function writtenByUs(path: string, manifests: ReadonlySet<string>): boolean {
  if (manifests.has(path)) return true;
  const aside = /^(.*?)(?:\.json)?\.(?:backup\.[^/]*\.json|corrupt\.[^/]*)$/.exec(path);
  return aside !== null && (manifests.has(`${aside[1]}.json`) || manifests.has(aside[1] as string));
}

/** Whether a path is the sidecar of an output with rows. */
function isSidecar(path: string, { tasks, builder }: FingerprintContext['graph']): boolean {
  if (!path.endsWith('.keys.jsonl')) return false;
  const task = tasks[builder(path) ?? -1];
  return task?.outputs.some((o) => o.sidecar === true && o.path === path) === true;
}

function digestOf(path: string, input: TaskInput, draft: FingerprintDraft): string | undefined {
  const entry = draft.context.world.snapshot.entry(path, input.decl.digest);
  if (entry.kind !== 'missing') return entry.digest;
  if (!input.decl.optional) draft.missing.push(path);
  return undefined;
}

/** A list that is not in sorted order, or repeats a file, says so: it is another command. So does an option word. */
function addOrder(input: TaskInput, paths: readonly string[], draft: FingerprintDraft): void {
  const { decl } = input;
  if (decl.flag !== undefined && paths.length > 0) draft.parts[`input:${decl.name}#flag`] = decl.flag;
  if (paths.length < 2 || decl.orderOnly || paths.every((p, i) => i === 0 || (paths[i - 1] as string) < p))
    return;
  draft.parts[`input:${decl.name}#order`] = shorten(canonical(paths), (t) => draft.context.world.digest(t));
}
