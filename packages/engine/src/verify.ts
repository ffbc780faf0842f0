// Verifying: every recorded artifact is read and hashed again, every check judged again, and records held against each other.
import { join } from 'node:path';
import {
  acceptedRecord,
  dependents,
  type Facts,
  fingerprint,
  type InputFiles,
  type Plan,
  type Task,
  type TaskRecord,
} from '@evalmake/core';
import {
  type BrokenClaim,
  brokenClaims,
  type Claim,
  claimsOf,
  memberDifference,
} from '@evalmake/core/claims';
import { compareOutputs } from '@evalmake/core/output-difference';
import { listDir } from './digest.ts';
import { judgeInPlace } from './judge-in-place.ts';
import { lockHolder } from './lock.ts';
import type { LockOwner } from './lock-file.ts';
import type { Downstream, Mismatch } from './mismatch.ts';
import { damagedLines, damagedManifests, manifestMismatches } from './verify-records.ts';
import { stateDir, type Workspace } from './workspace.ts';

export type { Downstream, Mismatch, MismatchCode } from './mismatch.ts';

/** What was found. */
export interface Verification {
  readonly mismatches: readonly Mismatch[];
  /** How much was looked at: tasks with a record, files, their bytes, and checks. */
  readonly counts: {
    readonly tasks: number;
    readonly files: number;
    readonly bytes: number;
    readonly checks: number;
    /** Tasks whose outputs are as recorded, but whose inputs, command or config have changed since. */
    readonly stale: number;
    readonly unrecorded: number;
  };
  /** A build that held the lock while this was looked at: what it was writing may show as a mismatch. */
  readonly building: LockOwner | undefined;
}

const shownDownstream = 10;

/**
 * Verifies tasks. Reads only: no lock, no byte written.
 * @param workspace one that believes no digest it did not make itself (`freshLook`), with which `plan` was made
 * @param plan decides which tasks are stale
 * @param wanted indexes of the tasks to verify
 */
export async function verify(
  workspace: Workspace,
  plan: Plan,
  wanted: readonly number[],
): Promise<Verification> {
  const { graph } = plan;
  const before = builder(workspace);
  const tasks = wanted
    .map((i) => graph.tasks[i] as Task)
    .filter((t) => !t.placeholder && t.target.run !== undefined);
  const mismatches = [...damagedLines(workspace, graph), ...damagedManifests(workspace, tasks)];
  const counts = { tasks: 0, files: 0, bytes: 0, checks: 0, stale: 0, unrecorded: 0 };
  for (const task of tasks) {
    const seen = await verifyTask(task, plan, workspace);
    if (seen === undefined) {
      if (!task.off) counts.unrecorded++;
      continue;
    }
    counts.tasks++;
    counts.files += seen.files;
    counts.bytes += seen.bytes;
    counts.checks += seen.checks;
    if (seen.mismatches.length === 0 && isStale(plan, task)) counts.stale++;
    mismatches.push(...seen.mismatches);
  }
  return { mismatches: withDownstream(mismatches, plan), counts, building: before ?? builder(workspace) };
}

/** Who builds in the workspace now, as far as can be seen from here. */
function builder({ root, machine }: Workspace): LockOwner | undefined {
  const holder = lockHolder(join(root, stateDir, 'lock'), machine.processes);
  return holder === undefined || holder.life === 'dead' ? undefined : holder.owner;
}

function isStale(plan: Plan, task: Task): boolean {
  const decision = plan.decisions[task.index];
  if (decision === undefined || decision.verdict === 'fresh' || decision.verdict === 'off') return false;
  // What is judged again is what lies there, or what an attempt made that is not published.
  return decision.verdict !== 'recheck' || decision.kept !== undefined || decision.rows !== undefined;
}

interface SeenTask {
  readonly mismatches: readonly Mismatch[];
  readonly files: number;
  readonly bytes: number;
  readonly checks: number;
}

/** Looks at everything that is recorded of one task; undefined when nothing is. */
async function verifyTask(task: Task, plan: Plan, workspace: Workspace): Promise<SeenTask | undefined> {
  const { records, matches, snapshot } = workspace.world;
  const journal = records.journal(task.id);
  const manifest = records.manifest(task);
  const all = manifest === undefined ? journal : [...journal, manifest];
  const onDisk = (r: TaskRecord) => compareOutputs(task, r, snapshot).reasons.length === 0;
  // What lies there may be the result of any recorded run: only what none of them explains is a mismatch.
  const record = all.find(onDisk) ?? all[0];
  if (record === undefined) return undefined;
  const claims = claimsOf(task, record, matches);
  const broken = brokenClaims(claims, snapshot);
  const judged = await judgeAgain({ task, plan, workspace, record, claims, broken });
  return {
    mismatches: [
      ...broken.map((b) => outputMismatch(task, b, workspace.root)),
      ...unrecorded(task, all, workspace),
      ...judged.mismatches,
      ...manifestMismatches(task, { journal, manifest, onDisk }, workspace),
    ],
    files: claims.reduce((n, { file }) => n + (file.members?.length ?? 1), 0),
    bytes: claims.reduce((n, { file }) => n + sizeOf(file.path, workspace), 0),
    checks: judged.checks,
  };
}

function sizeOf(path: string, { world }: Workspace): number {
  const entry = world.snapshot.entry(path);
  return entry.kind === 'missing' ? 0 : entry.bytes;
}

function outputMismatch(task: Task, { code, claim, found }: BrokenClaim, root: string): Mismatch {
  const { path, digest, members } = claim.file;
  const names = found === undefined || members === undefined ? undefined : namesIn(join(root, path));
  return {
    code,
    task: task.id,
    path,
    expected: digest,
    ...(found === undefined ? {} : { found }),
    ...(names === undefined ? {} : { message: memberDifference(members ?? [], names) }),
  };
}

function namesIn(dir: string): string[] {
  return listDir(dir.replace(/\/$/, '')).flatMap((e) => (e.kind === 'dir' ? [] : [e.path]));
}

/** Files in a set that no record of the task knows: a build would refuse to replace them. */
function unrecorded(task: Task, records: readonly TaskRecord[], { world }: Workspace): Mismatch[] {
  const known = new Set(records.flatMap((r) => Object.values(r.outputs).flat()).map((f) => f.path));
  return task.outputs
    .filter((output) => output.kind === 'glob')
    .flatMap((output) => world.snapshot.glob(output.path))
    .filter((path) => !known.has(path))
    .map((path) => ({
      code: 'output-unrecorded',
      task: task.id,
      path,
      message: 'it belongs to the set, and no build wrote it',
    }));
}

interface Judging {
  readonly task: Task;
  readonly plan: Plan;
  readonly workspace: Workspace;
  readonly record: TaskRecord;
  readonly claims: readonly Claim[];
  readonly broken: readonly BrokenClaim[];
}

/** Judges all checks of a task on the files that lie there. Those of an output with a missing file have no answer. */
async function judgeAgain(judging: Judging): Promise<{ mismatches: Mismatch[]; checks: number }> {
  const { task, workspace, record, claims, broken } = judging;
  const missing = new Set(broken.filter((b) => b.code === 'output-missing').map((b) => b.claim.output.name));
  const there = (output: string) => !missing.has(output) && claims.some((c) => c.output.name === output);
  const checks = task.target.checks.filter((spec) =>
    spec.output === undefined ? missing.size === 0 : there(spec.output),
  );
  // Nobody vouches for what a manifest says of rows: they are counted.
  const counted = record.source === 'manifest' && broken.length === 0;
  if (checks.length === 0 && !counted) return { mismatches: [], checks: 0 };
  const files = new Map<string, { path: string; at: string }[]>();
  for (const { output, file } of claims)
    files.set(output.name, [...(files.get(output.name) ?? []), { path: file.path, at: file.path }]);
  const { results, facts } = await judgeInPlace({
    workspace,
    task: { ...task, target: { ...task.target, checks } },
    files,
    inputs: inputsOf(judging),
    graph: judging.plan.graph,
  });
  const mismatches = results.flatMap(({ id, status, message }): Mismatch[] => {
    if (status === 'passed') return [];
    const output = checks.find((c) => c.id === id)?.output;
    const path = claims.find((c) => c.output.name === output)?.output.path;
    const about = { task: task.id, subject: id, message: message ?? 'it failed' };
    return [{ code: 'check-failed', ...about, ...(path === undefined ? {} : { path }) }];
  });
  const rows = counted ? claims.flatMap((claim) => wrongRows(task, claim, facts.get(claim.file.path))) : [];
  return { mismatches: [...mismatches, ...rows], checks: checks.length };
}

/** Whether a manifest counts other rows in a file than there are. */
function wrongRows(task: Task, { file }: Claim, now: Facts | undefined): Mismatch[] {
  const { path, facts: was } = file;
  if (was?.rows === undefined || now?.rows === undefined) return [];
  if (was.format !== now.format || was.rows === now.rows || task.manifest === undefined) return [];
  const numbers = { expected: String(was.rows), found: String(now.rows) };
  return [
    { code: 'manifest-differs', task: task.id, path: task.manifest, subject: `rows of ${path}`, ...numbers },
  ];
}

/** The files a task reads now: checks compare outputs with them. */
function inputsOf({ task, plan, workspace }: Judging): readonly InputFiles[] {
  return fingerprint(task, {
    graph: plan.graph,
    config: workspace.config,
    world: workspace.world,
    memo: new Map(),
    unsettled: () => false,
    accepted: (i) => acceptedRecord(plan, i),
    proven: () => false,
  }).files;
}

/** Adds to each mismatch who is behind its task. */
function withDownstream(mismatches: readonly Mismatch[], { graph }: Plan): Mismatch[] {
  if (mismatches.length === 0) return [];
  const needers = dependents(graph);
  const known = new Map<string, Downstream>();
  const behind = (task: string): Downstream => {
    let made = known.get(task);
    if (made === undefined) {
      made = downstream(graph.byId.get(task), needers, (i) => (graph.tasks[i] as Task).id);
      known.set(task, made);
    }
    return made;
  };
  return mismatches.map((m) => (m.task === undefined ? m : { ...m, downstream: behind(m.task) }));
}

function downstream(
  from: number | undefined,
  needers: readonly (readonly number[])[],
  name: (index: number) => string,
): Downstream {
  const seen = new Set<number>();
  const queue = from === undefined ? [] : [from];
  for (const at of queue) {
    for (const next of needers[at] ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      queue.push(next);
    }
  }
  const all = [...seen];
  return { count: all.length, tasks: all.slice(0, shownDownstream).map(name) };
}
