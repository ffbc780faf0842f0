// `evalmake adopt TARGET… --reason "…"`: a person vouches for outputs as they lie there; what is not proven is listed.
import {
  type EndCounts,
  type Event,
  type Graph,
  longestReason,
  type Plan,
  type Problem,
  verdictCounts,
} from '@evalmake/core';
import { isoTime, type PlanRequest, plannedTasks, RunLog, Stages, type Workspace } from '@evalmake/engine';
import type { AdoptResult } from '@evalmake/engine/adopt';
import type { AdoptedTask } from '@evalmake/engine/adopted-task';
import { callTold } from '@evalmake/engine/call-told';
import { UsageError } from './exit.ts';
import { noRecordText, reasonLine } from './explain.ts';
import type { Options } from './options.ts';
import { find } from './select.ts';
import { located, openSession, planSession, type Session, Stopped, tellProblems } from './session.ts';
import { type Paint, paint, printable, useColor } from './style.ts';
import { startWritingSession } from './write-session.ts';

const shownTasks = 10;
const shownReasons = 20;

/** Runs the command; gives the exit code: 0 when every named task is adopted or fresh, 1 when any was refused. */
export async function adopt(options: Options): Promise<number> {
  const reason = readReason(options);
  const session = await openSession(options, !options.dryRun);
  if (session instanceof Stopped) return session.exit;
  await refuseSecrets(reason, session.workspace);
  if (options.dryRun) return adoptIn(session, reason);
  const writing = await startWritingSession(session);
  if (writing instanceof Stopped) return writing.exit;
  try {
    return await adoptIn(session, reason);
  } finally {
    writing.end();
  }
}

function readReason(options: Options): string {
  if (options.targets.length === 0)
    throw new UsageError('evalmake adopt needs a target', 'evalmake status lists them');
  for (const name of ['only', 'from', 'until', 'skip'] as const)
    if (options[name].length > 0) throw new UsageError(`--${name} has no meaning with adopt`);
  for (const name of ['force', 'watch'] as const)
    if (options[name] !== undefined && options[name] !== false)
      throw new UsageError(`--${name} has no meaning with adopt: nothing runs`);
  const reason = (options.reason ?? '').trim();
  if (reason === '')
    throw new UsageError(
      'evalmake adopt needs --reason "…"',
      'say why the outputs are good: it is shown until they are built again',
    );
  if (reason.length > longestReason)
    throw new UsageError(
      `the reason is ${reason.length} characters long, and at most ${longestReason} are kept`,
    );
  return reason;
}

async function refuseSecrets(reason: string, workspace: Workspace): Promise<void> {
  const { secretsIn } = await import('@evalmake/engine/secrets');
  const { root, pipeline, options } = workspace;
  const [name] = secretsIn(reason, pipeline.targets, { root, env: options.env });
  if (name !== undefined)
    throw new UsageError(
      `the reason holds the value of the secret ${name}`,
      'write it without: it is kept in records and manifests',
    );
}

/** An instance of a set that nobody knows yet stands for the whole set until its producer is adopted. */
function adoptRequest({ options, below }: Session): PlanRequest {
  const one = (graph: Graph, word: string, problems: Problem[]): readonly number[] => {
    const own: Problem[] = [];
    const found = find(graph, word, below, own);
    const instances = graph.byTarget.get(word.split('@', 1)[0] as string) ?? [];
    const unknown = instances.filter((i) => graph.tasks[i]?.placeholder === true);
    if (found.length === 0 && unknown.length > 0) return unknown;
    problems.push(...own);
    return found;
  };
  return {
    select: (graph) => {
      const problems: Problem[] = [];
      return { wanted: options.targets.flatMap((word) => one(graph, word, problems)), problems };
    },
  };
}

async function adoptIn(session: Session, reason: string): Promise<number> {
  const { workspace, options } = session;
  const request = adoptRequest(session);
  const planned = await planSession({ ...session, request });
  if (planned instanceof Stopped) return planned.exit;
  const { adopt: adoptTasks } = await import('@evalmake/engine/adopt');
  const log = new RunLog(workspace.root);
  const started = Date.now();
  let telling = false;
  const emit = (event: Event, plan: Plan): void => {
    if (options.dryRun) return;
    if (!telling) {
      const call = callTold(process.argv.slice(2), workspace);
      log.write({ ...plannedEvent(plan, log.number, isoTime(started)), call });
    }
    telling = true;
    log.write(event);
  };
  const result = await adoptTasks({
    workspace,
    request,
    reason,
    run: log.number,
    write: !options.dryRun,
    emit,
  });
  if (result.problems.length > 0) tellProblems(await located(result.problems, session), options);
  const counts = countOutcomes(result.tasks);
  const exit = result.problems.length > 0 ? 2 : counts.refused > 0 ? 1 : 0;
  if (result.wrote) {
    finish(workspace, result);
    log.write(endedEvent(exit, Date.now() - started, counts));
  }
  tell(result.tasks, { options, reason, counts });
  return exit;
}

/** Brings manifests and the digest cache up to date with the records. */
function finish(workspace: Workspace, { plan }: AdoptResult): void {
  if (plan === undefined) return;
  const stages = new Stages(workspace, plan.graph);
  stages.touchStale();
  stages.flush(new Set());
  workspace.files.save();
}

function plannedEvent(plan: Plan, run: number, at: string): Extract<Event, { event: 'planned' }> {
  return {
    event: 'planned',
    version: 1,
    run,
    at,
    pipeline: plan.graph.pipeline.name,
    counts: verdictCounts(plan),
    tasks: plannedTasks(plan),
  };
}

function endedEvent(exit: number, ms: number, { adopted, fresh, refused }: Outcomes): Event {
  const none = { ran: 0, cutOff: 0, rechecked: 0, failed: 0, ask: 0, off: 0, notStarted: 0 };
  const counts: EndCounts = { ...none, adopted, fresh, blocked: refused };
  return { event: 'ended', at: isoTime(Date.now()), exit, ms, counts };
}

type Outcomes = Readonly<Record<AdoptedTask['outcome'], number>>;

function countOutcomes(tasks: readonly AdoptedTask[]): Outcomes {
  const counts = { adopted: 0, fresh: 0, refused: 0 };
  for (const { outcome } of tasks) counts[outcome]++;
  return counts;
}

interface Told {
  readonly options: Options;
  readonly reason: string;
  readonly counts: Outcomes;
}

function tell(tasks: readonly AdoptedTask[], { options, reason, counts }: Told): void {
  if (options.json) {
    const document = {
      format: 'evalmake.adopt',
      version: 1,
      dryRun: options.dryRun,
      reason,
      tasks,
      counts,
    };
    process.stdout.write(`${JSON.stringify(document)}\n`);
    return;
  }
  const colors = paint(
    useColor({ when: options.color, env: process.env, isTty: process.stdout.isTTY === true }),
  );
  const lines: string[] = [];
  const shown = new Map<string, number>();
  for (const task of tasks) {
    const key = `${task.target} ${task.outcome}`;
    const n = (shown.get(key) ?? 0) + 1;
    shown.set(key, n);
    if (options.all || n <= shownTasks) lines.push(...page(task, options, colors));
  }
  const hidden = [...shown.values()].reduce((sum, n) => sum + Math.max(0, n - shownTasks), 0);
  if (hidden > 0 && !options.all) lines.push(colors.dim(`… and ${hidden} more tasks; --all shows them`));
  const parts = Object.entries(counts).flatMap(([outcome, n]) => (n === 0 ? [] : [`${n} ${outcome}`]));
  const dry = options.dryRun ? ' (dry run: nothing was written)' : '';
  process.stdout.write(`${[...lines, `${parts.join(', ')}${dry}`].join('\n')}\n`);
}

function page(task: AdoptedTask, { all }: Options, colors: Paint): string[] {
  const color = { adopted: colors.yellow, fresh: colors.green, refused: colors.red }[task.outcome];
  const text = task.text === undefined ? '' : colors.dim(`  ${printable(task.text)}`);
  const lines = [`${color(task.outcome.padEnd(8))}${colors.bold(task.id)}${text}`];
  const say = (line: string): void => void lines.push(`          ${line}`);
  const most = all ? Number.POSITIVE_INFINITY : shownReasons;
  for (const reason of task.because.slice(0, most)) say(reasonLine(reason));
  for (const reason of task.unproven.slice(0, most)) {
    const words = reason.code === 'record-lost' ? noRecordText : reasonLine(reason);
    say(`not proven: ${words}`);
  }
  const more = Math.max(0, task.because.length - most) + Math.max(0, task.unproven.length - most);
  if (more > 0) say(`… and ${more} more; --all shows them`);
  if (task.mentionedIn !== undefined)
    say(
      `${task.mentionedIn} lists the same sha256: these are the files it means; how they were made it does not say`,
    );
  if (task.over !== undefined)
    say(
      `the record it is compared with was adopted itself, on ${task.over.at} because "${printable(task.over.reason)}"`,
    );
  if (task.notRun.length > 0) say(`a dry run starts no command: not judged: ${task.notRun.join(', ')}`);
  return lines;
}
