// A TaskProof is what shows that the outputs of a task are what its manifest says: a record, what lies there, or nothing.
import { type OutputFile, type Plan, parentDir, reasonText, type Task } from '@evalmake/core';
import type { StageTask } from '@evalmake/core/manifest';
import { artifactsOf, countsOf } from '@evalmake/core/manifest-artifact';
import { compareOutputs } from '@evalmake/core/output-difference';
import { presentOutputs } from './present-outputs.ts';
import type { KnownRecord } from './stages.ts';
import type { Workspace } from './workspace.ts';

/** What proves a task. */
export interface TaskProof {
  readonly id: string;
  readonly target: string;
  readonly stage: string;
  /**
   * `journal` and `manifest`: a record there, and what lies on disk is what it says. `differs`: a record, and something
   * else lies on disk. `artifacts`: all outputs lie there and pass their checks, without a record. `nothing`: none of these.
   */
  readonly by: 'journal' | 'manifest' | 'differs' | 'artifacts' | 'nothing';
  readonly message?: string;
  /** With `artifacts`: what can be said of them in a manifest. */
  readonly evidence?: StageTask;
}

/** Where to look. */
export interface ProofContext {
  readonly workspace: Workspace;
  readonly plan: Plan;
  /** Whether checks that are commands may be started. */
  readonly commands: boolean;
}

/** Looks for what proves a task. */
export async function proofOf(task: Task, known: KnownRecord, context: ProofContext): Promise<TaskProof> {
  const place = { id: task.id, target: task.target.name, stage: task.target.stage };
  const { record } = known;
  if (record === undefined) return { ...place, ...(await evidenceOf(task, context)) };
  const found = compareOutputs(task, record, context.workspace.snapshot).reasons;
  if (found.length === 0) return { ...place, by: record.source === 'manifest' ? 'manifest' : 'journal' };
  const more = found.length > 1 ? ` and ${found.length - 1} more` : '';
  const first = found[0] === undefined ? '' : reasonText(found[0]);
  return { ...place, by: 'differs', message: `${first}${more}` };
}

type Evidence = Pick<TaskProof, 'by' | 'message' | 'evidence'>;

/** What lies there of a task without a record, if it is whole and passes its checks. */
async function evidenceOf(task: Task, context: ProofContext): Promise<Evidence> {
  const { outputs, missing } = presentOutputs(task, undefined, context.workspace);
  if (task.outputs.length === 0) return { by: 'nothing' };
  const lost = missing.map((reason) => reason.subject ?? '');
  if (lost.length === task.outputs.length)
    return { by: 'nothing', message: 'none of its outputs lies there' };
  if (lost.length > 0) return { by: 'nothing', message: `${lost.join(', ')} is missing` };
  const judged = await judge(task, outputs, context);
  if (typeof judged === 'string') return { by: 'nothing', message: judged };
  const dir = parentDir(task.manifest as string);
  const artifacts = artifactsOf(judged.outputs, dir, task.outputs);
  const counts = countsOf(artifacts);
  return {
    by: 'artifacts',
    ...(judged.left ? { message: 'checks that are commands were not run' } : {}),
    evidence: {
      status: 'pending',
      updated_at: '',
      message: `its outputs lie there and pass their checks, but no record says what made them: evalmake adopt ${task.id} --reason "…"`,
      artifacts,
      ...(Object.keys(counts).length === 0 ? {} : { counts }),
    },
  };
}

type Outputs = Readonly<Record<string, readonly OutputFile[]>>;

/** Runs the checks on what lies there; gives the files with what was learned of them, or what speaks against them. */
async function judge(
  task: Task,
  outputs: Outputs,
  { workspace, plan, commands }: ProofContext,
): Promise<{ readonly outputs: Outputs; readonly left: boolean } | string> {
  const { checks } = task.target;
  const asked = commands ? checks : checks.filter((c) => c.demand.kind !== 'command');
  const decision = plan.decisions[task.index];
  if (decision?.verdict === 'blocked' && asked.length > 0)
    return `its checks cannot be judged: ${decision.reasons.map(reasonText).join('; ')}`;
  const { judgePublished } = await import('./check-published.ts');
  const { results, outputs: known } = await judgePublished({
    workspace,
    graph: plan.graph,
    task: { ...task, target: { ...task.target, checks: asked } },
    outputs,
    inputs: decision?.fingerprint.files ?? [],
  });
  const failed = results.filter((c) => c.status === 'failed');
  if (failed.length > 0)
    return `what lies there fails a check: ${failed.map((c) => `${c.id}: ${c.message ?? 'failed'}`).join('; ')}`;
  return { outputs: known, left: asked.length < checks.length };
}
