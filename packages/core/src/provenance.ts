// Provenance is how an artifact was made: the chain of tasks behind it, with commands, config, inputs and digests.

import { inputPath } from './build-report/causes.ts';
import { type Family, familiesOf } from './build-report/families.ts';
import type { Task } from './graph.ts';
import { money, usdOf } from './money.ts';
import type { Plan } from './plan.ts';
import { newestRecord } from './ports.ts';
import type { TaskRecord } from './record.ts';

/** A file and what it held. */
export interface ProvenFile {
  readonly path: string;
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
}

/** One step: a task, or many of one target that did the same with different shards. */
export interface ProvenanceStep {
  readonly name: string;
  readonly desc?: string;
  readonly tasks: number;
  /** As written; a digest where its words are not known any more. */
  readonly command: string;
  /** Config, each values, environment: what else decided the result, by label; of many tasks what all of them share. */
  readonly settings: Readonly<Record<string, string>>;
  /** Scripts and tools, by label. */
  readonly code: Readonly<Record<string, string>>;
  readonly inputs: readonly ProvenFile[];
  readonly outputs: readonly ProvenFile[];
  /** Absent when there is no record of any of its tasks. */
  readonly made?: {
    readonly firstRun: number;
    readonly lastRun: number;
    readonly at: string;
    readonly ms: number;
    readonly costUsd: number;
  };
  /** Why a person vouches for it, where no run made it. */
  readonly adopted: readonly string[];
  /** Tasks that are not fresh now: their last good result is told. */
  readonly stale: readonly string[];
  /** Tasks without any record. */
  readonly unknown: readonly string[];
}

/** How something was made, producers first. */
export interface Provenance {
  readonly steps: readonly ProvenanceStep[];
  /** Files that nothing in the chain built. */
  readonly sources: readonly ProvenFile[];
}

/**
 * How the results of a task were made, by the records that stand.
 * @param plan with the task and all it needs
 * @param text the words behind a digest
 */
export function provenanceOf(
  plan: Plan,
  index: number,
  text: (digest: string) => string | undefined,
): Provenance {
  const { graph } = plan;
  const behind = new Set<number>();
  const stack = [index];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    if (behind.has(at) || (graph.tasks[at] as Task).off) continue;
    behind.add(at);
    stack.push(...(graph.tasks[at] as Task).deps);
  }
  const tasks = graph.order.filter((i) => behind.has(i)).map((i) => graph.tasks[i] as Task);
  const records = new Map(tasks.map((task) => [task, recordOf(plan, task)]));
  const made = tasks.filter((t) => t.target.run !== undefined);
  const steps = familiesOf(graph, made).map((family) => stepOf(plan, family, { records, text }));
  const built = new Set(steps.flatMap((s) => s.outputs.map((o) => o.path)));
  const sources = new Map<string, string>();
  for (const step of steps)
    for (const file of step.inputs) if (!built.has(file.path)) sources.set(file.path, file.digest);
  return { steps, sources: [...sources].map(([path, digest]) => ({ path, digest })) };
}

function recordOf(plan: Plan, task: Task): TaskRecord | undefined {
  return plan.decisions[task.index]?.record ?? newestRecord(plan.input.world.records, task);
}

interface Known {
  readonly records: ReadonlyMap<Task, TaskRecord | undefined>;
  readonly text: (digest: string) => string | undefined;
}

function stepOf(plan: Plan, { name, target, tasks }: Family, { records, text }: Known): ProvenanceStep {
  const found = tasks.flatMap((task) => records.get(task) ?? []);
  const shared = found.map((record) => record.parts).reduce((a, b) => common(a, b), found[0]?.parts ?? {});
  const pick = (kinds: readonly string[]): Record<string, string> =>
    Object.fromEntries(
      Object.entries(shared).flatMap(([label, value]) =>
        kinds.includes(label.split(':', 1)[0] as string) ? [[label, text(value) ?? value]] : [],
      ),
    );
  const command = shared.command ?? '';
  return {
    name,
    ...(target.desc === undefined ? {} : { desc: target.desc }),
    tasks: tasks.length,
    command: text(command) ?? command,
    settings: pick(['config', 'each', 'env', 'version', 'cwd', 'prelude']),
    code: pick(['script', 'tool']),
    inputs: inputsOf(found),
    outputs: found
      .flatMap((r) => Object.values(r.outputs).flat())
      .map(({ path, digest }) => ({ path, digest })),
    ...(found.length === 0 ? {} : { made: madeOf(found) }),
    adopted: [...new Set(found.flatMap((r) => r.adopted ?? []))],
    stale: tasks
      .filter((t) => !['fresh', undefined].includes(plan.decisions[t.index]?.verdict))
      .map((t) => t.id),
    unknown: tasks.filter((t) => records.get(t) === undefined).map((t) => t.id),
  };
}

function madeOf(records: readonly TaskRecord[]): NonNullable<ProvenanceStep['made']> {
  const runs = records.map((r) => r.run);
  const times = records.map((r) => r.at).sort();
  return {
    firstRun: Math.min(...runs),
    lastRun: Math.max(...runs),
    at: times.at(-1) as string,
    ms: records.reduce((n, r) => n + r.ms, 0),
    costUsd: usdOf(records.reduce((n, r) => n + money(r.costUsd ?? 0), 0)),
  };
}

/** What two fingerprints have in common. */
function common(a: TaskRecord['parts'], b: TaskRecord['parts']): TaskRecord['parts'] {
  return Object.fromEntries(Object.entries(a).filter(([label, value]) => b[label] === value));
}

/** Files that were read, each once, in the order in which they are met. */
function inputsOf(records: readonly TaskRecord[]): ProvenFile[] {
  const out = new Map<string, string>();
  for (const { parts } of records)
    for (const [label, value] of Object.entries(parts))
      if (label.startsWith('input:') && /^sha256:/.test(value) && !label.includes('#'))
        out.set(inputPath(label), value);
  return [...out].map(([path, digest]) => ({ path, digest }));
}
