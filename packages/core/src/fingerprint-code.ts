// The code of a task: files of the workspace that its command runs, as `script:…` parts of its fingerprint.
import { type FingerprintContext, scopeOf } from './fingerprint-context.ts';
import type { Task } from './graph.ts';
import type { Parts } from './record.ts';
import { renderText } from './scope.ts';
import { usageOf } from './usage.ts';

/** What the code of a task is found with. */
export type CodeContext = Pick<FingerprintContext, 'graph' | 'config' | 'world' | 'memo'>;

/** Adds the parts of a task's code; they are made once per target when no template in them varies. */
export function addCode(task: Task, parts: Record<string, string>, context: CodeContext): void {
  const { target } = task;
  const varies = target.code.some((c) => c.includes('${{')) || target.cwd?.includes('${{') === true;
  const key = `code\0${varies ? task.id : target.name}`;
  let code = context.memo.get(key);
  if (code === undefined) {
    code = codeParts(task, context);
    context.memo.set(key, code);
  }
  Object.assign(parts, code);
}

function codeParts(task: Task, context: CodeContext): Parts {
  const { target } = task;
  const { world, graph } = context;
  const out: Record<string, string> = {};
  const add = (path: string): void => {
    // What a target builds is never code of one: it would be stale by its own work.
    if (graph.builder(path) !== undefined) return;
    const entry = world.snapshot.entry(path);
    if (entry.kind === 'file') out[`script:${path}`] = entry.digest;
  };
  const scope = scopeOf(task, context.config, context);
  const cwd = renderText(target.cwd ?? '', scope);
  for (const word of usageOf(target, graph.pipeline).words) {
    const path = from(cwd.ok ? cwd.text : '', word);
    if (path !== undefined) add(path);
  }
  for (const template of target.code) {
    const pattern = renderText(template, scope);
    if (!pattern.ok) continue;
    if (/[*?[{]/.test(pattern.text)) for (const path of world.snapshot.glob(pattern.text)) add(path);
    else add(pattern.text);
  }
  return out;
}

/** A word as a path of the workspace, seen from a folder of it; undefined when it leads outside. */
function from(folder: string, word: string): string | undefined {
  const out: string[] = [];
  for (const step of `${folder}/${word}`.split('/')) {
    if (step === '' || step === '.') continue;
    if (step !== '..') out.push(step);
    else if (out.pop() === undefined) return undefined;
  }
  return out.length === 0 ? undefined : out.join('/');
}
