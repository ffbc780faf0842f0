// A recheck looks again at outputs whose bytes are right, because a check asks something new of them.
import { asksFirst, type Decision, type Task, type TaskRecord } from '@evalmake/core';
import { judgePublished } from './check-published.ts';
import { rejudgeTask } from './rejudge.ts';
import { runTask } from './task-run.ts';
import type { TaskEnd, TaskRunContext } from './task-run-context.ts';
import { isoTime } from './workspace.ts';

/**
 * Judges the checks on the published outputs, or on results that are kept. A free target that fails them runs again; what may be replaced only when
 * a person says so stays, with the verdict in its record. Nothing is thrown away.
 */
export async function recheckTask(task: Task, decision: Decision, context: TaskRunContext): Promise<TaskEnd> {
  if (decision.kept !== undefined) return rejudgeTask(task, decision, context);
  // Answers to rows are merged once more: what they make was kept nowhere else.
  if (decision.rows !== undefined) return runTask(task, decision, context);
  const { workspace, graph, onRunning } = context;
  const record = decision.record as TaskRecord;
  const judged = await judgePublished({
    workspace,
    graph,
    task,
    outputs: record.outputs,
    inputs: decision.fingerprint.files,
    onRunning,
  });
  const failed = judged.results.filter((c) => c.status === 'failed');
  // A check that was told to end has said nothing about the outputs.
  if (failed.length > 0 && context.stopping()) return { ok: false, reason: 'stopped', message: 'stopped' };
  context.emit({
    event: 'rechecked',
    at: isoTime(workspace.options.nowMs()),
    task: task.id,
    passed: failed.length === 0,
  });
  const subject = failed.map((c) => `${c.id}: ${c.message ?? 'failed'}`).join('; ');
  if (failed.length > 0 && !asksFirst(task.target)) {
    workspace.journal.append('revoked', task.id, { because: subject });
    if (!context.mayStart()) return { ok: false, reason: 'stopped', message: 'stopped' };
    return runTask(
      task,
      { ...decision, verdict: 'run', reasons: [{ code: 'check-failed', root: true, subject }] },
      context,
    );
  }
  const { source: _, ...plain } = record;
  const renewed: TaskRecord = { ...plain, outputs: judged.outputs, checks: judged.results };
  workspace.journal.append('finished', task.id, renewed);
  if (failed.length > 0) return { ok: false, reason: 'check-failed', message: subject, asks: true };
  return { ok: true, record: renewed, changed: false, again: true };
}
