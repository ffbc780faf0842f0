// A PipelineText is YAML on its way to a graph: parsed and expanded, or its problems as one line each.
import {
  type Config,
  emptyConfig,
  expand,
  type Graph,
  type Pipeline,
  type Problem,
  type Task,
} from '@evalmake/core';
import { parsePipeline } from '@evalmake/core/parse';
import { parseConfig } from '@evalmake/core/parse-config';
import { MemoryWorld } from './memory-world.ts';

/** Adds the language version, which no test is about. */
export function versioned(text: string): string {
  return `evalmake: 1\n${text.replace(/^\n/, '')}`;
}

/** One line per problem: `line:column code message | hint`. Lines count in the text as the test wrote it. */
export function problemLines(problems: readonly Problem[], with_: { hint?: boolean } = {}): string[] {
  return problems.map((p) => {
    const place = p.line === undefined ? '' : `${p.line - 1}:${p.column} `;
    const hint = with_.hint === true && p.hint !== undefined ? ` | ${p.hint}` : '';
    return `${place}${p.code}${p.severity === 'warning' ? ' (warning)' : ''}: ${p.message}${hint}`;
  });
}

/** What is wrong with a pipeline, `line:column code: message` with lines as in the test's own text. */
export function parseProblems(text: string, with_: { hint?: boolean } = {}): string[] {
  return problemLines(parsePipeline(versioned(text), 'pipeline.yaml').problems, with_);
}

/** A pipeline without mistakes. */
export function pipelineOf(text: string): Pipeline {
  const { value, problems } = parsePipeline(versioned(text), 'pipeline.yaml');
  if (value === undefined)
    throw new Error(`the test's pipeline is wrong:\n${problemLines(problems).join('\n')}`);
  return value;
}

/** Config values from YAML. */
export function configOf(text: string | undefined): Config {
  if (text === undefined) return emptyConfig;
  const { value, problems } = parseConfig(text, 'config.yaml');
  if (value === undefined)
    throw new Error(`the test's config is wrong:\n${problemLines(problems).join('\n')}`);
  return value;
}

export interface GraphOptions {
  readonly config?: string;
  readonly world?: MemoryWorld;
  readonly fresh?: ReadonlyMap<string, readonly string[]>;
}

function expanded(text: string, options: GraphOptions): ReturnType<typeof expand> {
  return expand({
    pipeline: pipelineOf(text),
    config: configOf(options.config),
    world: options.world ?? new MemoryWorld(),
    ...(options.fresh === undefined ? {} : { fresh: options.fresh }),
  });
}

/** The graph of a pipeline without mistakes. */
export function graphOf(text: string, options: GraphOptions = {}): Graph {
  const { value, problems } = expanded(text, options);
  if (value === undefined)
    throw new Error(`the test's pipeline does not expand:\n${problemLines(problems).join('\n')}`);
  return value;
}

/** What expansion finds wrong, `code: message`. */
export function expandProblems(text: string, options: GraphOptions & { hint?: boolean } = {}): string[] {
  return problemLines(expanded(text, options).problems, options.hint === true ? { hint: true } : {});
}

/** A task by its name. */
export function taskOf(graph: Graph, id: string): Task {
  const index = graph.byId.get(id);
  if (index === undefined) throw new Error(`no task "${id}" among ${[...graph.byId.keys()].join(' ')}`);
  return graph.tasks[index] as Task;
}

/** Names of all tasks of a target. */
export function idsOf(graph: Graph, target: string): string[] {
  return (graph.byTarget.get(target) ?? []).map((i) => (graph.tasks[i] as Task).id);
}

/** Names of what a task waits for. */
export function needsOf(graph: Graph, id: string): string[] {
  return taskOf(graph, id).deps.map((i) => (graph.tasks[i] as Task).id);
}

/** The files a task reads, by input name; members of a set stand as `*task.output`. */
export function readsOf(graph: Graph, id: string): Record<string, string[]> {
  const out: Record<string, string[]> = {};
  for (const input of taskOf(graph, id).inputs) {
    const members = input.members.map((m) => `*${(graph.tasks[m.producer] as Task).id}.${m.output}`);
    const after = input.after.map((i) => `after ${(graph.tasks[i] as Task).id}`);
    out[input.decl.name] = [...input.paths.map((p) => p.path), ...members, ...input.globs, ...after];
  }
  return out;
}
