// `evalmake graph`: the DAG of targets (of tasks with --all) as text, dot, mermaid, svg or json.
import { extname, resolve } from 'node:path';
import type { Graph, Plan, Task } from '@evalmake/core';
import { UsageError } from './exit.ts';
import type { Options } from './options.ts';
import { drawable } from './picture-graph.ts';
import { wholePipeline } from './select.ts';
import { openSession, planSession, Stopped } from './session.ts';

interface Node {
  readonly name: string;
  readonly label: string;
  readonly off: boolean;
  readonly needs: readonly string[];
}

const renderers: Readonly<Record<string, (nodes: readonly Node[]) => string>> = { text, dot, mermaid, json };
const endings: Readonly<Record<string, string>> = {
  '.txt': 'text',
  '.dot': 'dot',
  '.mmd': 'mermaid',
  '.svg': 'svg',
  '.json': 'json',
};

/** Runs the command; gives the exit code. */
export async function graph(options: Options): Promise<number> {
  const format = formatOf(options);
  const session = await openSession(options, false);
  if (session instanceof Stopped) return session.exit;
  const whole = options.targets.length === 0;
  const plan = await (whole && format === 'svg' ? planSession(session, wholePipeline) : planSession(session));
  if (plan instanceof Stopped) return plan.exit;
  const chosen = whole
    ? plan.graph.tasks
    : plan.graph.tasks.filter((t) => plan.decisions[t.index] !== undefined);
  const render = renderers[format];
  const made =
    render === undefined
      ? await picture(plan, chosen, options)
      : render(options.all ? taskNodes(plan.graph, chosen) : targetNodes(plan.graph, chosen));
  if (options.output === undefined || options.output === '-') process.stdout.write(made);
  else (await import('@evalmake/engine/disk')).writeAtomic(resolve(options.dir, options.output), made, false);
  return 0;
}

/** --json, else --format, else the ending of the output, else text. */
function formatOf({ format, json: asJson, output }: Options): string {
  if (asJson) return 'json';
  const known = [...Object.keys(renderers), 'svg'];
  if (format !== undefined && !known.includes(format))
    throw new UsageError(`--format must be one of ${known.join(', ')}, not "${format}"`);
  if (format !== undefined || output === undefined || output === '-') return format ?? 'text';
  const found = endings[extname(output)];
  if (found !== undefined) return found;
  throw new UsageError(
    `what kind of graph is "${output}"?`,
    `end its name in ${Object.keys(endings).join(', ')}, or say --format`,
  );
}

/** The graph as SVG: its families with their states, folded further where nobody could read them. */
async function picture(plan: Plan, tasks: readonly Task[], { all }: Options): Promise<string> {
  const { graph: drawn, note } = drawable(plan, tasks, all);
  if (drawn === undefined)
    throw new UsageError(`${note ?? ''}, and so are the targets`, 'name some targets, or write --format dot');
  if (note !== undefined) process.stderr.write(`evalmake: note: ${note}\n`);
  const { drawPicture } = await import('./page/page.ts');
  return drawPicture(drawn);
}

function taskNodes(all: Graph, tasks: readonly Task[]): Node[] {
  return tasks.map((t) => ({
    name: t.id,
    label: t.id,
    off: t.off,
    needs: t.deps.map((d) => (all.tasks[d] as Task).id),
  }));
}

function targetNodes(all: Graph, tasks: readonly Task[]): Node[] {
  const families = new Map<string, Task[]>();
  for (const task of tasks)
    families.set(task.target.name, [...(families.get(task.target.name) ?? []), task].slice(-100_000));
  return [...families].map(([name, list]) => {
    const needs = new Set(list.flatMap((t) => t.deps.map((d) => (all.tasks[d] as Task).target.name)));
    needs.delete(name);
    const unknown = list.some((t) => t.placeholder);
    const label =
      list.length > 1 ? `${name} (${list.length} tasks)` : unknown ? `${name} (set not known yet)` : name;
    return { name, label, off: list.every((t) => t.off), needs: [...needs] };
  });
}

function text(nodes: readonly Node[]): string {
  return nodes
    .map(
      (n) =>
        `${n.label}${n.off ? ' (off)' : ''}${n.needs.length === 0 ? '' : `\n${n.needs.map((d) => `  <- ${d}`).join('\n')}`}\n`,
    )
    .join('');
}

function dot(nodes: readonly Node[]): string {
  const quote = (s: string) => `"${s.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  const lines = nodes.flatMap((n) => [
    `  ${quote(n.name)} [label=${quote(n.label)}${n.off ? ', style=dashed' : ''}];`,
    ...n.needs.map((d) => `  ${quote(d)} -> ${quote(n.name)};`),
  ]);
  return `digraph evalmake {\n  rankdir=LR;\n  node [shape=box];\n${lines.join('\n')}\n}\n`;
}

function mermaid(nodes: readonly Node[]): string {
  const ids = new Map(nodes.map((n, i) => [n.name, `n${i}`]));
  const safe = (s: string) =>
    s.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const lines = nodes.flatMap((n) => [
    `  ${ids.get(n.name)}["${safe(n.label)}"]${n.off ? ':::off' : ''}`,
    ...n.needs.flatMap((d) => (ids.has(d) ? [`  ${ids.get(d)} --> ${ids.get(n.name)}`] : [])),
  ]);
  return `flowchart LR\n${lines.join('\n')}\n  classDef off stroke-dasharray: 4 4\n`;
}

function json(nodes: readonly Node[]): string {
  return `${JSON.stringify({ format: 'evalmake.graph', version: 1, nodes })}\n`;
}
