// `evalmake why TARGET`: every part of the fingerprint, same or old -> new, and the causes at the root of it all.
import { causesOf, type Plan, provenanceOf, recordFiles, reportCauses, type Task } from '@evalmake/core';
import { originOf } from '@evalmake/engine';
import { UsageError } from './exit.ts';
import { sourcesOf } from './explanation.ts';
import type { Options } from './options.ts';
import { renderProvenance } from './render-provenance.ts';
import { find } from './select.ts';
import { openSession, planSession, type Session, Stopped, tellProblems } from './session.ts';
import { paint, useColor } from './style.ts';
import { whyOf } from './why.ts';
import { whyPage } from './why-page.ts';

/** Runs the command; gives the exit code. */
export async function why(options: Options): Promise<number> {
  if (options.targets.length === 0)
    throw new UsageError('evalmake why needs a target', 'evalmake status lists them');
  const session = await openSession(options, false);
  if (session instanceof Stopped) return session.exit;
  const plan = await planSession(session);
  if (plan instanceof Stopped) return plan.exit;
  const problems: Parameters<typeof find>[3] = [];
  const tasks = options.targets.flatMap((word) => find(plan.graph, word, session.below, problems));
  if (problems.length > 0) return tellProblems(problems, options);
  if (options.provenance) return tellProvenance(session, plan, tasks);
  const found = tasks.map((index) => whyOf(plan, index));
  if (options.json) {
    const document = found.map(({ task, decision, parts, roots, adopted }) => ({
      id: task.id,
      verdict: decision.verdict,
      reasons: decision.reasons,
      ...originOf(decision),
      parts,
      roots,
      ...(adopted === undefined ? {} : { adopted: { ...adopted, task: undefined } }),
    }));
    process.stdout.write(`${JSON.stringify({ format: 'evalmake.why', version: 1, tasks: document })}\n`);
    return 0;
  }
  const isTty = process.stdout.isTTY === true;
  const colors = paint(useColor({ when: options.color, env: process.env, isTty }));
  const shown = options.all ? found : found.slice(0, 10);
  const causes = causesOf(plan);
  const told = reportCauses(plan, causes, await sourcesOf(session, plan, causes));
  for (const one of shown)
    process.stdout.write(`${whyPage(one, { plan, causes: told, paint: colors, all: options.all })}\n`);
  if (shown.length < found.length)
    process.stdout.write(`… and ${found.length - shown.length} more tasks; --all shows them\n`);
  return 0;
}

/** `--provenance`: how results were made, as text or as a document. */
function tellProvenance({ options, workspace }: Session, plan: Plan, tasks: readonly number[]): number {
  const made = tasks.map((index) => provenanceOf(plan, index, (digest) => workspace.texts.get(digest)));
  if (options.json) {
    const results = made.map((provenance, i) => ({
      task: plan.graph.tasks[tasks[i] as number]?.id,
      ...provenance,
    }));
    process.stdout.write(`${JSON.stringify({ format: 'evalmake.provenance', version: 1, results })}\n`);
    return 0;
  }
  const { name } = workspace.pipeline;
  for (const [i, provenance] of made.entries()) {
    const task = plan.graph.tasks[tasks[i] as number] as Task;
    const text = renderProvenance(provenance, { what: whatOf(plan, task, options.targets), pipeline: name });
    process.stdout.write(`${i > 0 ? '\n' : ''}${text}`);
  }
  return 0;
}

/** The artifact that was asked for, with what it holds; else the task. */
function whatOf(plan: Plan, task: Task, words: readonly string[]): { name: string; digest?: string } {
  const record = plan.decisions[task.index]?.record;
  const files = record === undefined ? [] : recordFiles(record);
  const asked = files.find(({ path }) => words.some((word) => path === word || path.endsWith(`/${word}`)));
  return asked === undefined ? { name: task.id } : { name: asked.path, digest: asked.digest };
}
