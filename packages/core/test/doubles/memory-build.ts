// A MemoryBuild runs a plan in memory: a command writes a digest of what it read, and its record is kept in the world.
import {
  advance,
  type Budget,
  type Config,
  checkDigestOf,
  type Decision,
  decideNow,
  type Graph,
  type OutputFile,
  type Plan,
  plan,
  type Task,
  type TaskRecord,
} from '@evalmake/core';
import { digestOf, type MemoryWorld } from './memory-world.ts';
import { configOf, graphOf } from './pipeline-text.ts';

export interface MemoryBuildOptions {
  readonly world: MemoryWorld;
  /** YAML. */
  readonly config?: string;
  /** Members that a task writes for a glob output; one named `x` without it. */
  readonly members?: (task: Task) => readonly string[];
  /** What a command writes; by default a digest of its fingerprint. */
  readonly content?: (task: Task, decision: Decision) => string;
  readonly fails?: (task: Task) => boolean;
  readonly forced?: (task: Task) => boolean;
  readonly excluded?: (task: Task) => boolean;
  /** Names of tasks; all without it. */
  readonly wanted?: readonly string[];
  readonly budget?: Budget;
}

/** The plan of a pipeline as the world is now. */
export function planOf(text: string, options: MemoryBuildOptions): Plan {
  return planGraph(graphOf(text, graphOptions(options)), options);
}

function graphOptions({ config, world }: MemoryBuildOptions): { config?: string; world: MemoryWorld } {
  return config === undefined ? { world } : { config, world };
}

export function planGraph(graph: Graph, options: MemoryBuildOptions): Plan {
  const config: Config = configOf(options.config);
  const all = graph.tasks.map((t) => t.index);
  return plan({
    graph,
    config,
    world: options.world,
    wanted: options.wanted === undefined ? all : options.wanted.map((id) => graph.byId.get(id) as number),
    ...(options.forced === undefined ? {} : { forced: options.forced }),
    ...(options.excluded === undefined ? {} : { excluded: options.excluded }),
    ...(options.budget === undefined ? {} : { budget: options.budget }),
  });
}

/** Names of the tasks by what became of them, each in the order in which it happened. */
export interface Happened {
  readonly ran: string[];
  readonly settled: string[];
  readonly failed: string[];
  readonly blocked: string[];
}

/** Runs a plan to its end, one task at a time in the order of its queue. */
export function runPlan(made: Plan, options: MemoryBuildOptions): Happened {
  const out: Happened = { ran: [], settled: [], failed: [], blocked: [] };
  const name = (index: number): string => (made.graph.tasks[index] as Task).id;
  for (let at = 0; at < made.queue.length; at++) {
    const index = made.queue[at] as number;
    const task = made.graph.tasks[index] as Task;
    if (made.states[index] !== 'ready') continue;
    const decision = decideNow(made, index);
    if (decision.verdict === 'fresh') {
      advance(made, { kind: 'settled', task: index, decision });
      out.settled.push(task.id);
    } else if (decision.verdict !== 'run' && decision.verdict !== 'recheck') {
      out.blocked.push(task.id, ...advance(made, { kind: 'blocked', task: index, decision }).map(name));
    } else {
      advance(made, { kind: 'started', task: index });
      if (options.fails?.(task) === true) {
        out.failed.push(task.id);
        out.blocked.push(...advance(made, { kind: 'failed', task: index }).map(name));
        continue;
      }
      out.ran.push(task.id);
      const record = publish(task, decision, options);
      made.memo.clear();
      const fresh: Decision = { ...decision, verdict: 'fresh', reasons: [], record };
      advance(made, { kind: 'settled', task: index, decision: fresh });
    }
  }
  return out;
}

/** Plans and runs. */
export function build(text: string, options: MemoryBuildOptions): Happened {
  return runPlan(planOf(text, options), options);
}

/** Writes the outputs of a task and its record. */
export function publish(task: Task, decision: Decision, options: MemoryBuildOptions): TaskRecord {
  const { world } = options;
  const text =
    options.content?.(task, decision) ?? digestOf(JSON.stringify(sorted(decision.fingerprint.parts)));
  const outputs: Record<string, OutputFile[]> = {};
  for (const output of task.outputs) {
    const paths =
      output.kind === 'glob'
        ? (options.members?.(task) ?? [output.path.replace('*', 'x')])
        : [output.kind === 'dir' ? `${output.path}file` : output.path];
    for (const path of paths) world.files.set(path, `${text} of ${path}`);
    const published = output.kind === 'dir' ? [output.path] : paths;
    outputs[output.name] = published.map((path) => fileOf(path, world));
  }
  const checks = task.target.checks.map((spec) => ({
    id: spec.id,
    digest: checkDigestOf(spec, { world }),
    status: 'passed' as const,
  }));
  const parts = decision.fingerprint.parts;
  const record: TaskRecord = {
    task: task.id,
    target: task.target.name,
    parts,
    outputs,
    checks,
    at: '',
    run: 1,
    ms: 1,
  };
  world.journal.set(task.id, [record, ...(world.journal.get(task.id) ?? [])].slice(0, 3));
  world.attempts.delete(task.id);
  return record;
}

/** A published file as it lies in the world. */
export function fileOf(path: string, world: MemoryWorld): OutputFile {
  const entry = world.snapshot.entry(path);
  if (entry.kind === 'missing') throw new Error(`"${path}" is not in the world`);
  return { path, digest: entry.digest, bytes: entry.bytes };
}

function sorted(parts: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(parts).sort(([a], [b]) => (a < b ? -1 : 1));
}
