// A FingerprintContext is what fingerprints are made from: the graph, the config, the world, and how producers stand.
import type { Config } from './config.ts';
import type { Graph, Task, TaskInput } from './graph.ts';
import type { World } from './ports.ts';
import type { Parts, TaskRecord } from './record.ts';
import type { Scope } from './scope.ts';

/** The files of one input of one task. */
export interface InputFiles {
  readonly input: TaskInput;
  readonly paths: readonly string[];
}

/** What a fingerprint is made from. */
export interface FingerprintContext {
  readonly graph: Graph;
  readonly config: Config;
  readonly world: World;
  /** Whether what a producer builds may still change in this plan. */
  readonly unsettled: (producer: number) => boolean;
  /** The record under which a settled producer counts as fresh. */
  readonly accepted: (producer: number) => TaskRecord | undefined;
  /** Whether the outputs of a producer are known to be those of its accepted record; else the disk is asked. */
  readonly proven: (producer: number) => boolean;
  /** Parts that are equal for all tasks of a target, made once per plan. */
  readonly memo: Map<string, Parts>;
}

const plainLimit = 200;

/** Whether a value is stored as its digest. */
export function isLong(text: string): boolean {
  return text.length > plainLimit;
}

/** A value as it is stored: up to 200 bytes as it is, longer ones as their digest. */
export function shorten(text: string, digest: (text: string) => string): string {
  return isLong(text) ? digest(text) : text;
}

/** The scope of a task's templates. */
export function scopeOf(
  task: Task,
  config: Config,
  context: { graph: Graph; world: Pick<World, 'env'> },
): Scope {
  return { config, vars: context.graph.pipeline.vars, each: task.each, env: (n) => context.world.env(n) };
}
