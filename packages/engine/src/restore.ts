// A restore puts a former result back: each file is checked by its digest, and takes its place as an output that was built does.
import { join } from 'node:path';
import { type Decision, sameOutputs, type Task, type TaskRecord } from '@evalmake/core';
import { attemptDir } from './attempt.ts';
import { makeDir } from './disk.ts';
import { keepReplaced } from './keep-replaced.ts';
import type { Collected, Written } from './outcome.ts';
import { publish, publishing } from './publish.ts';
import type { TaskEnd, TaskRunContext } from './task-run-context.ts';
import { isoTime } from './workspace.ts';

/**
 * Restores a task. What turns out to be damaged is dropped, and the task decided anew without it.
 * @throws LockLost when somebody else has become the writer
 */
export async function restoreTask(task: Task, decision: Decision, context: TaskRunContext): Promise<TaskEnd> {
  const { workspace, emit } = context;
  const { root, store, journal, options, snapshot } = workspace;
  const kept = decision.restores as TaskRecord;
  const now = (): string => isoTime(options.nowMs());
  journal.lock?.check();
  emit({ event: 'restoring', at: now(), task: task.id, reasons: decision.reasons });
  const dir = attemptDir(task.id, workspace.world.digest);
  const collected = fetched(task, kept, { context, dir });
  if (collected === undefined) {
    store.drop(task.id, kept.parts);
    const text = 'its former result is damaged in the store, and is made anew';
    emit({ event: 'warn', at: now(), task: task.id, text });
    return { ok: false, reason: 'collected', message: text };
  }
  const record: TaskRecord = { ...kept, at: now(), run: context.log.number };
  const list = publishing({ task, decision }, collected, { record, root });
  keepReplaced(decision, record, { workspace, asideDir: undefined });
  try {
    await publish(list, { journal, root, durably: task.outputs.some((o) => o.kind !== 'file') });
  } catch (error) {
    return { ok: false, reason: 'publish', message: (error as Error).message };
  }
  const written = Object.values(record.outputs).flat();
  snapshot.forget([...written.map((f) => f.path), ...list.remove]);
  context.emptied(join(root, dir));
  const durable = journal.durable();
  context.emitWhen(durable, { event: 'restored', at: now(), task: task.id });
  return { ok: true, record, changed: !sameOutputs(decision.record, record), restored: true, durable };
}

/** Copies all files of a kept result below the attempt; undefined when one of them is not what it was. */
function fetched(
  task: Task,
  record: TaskRecord,
  { context, dir }: { readonly context: TaskRunContext; readonly dir: string },
): Collected | undefined {
  const { root, store } = context.workspace;
  const out = new Map<Task['outputs'][number], Written[]>();
  for (const output of task.outputs) {
    const files: Written[] = [];
    for (const file of record.outputs[output.name] ?? []) {
      const at = `${dir}/out/${file.path}`;
      makeDir(join(root, at, '..'));
      if (!store.fetch(file, join(root, at))) return undefined;
      files.push({ path: file.path, at, digest: file.digest, bytes: file.bytes });
    }
    out.set(output, files);
  }
  return out;
}
