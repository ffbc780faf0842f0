// The Graph is all tasks of a pipeline and what flows between them; a Task is a target, or one of its `each` instances.
import type { InputDecl, OutputDecl, Pipeline, Target } from './pipeline.ts';
import type { EachValue } from './scope.ts';

/** A file or directory a task reads. `producer` is the index of the task that builds it, or -1. */
export interface InputPath {
  readonly path: string;
  readonly producer: number;
  readonly output: string;
}

/** The members of a glob output of another task; known from its record. */
export interface InputMembers {
  readonly producer: number;
  readonly output: string;
}

/** One declared input of one task. */
export interface TaskInput {
  readonly decl: InputDecl;
  readonly paths: readonly InputPath[];
  readonly globs: readonly string[];
  readonly members: readonly InputMembers[];
  /** Tasks it waits for without reading files of them (groups, unknown sets). */
  readonly after: readonly number[];
}

/** One declared output of one task, its path rendered. */
export interface TaskOutput {
  readonly decl: OutputDecl;
  readonly name: string;
  readonly kind: OutputDecl['kind'];
  readonly path: string;
  /** Written by evalmake beside an output with rows: which key each answer has. Nothing reads it as an input. */
  readonly sidecar?: true;
}

/** A unit of work. */
export interface Task {
  readonly index: number;
  /** `infer@control,part-0003`, or the target's name. */
  readonly id: string;
  readonly target: Target;
  readonly each: Readonly<Record<string, EachValue>>;
  readonly inputs: readonly TaskInput[];
  readonly outputs: readonly TaskOutput[];
  readonly manifest: string | undefined;
  readonly off: boolean;
  /** Stands for instances whose number is not known before their producer has run. */
  readonly placeholder: boolean;
  /** Producers that decide whether this instance exists. */
  readonly setOn: readonly number[];
  /** All tasks that must be settled first, ascending, without doubles. */
  readonly deps: readonly number[];
}

/** All tasks, in an order in which every task stands after what it needs. */
export interface Graph {
  readonly pipeline: Pipeline;
  readonly tasks: readonly Task[];
  /** Indexes of `tasks`, producers first. */
  readonly order: readonly number[];
  readonly byId: ReadonlyMap<string, number>;
  readonly byTarget: ReadonlyMap<string, readonly number[]>;
  /** Task by output path, for `evalmake PATH`. */
  readonly byPath: {
    readonly get: (path: string) => number | undefined;
    readonly has: (path: string) => boolean;
    readonly keys: () => Iterable<string>;
  };
  /** The task that builds a path: its file, a directory that holds it, or a set that it belongs to. */
  readonly builder: (path: string) => number | undefined;
  readonly manifests: ReadonlySet<string>;
  /** Members of sets that instances were made of, by `task\0output`; undefined when they were not known. */
  readonly sets: ReadonlyMap<string, readonly string[] | undefined>;
}

/** For each task, the tasks that need it. */
export function dependents(graph: Graph): number[][] {
  const out: number[][] = graph.tasks.map(() => []);
  for (const task of graph.tasks) for (const dep of task.deps) (out[dep] as number[]).push(task.index);
  return out;
}

/** The directory part that a glob does not vary: everything before the first part with a wildcard. */
export function fixedDir(pattern: string): string {
  const parts = pattern.split('/');
  const first = parts.findIndex((p) => /[*?[{]/.test(p));
  return (first < 0 ? parts.slice(0, -1) : parts.slice(0, first)).join('/');
}

/** The folder that holds a path ('' for the workspace itself). */
export function parentDir(path: string): string {
  const bare = path.endsWith('/') ? path.slice(0, -1) : path;
  const slash = bare.lastIndexOf('/');
  return slash < 0 ? '' : bare.slice(0, slash);
}

/** Everything the wanted tasks need, themselves included. */
export function closure(graph: Graph, wanted: readonly number[]): Uint8Array {
  const seen = new Uint8Array(graph.tasks.length);
  const stack = [...wanted];
  while (stack.length > 0) {
    const index = stack.pop() as number;
    if (seen[index] === 1) continue;
    seen[index] = 1;
    stack.push(...(graph.tasks[index] as Task).deps);
  }
  return seen;
}
