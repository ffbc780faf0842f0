// NoCode finds targets of which no code counts: whatever becomes of their programs, they stay fresh.

import { addCode } from '../fingerprint-code.ts';
import type { FingerprintContext } from '../fingerprint-context.ts';
import type { Graph, Task } from '../graph.ts';
import type { Target } from '../pipeline.ts';
import { usageOf } from '../usage.ts';
import type { Finding, LintScene } from './finding.ts';
import { programOf, saysItself } from './program.ts';
import { targetScript } from './target-script.ts';

/** A target of which no code counts, and the programs that it runs. */
export interface CodelessTarget {
  readonly target: string;
  readonly programs: readonly string[];
}

type CodeContext = Pick<FingerprintContext, 'graph' | 'config' | 'world'>;

/**
 * The targets of which no code counts, in the order of the pipeline. Inline shell that runs only the tools of every
 * system is its own code, and so is what stands behind `python -c`; `version` is the author's own mark of the code.
 * @param among the targets that are looked at
 */
export function codelessTargets(context: CodeContext, among: readonly Target[]): CodelessTarget[] {
  const { graph } = context;
  return among.flatMap((target): CodelessTarget[] => {
    if (target.run === undefined || target.version !== undefined) return [];
    const programs = foreignPrograms(target, graph);
    if (programs.length === 0 || countsCode(target, context)) return [];
    return [{ target: target.name, programs }];
  });
}

/** Programs of a target that do what no word of the command says. */
function foreignPrograms(target: Target, graph: Graph): string[] {
  const { commands, functions } = targetScript(target, graph.pipeline);
  const names = commands.flatMap((command) => {
    const program = programOf(command);
    const known = program === undefined || functions.has(program.name) || saysItself(program, command);
    return known ? [] : [program.name];
  });
  return [...new Set(names)];
}

function countsCode(target: Target, context: CodeContext): boolean {
  const { graph, world } = context;
  const { programs, prelude } = usageOf(target, graph.pipeline);
  // `module load tool/1.2` names the version of what is run.
  if (/\bmodule\s+(?:load|add)\s[^\n]*\/v?\d/.test(prelude ?? '')) return true;
  if (programs.some((program) => world.tool(program) !== undefined)) return true;
  const index = graph.byTarget.get(target.name)?.[0];
  if (index === undefined) return true;
  const parts: Record<string, string> = {};
  addCode(graph.tasks[index] as Task, parts, { ...context, memo: new Map() });
  return Object.keys(parts).length > 0;
}

/** One finding for all targets that run the same programs: they are mended together. */
export function noCode({ graph, config, world }: LintScene): Finding[] {
  const groups = new Map<string, CodelessTarget[]>();
  for (const found of codelessTargets({ graph, config, world }, graph.pipeline.targets)) {
    const key = found.programs.join('\0');
    groups.set(key, [...(groups.get(key) ?? []), found]);
  }
  return [...groups.values()].map((list): Finding => {
    const { target, programs } = list[0] as CodelessTarget;
    const many = list.length > 1 ? ` (and ${list.length - 1} more: ${namesText(list.slice(1))})` : '';
    const them = programs.map((name) => `"${name}"`).join(', ');
    return {
      code: 'no-code',
      severity: 'warning',
      target,
      ...(list.length > 1 ? { others: list.slice(1).map((other) => other.target) } : {}),
      pointer: ['targets', target, 'run'],
      atKey: true,
      message: `no code counts for "${target}"${many}: another ${them} would not run it again`,
      hint: 'name what it runs under "code:" (paths, globs, a lock file), install it in node_modules, or bump a "version:" by hand',
    };
  });
}

const shownNames = 5;

/** A few names of targets, and how many more there are. */
export function namesText(list: readonly CodelessTarget[]): string {
  const names = list.slice(0, shownNames).map(({ target }) => target);
  return `${names.join(', ')}${list.length > shownNames ? `, … ${list.length - shownNames} more` : ''}`;
}
