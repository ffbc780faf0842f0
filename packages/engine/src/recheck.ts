// A recheck looks again at outputs whose bytes are right, because a check asks something new of them.
import type { Decision, Task, TaskRecord } from '@evalmake/core';
import { attemptDir } from './attempt.ts';
import { judgeOutputs } from './check-outputs.ts';
import { runTask, type TaskEnd, type TaskRunContext } from './task-run.ts';
import { isoTime, stateDir } from './workspace.ts';

/** Judges the checks on the published outputs. A free target that fails them runs again; nothing else is thrown away. */
export async function recheckTask(task: Task, decision: Decision, context: TaskRunContext): Promise<TaskEnd> {
  const { workspace, graph } = context;
  const record = decision.record as TaskRecord;
  const files = new Map(
    Object.entries(record.outputs).map(([name, list]) => [
      name,
      list.map(({ path }) => ({ path, at: path })),
    ]),
  );
  const dir = attemptDir(task.id, workspace.world.digest);
  const judged = await judgeOutputs({
    workspace,
    task,
    files,
    inputs: decision.fingerprint.files,
    graph,
    places: {
      output: (output) => output.path,
      configFile: `${dir}/config.json`,
      taskFile: `${dir}/task.json`,
      missingFile: `${dir}/missing`,
      stateDir: `${stateDir}/state`,
      listFile: (input) => `${dir}/list-${input}`,
    },
  });
  const failed = judged.results.filter((c) => c.status === 'failed');
  context.emit({
    event: 'rechecked',
    at: isoTime(workspace.options.nowMs()),
    task: task.id,
    passed: failed.length === 0,
  });
  if (failed.length > 0) {
    const subject = failed.map((c) => `${c.id}: ${c.message ?? 'failed'}`).join('; ');
    workspace.journal.append('revoked', task.id, { because: subject });
    return runTask(
      task,
      { ...decision, verdict: 'run', reasons: [{ code: 'check-failed', root: true, subject }] },
      context,
    );
  }
  const outputs: Record<string, TaskRecord['outputs'][string]> = {};
  for (const [name, list] of Object.entries(record.outputs)) {
    outputs[name] = list.map((file) => {
      const facts = judged.facts.get(file.path);
      return facts === undefined ? file : { ...file, facts };
    });
  }
  const { source: _, ...plain } = record;
  const renewed: TaskRecord = { ...plain, outputs, checks: judged.results };
  workspace.journal.append('finished', task.id, renewed);
  return { ok: true, record: renewed, changed: false, again: true };
}
