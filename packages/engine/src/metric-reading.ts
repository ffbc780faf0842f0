// Reading metrics: the declared numbers of a result, from its published files; whatever is wrong is a warning, never a failure.
import { join } from 'node:path';
import {
  type Decision,
  type Json,
  type OutputFile,
  renderPath,
  type Task,
  type TaskRecord,
} from '@evalmake/core';
import { metricPlace, numberAt } from '@evalmake/core/metric';
import { messageOf } from './failure.ts';
import { readFileSync, statSync } from './fs.ts';
import type { TaskRunContext } from './task-run-context.ts';

/** What reading metrics needs of a build. */
export type MetricContext = Pick<TaskRunContext, 'workspace' | 'graph'>;

/** The metrics of a result that were found, by name, and a line for each that was not. */
export interface MetricsRead {
  readonly metrics: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
}

/** Larger files are results, not summaries of them, and would be read and parsed while a build waits. */
const largest = 64 * 1024 * 1024;

/** Reads the declared metrics of a result that lies in its place. */
export function readMetrics(
  task: Task,
  { decision, outputs }: { readonly decision: Decision; readonly outputs: TaskRecord['outputs'] },
  { workspace, graph }: MetricContext,
): MetricsRead {
  const metrics: Record<string, number> = {};
  const warnings: string[] = [];
  const documents = new Map<string, Json | Error>();
  const none = { configFile: '', taskFile: '', missingFile: '', stateDir: '', rowsTodo: '', rowsDone: '' };
  const places = { ...none, output: (o: { path: string }) => o.path, listFile: () => '' };
  const { config, world, root } = workspace;
  const context = { graph, config, world, task, files: decision.fingerprint.files, places };
  const read = (path: string): Json | Error => {
    const known = documents.get(path) ?? documentAt(join(root, path));
    documents.set(path, known);
    return known;
  };
  for (const [name, text] of Object.entries(task.target.metrics)) {
    const place = metricPlace(text);
    if (place === undefined) continue;
    const file = renderPath(place.file, context).replace(/^\.\//, '');
    const path = outputAt(file, outputs);
    const document = path === undefined ? new Error(`"${file}" is none of its outputs`) : read(path);
    const value = document instanceof Error ? document.message : numberAt(document, place.pointer);
    if (typeof value === 'number') metrics[name] = value;
    else warnings.push(`metric "${name}" of ${task.id} (${path ?? file}#${place.pointer}): ${value}`);
  }
  return { metrics, warnings };
}

/** The file that is meant: by its path, in a directory too, by the name of its output, or as the only one. */
function outputAt(file: string, outputs: TaskRecord['outputs']): string | undefined {
  const all = Object.values(outputs).flat();
  if (all.some((output) => holds(output, file))) return file;
  const named = file === '' ? all : (outputs[file] ?? []);
  return named.length === 1 ? named[0]?.path : undefined;
}

function holds({ path, members }: OutputFile, file: string): boolean {
  if (path === file) return true;
  return file.startsWith(path) && members?.includes(file.slice(path.length)) === true;
}

function documentAt(path: string): Json | Error {
  try {
    const { size } = statSync(path);
    if (size > largest) return new Error(`the file has ${size} bytes, more than are read for a metric`);
    return JSON.parse(readFileSync(path, 'utf8')) as Json;
  } catch (error) {
    if (error instanceof SyntaxError) return new Error('the file is not JSON');
    return new Error(`the file cannot be read: ${messageOf(error)}`);
  }
}
