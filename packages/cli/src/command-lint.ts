// `evalmake lint`: what a pipeline leaves to luck, each at its place, with what to do. Reads only.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { formatProblem, type Plan, type Problem } from '@evalmake/core';
import type { Finding } from '@evalmake/core/lint/finding';
import type { Options } from './options.ts';
import { find, planRequest } from './select.ts';
import { located, openSession, planSession, type Session, Stopped, tellProblems } from './session.ts';
import { count, type Paint, paint, printable, useColor } from './style.ts';

/** Runs the command; gives the exit code: 1 when something was found. */
export async function lint(options: Options): Promise<number> {
  const session = await openSession(options, false);
  if (session instanceof Stopped) return session.exit;
  // What a call without targets reaches is a question of the whole pipeline, whatever is asked about.
  const plan = await planSession(session, planRequest({ ...options, targets: [] }, session.below).select);
  if (plan instanceof Stopped) return plan.exit;
  const asked = askedTargets(session, plan);
  if (asked instanceof Stopped) return asked.exit;
  const { lint: findings } = await import('@evalmake/core/lint/lint');
  const { graph, decisions, input } = plan;
  const { config, world } = input;
  const all = findings({ graph, config, world, reached: (task) => decisions[task] !== undefined });
  const found = await placed(
    all.filter(({ target, others = [] }) =>
      [target, ...others].some((t) => asked === undefined || asked.has(t ?? '')),
    ),
    session,
  );
  if (options.json) process.stdout.write(`${JSON.stringify(documentOf(found, graph.pipeline.name))}\n`);
  else {
    const isTty = process.stdout.isTTY === true;
    const colors = paint(useColor({ when: options.color, env: process.env, isTty }));
    const closing = found.length === 0 ? 'nothing found' : count(found.length, 'finding');
    process.stdout.write([...found.map((f) => textOf(f, colors)), `evalmake: ${closing}\n`].join('\n'));
  }
  return found.length === 0 ? 0 : 1;
}

/** The targets that are named; undefined for all. */
function askedTargets({ options, below }: Session, { graph }: Plan): Set<string> | Stopped | undefined {
  if (options.targets.length === 0) return undefined;
  const problems: Problem[] = [];
  const tasks = options.targets.flatMap((word) => find(graph, word, below, problems));
  if (problems.length > 0) return new Stopped(tellProblems(problems, options));
  return new Set(tasks.flatMap((index) => graph.tasks[index]?.target.name ?? []));
}

/** Findings with their places, in the order of the pipeline, then of the config. */
async function placed(findings: readonly Finding[], session: Session): Promise<Finding[]> {
  const inPipeline = findings.filter(({ file }) => file === undefined);
  const inConfig = findings.filter(({ file }) => file !== undefined);
  const { root } = session.workspace.options;
  const { configFile } = session.workspace.pipeline;
  const found = inPipeline.length === 0 ? [] : await located(inPipeline, session);
  if (inConfig.length > 0 && configFile !== undefined) {
    const { locate } = await import('@evalmake/core/yaml-source');
    const text = readFileSync(resolve(root, configFile), 'utf8');
    return [...sorted(found), ...sorted(locate(inConfig, text, configFile))];
  }
  return sorted(found);
}

/** By place; of one place in the order of the rules. What was located are findings still: only places were added. */
function sorted(problems: readonly Problem[]): Finding[] {
  const by = (p: Problem) => [p.line ?? 0, p.column ?? 0] as const;
  return [...(problems as readonly Finding[])].sort((a, b) => by(a)[0] - by(b)[0] || by(a)[1] - by(b)[1]);
}

function textOf(finding: Finding, { dim }: Paint): string {
  const [first = '', ...more] = printable(formatProblem(finding)).split('\n');
  return [`${first} ${dim(`[${finding.code}]`)}`, ...more.map(dim)].join('\n');
}

function documentOf(findings: readonly Finding[], pipeline: string): object {
  return {
    format: 'evalmake.lint',
    version: 1,
    pipeline,
    findings: findings.map(({ pointer: _, atKey: __, ...finding }) => finding),
  };
}
