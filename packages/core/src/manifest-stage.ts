// A Stage is what a manifest says of one target: how its last attempt stands, and the record of what it wrote.
//
// Layout, version 2 (schemas/manifest.schema.json):
// - A target without `each` is one entry. One with `each` holds an entry per instance in `tasks`, by task id; its own
//   status is completed only when all of theirs are, and its counts are sums over them.
// - An entry with a fingerprint holds a whole TaskRecord, so that a checkout without `.evalmake/` is as good as the
//   workspace that built it: parts -> fingerprint, outputs -> artifacts (see Artifact), checks -> checks, check_digest
//   and check_messages, at -> updated_at, ms -> run_ms, costUsd -> cost_usd, rows.failed -> rows_failed (only when there are
//   any); run, deps, adopted and unproven by their names.
//   Task and target are not stored: the place says them.
// - `updated_at`, `run` and `run_ms` alone are no change: a repeated run with the same result leaves the file as it was.
// - A failed or waiting attempt keeps the last good record beside its own status; only `completed` proves anything.
// - Paths of artifacts are relative to the manifest; labels of fingerprints and deps to the workspace, as they are hashed.
// What needs another meaning of a key is version 3; a new optional key is not, since unknown keys are kept.
import { byCodeUnit } from './json.ts';
import { type Artifact, artifactsOf, countsOf, type DeclaredOutput, outputsOf } from './manifest-artifact.ts';
import type { CheckResult, Parts, TaskRecord } from './record.ts';

export type StageStatus = 'pending' | 'in_progress' | 'completed' | 'stopped' | 'failed';

/** What is said of one task, or of a target without `each`. Keys of other programs may stand beside these. */
export type StageTask = {
  readonly status: StageStatus;
  /** ISO 8601 in UTC; '' where nobody knows, which becomes the time of writing. */
  readonly updated_at: string;
  readonly message?: string;
  readonly fingerprint?: Parts;
  readonly artifacts?: Readonly<Record<string, Artifact>>;
  readonly counts?: Readonly<Record<string, number>>;
  readonly checks?: Readonly<Record<string, CheckResult['status']>>;
  readonly check_digest?: Readonly<Record<string, string>>;
  readonly check_messages?: Readonly<Record<string, string>>;
  readonly deps?: Readonly<Record<string, string>>;
  readonly run?: number;
  readonly run_ms?: number;
  readonly cost_usd?: number;
  readonly rows_failed?: readonly string[];
  readonly adopted?: string;
  readonly unproven?: readonly string[];
};

/** One stage of a manifest. */
export type Stage = StageTask & { readonly tasks?: Readonly<Record<string, StageTask>> };

/** The keys of an entry that are ours, in the order in which they are written. */
export const stageKeys = [
  'status',
  'updated_at',
  'message',
  'fingerprint',
  'artifacts',
  'counts',
  'checks',
  'check_digest',
  'check_messages',
  'deps',
  'run',
  'run_ms',
  'cost_usd',
  'rows_failed',
  'adopted',
  'unproven',
  'tasks',
] as const;

/** Keys whose change alone is no change. */
export const volatileKeys: readonly string[] = ['updated_at', 'run', 'run_ms'];

/** What is known of a task when its stage is written. */
export interface StageEntry {
  readonly task: string;
  /** Its last good result. */
  readonly record?: TaskRecord;
  /** Given when the last attempt is not what the record describes; its status then goes before the record's. */
  readonly attempt?: {
    readonly status: Exclude<StageStatus, 'completed'>;
    readonly at: string;
    readonly message?: string;
  };
  /** The declared outputs (`task.outputs`), for the patterns of globs. */
  readonly outputs?: readonly DeclaredOutput[];
  /** What the manifest says of it, for a task without a record: evidence is kept until something better is known. */
  readonly note?: StageTask;
}

/**
 * Makes the stage of a target from all of its tasks whose manifest it is.
 * @param entries one per task; exactly one without `each`
 * @param options.manifestDir the folder of the manifest, relative to the workspace; '' for the workspace itself
 * @param options.each whether the target has `each`
 */
export function stageOf(
  entries: readonly StageEntry[],
  options: { readonly manifestDir: string; readonly each: boolean },
): Stage {
  const first = entries[0];
  if (!options.each) return first === undefined ? noTasks : entryOf(first, options.manifestDir);
  const tasks = [...entries]
    .sort((a, b) => byCodeUnit(a.task, b.task))
    .map((entry): [string, StageTask] => {
      const { counts: _sums, ...task } = entryOf(entry, options.manifestDir);
      return [entry.task, task];
    });
  const all = tasks.map(([, task]) => task);
  return {
    status: overall(all),
    updated_at:
      all
        .map((t) => t.updated_at)
        .sort()
        .at(-1) ?? '',
    counts: sums(all),
    tasks: Object.fromEntries(tasks),
  };
}

const noTasks: StageTask = { status: 'pending', updated_at: '' };

function entryOf(entry: StageEntry, dir: string): StageTask {
  const { record, attempt, note } = entry;
  if (record === undefined) {
    if (attempt === undefined) return note ?? noTasks;
    const { status, at, message } = attempt;
    const { message: _, ...kept } = note ?? noTasks;
    return { ...kept, status, updated_at: at, ...(message === undefined ? {} : { message }) };
  }
  const failed = record.checks.find((c) => c.status === 'failed');
  const message =
    attempt?.message ??
    (attempt === undefined && failed ? `check failed: ${failed.message ?? failed.id}` : undefined);
  const artifacts = artifactsOf(record.outputs, dir, entry.outputs ?? []);
  const counts = countsOf(artifacts);
  return {
    status: attempt?.status ?? (failed === undefined ? 'completed' : 'failed'),
    updated_at: attempt?.at ?? record.at,
    ...(message === undefined ? {} : { message }),
    fingerprint: sorted(record.parts),
    artifacts,
    ...(Object.keys(counts).length === 0 ? {} : { counts }),
    ...checksOf(record.checks),
    ...(record.deps === undefined ? {} : { deps: sorted(record.deps) }),
    run: record.run,
    run_ms: record.ms,
    ...(record.costUsd === undefined ? {} : { cost_usd: record.costUsd }),
    ...((record.rows?.failed.length ?? 0) === 0 ? {} : { rows_failed: record.rows?.failed ?? [] }),
    ...(record.adopted === undefined ? {} : { adopted: record.adopted }),
    ...(record.unproven === undefined ? {} : { unproven: record.unproven }),
  };
}

function checksOf(
  checks: readonly CheckResult[],
): Pick<StageTask, 'checks' | 'check_digest' | 'check_messages'> {
  if (checks.length === 0) return {};
  const messages = checks.flatMap((c): [string, string][] =>
    c.message === undefined ? [] : [[c.id, c.message]],
  );
  return {
    checks: Object.fromEntries(checks.map((c) => [c.id, c.status])),
    check_digest: Object.fromEntries(checks.map((c) => [c.id, c.digest])),
    ...(messages.length === 0 ? {} : { check_messages: Object.fromEntries(messages) }),
  };
}

/** The status of a target from those of its tasks: what still moves goes before what went wrong. */
function overall(tasks: readonly StageTask[]): StageStatus {
  const order = ['in_progress', 'failed', 'stopped', 'pending'] as const;
  if (tasks.length === 0) return 'pending';
  return order.find((status) => tasks.some((t) => t.status === status)) ?? 'completed';
}

function sums(tasks: readonly StageTask[]): Readonly<Record<string, number>> {
  const total = new Map([
    ['tasks', tasks.length],
    ['completed', tasks.filter((t) => t.status === 'completed').length],
  ]);
  for (const task of tasks) {
    for (const [key, n] of Object.entries(countsOf(task.artifacts ?? {})))
      total.set(key, (total.get(key) ?? 0) + n);
  }
  return Object.fromEntries(total);
}

function sorted(map: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => byCodeUnit(a, b)));
}

/**
 * Reads the record of a task back from its stage.
 * @param stage a stage that is valid by the schema
 * @param where.dir the folder of the manifest, relative to the workspace
 * @returns undefined when the stage proves nothing: not completed, no record of this task, a path outside the workspace
 */
export function recordOfStage(
  stage: Stage,
  where: { readonly dir: string; readonly task: string; readonly target: string },
): TaskRecord | undefined {
  const entry = entryFor(stage, where);
  if (entry?.status !== 'completed' || entry.fingerprint === undefined) return undefined;
  const outputs = outputsOf(entry.artifacts ?? {}, where.dir);
  if (outputs === undefined) return undefined;
  return {
    task: where.task,
    target: where.target,
    parts: entry.fingerprint,
    outputs,
    checks: Object.entries(entry.checks ?? {}).map(([id, status]) => {
      const message = own(entry.check_messages, id);
      // Without its digest a check is judged again.
      return {
        id,
        digest: own(entry.check_digest, id) ?? '',
        status,
        ...(message === undefined ? {} : { message }),
      };
    }),
    at: entry.updated_at,
    run: entry.run ?? 0,
    ms: entry.run_ms ?? 0,
    ...(entry.deps === undefined ? {} : { deps: entry.deps }),
    ...(entry.cost_usd === undefined ? {} : { costUsd: entry.cost_usd }),
    ...(entry.adopted === undefined ? {} : { adopted: entry.adopted }),
    ...(entry.unproven === undefined ? {} : { unproven: entry.unproven }),
    source: 'manifest',
  };
}

/** The entry of a task. A target without `each` is its own only task and bears the target's name. */
export function entryFor(
  stage: Stage,
  where: { readonly task: string; readonly target: string },
): StageTask | undefined {
  if (stage.tasks !== undefined) return own(stage.tasks, where.task);
  return where.task === where.target ? stage : undefined;
}

/** The value of a map's own key: files may be named `constructor`. */
export function own<T>(map: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return map !== undefined && Object.hasOwn(map, key) ? map[key] : undefined;
}
