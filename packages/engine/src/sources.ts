// Sources: files that people wrote and the pipeline reads. Whatever a record says of them, they are never removed.
import { relative } from 'node:path';
import { codeWords, discoveredLabel, type Graph, writtenByUs } from '@evalmake/core';
import { addCode } from '@evalmake/core/fingerprint-code';
import { recordsOf } from './clean.ts';
import type { Workspace } from './workspace.ts';

/** Folders in which nothing is anybody's output. */
const reserved = /(^|\/)(\.evalmake|\.git|node_modules)(\/|$)/;

/**
 * Tells whether a path is a source, or a folder that holds one: an input that no task builds, code, a file that a check
 * names, the pipeline and its config, a manifest.
 */
export function sourceTest(workspace: Workspace, graph: Graph): (path: string) => boolean {
  const files = new Set<string>();
  const folders: string[] = [];
  const globs = new Set<string>();
  const add = (path: string): void => {
    if (path.endsWith('/')) folders.push(path);
    files.add(path.replace(/\/$/, ''));
  };
  for (const path of named(workspace)) add(path);
  for (const task of graph.tasks) {
    for (const input of task.inputs) {
      for (const { path, producer } of input.paths) if (producer < 0) add(path);
      for (const pattern of input.globs) globs.add(pattern);
    }
    for (const path of codeOf(task, workspace, graph)) add(path);
  }
  const { matches } = workspace.world;
  return (path) => {
    const bare = path.replace(/\/$/, '');
    if (reserved.test(bare) || files.has(bare) || writtenByUs(bare, graph.manifests)) return true;
    if (folders.some((folder) => path.startsWith(folder))) return true;
    return [...globs].some((pattern) => matches(pattern, bare));
  };
}

/** Files that the pipeline and this call name. */
function named({ root, options, pipeline }: Workspace): string[] {
  const { configFile, configSchema, targets } = pipeline;
  const envFiles = targets.flatMap((t) => t.envFile ?? []);
  const given = options.configs.map((path) => (path.startsWith('/') ? relative(root, path) : path));
  const told = [configFile, configSchema].filter((path) => path !== undefined);
  return [options.file, ...told, ...envFiles, ...given];
}

/** Files that a task runs, that its checks name, and that its command said it has read. */
function codeOf(task: Graph['tasks'][number], workspace: Workspace, graph: Graph): string[] {
  const { config, world } = workspace;
  const parts: Record<string, string> = {};
  if (!task.placeholder) addCode(task, parts, { graph, config, world, memo: codeMemo(graph) });
  const out = Object.keys(parts).map((label) => label.slice('script:'.length));
  for (const { demand } of task.target.checks) {
    if (demand.kind === 'json_schema') out.push(demand.schema);
    if (demand.kind === 'command') out.push(...codeWords(demand.run));
  }
  if (task.target.depsFile === undefined || task.placeholder) return out;
  const prefix = discoveredLabel('');
  const labels = recordsOf(task, workspace).flatMap((record) => Object.keys(record.parts));
  return [...out, ...labels.filter((l) => l.startsWith(prefix)).map((l) => l.slice(prefix.length))];
}

const memos = new WeakMap<Graph, Map<string, Readonly<Record<string, string>>>>();

function codeMemo(graph: Graph): Map<string, Readonly<Record<string, string>>> {
  const known = memos.get(graph) ?? new Map();
  memos.set(graph, known);
  return known;
}
