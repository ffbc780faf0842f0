// One build: lock, recovery, plan, run, manifests.
import type { Event, Plan, Problem, Task } from '@evalmake/core';
import { makePlan, runPlan, type Workspace } from '@evalmake/engine';
import { tellCodeless } from './codeless-note.ts';
import { type Consented, withConsent } from './consent.ts';

import { reasonLine } from './explain.ts';
import type { Options } from './options.ts';
import { located, openSession, planSession, type Session, Stopped, tellProblems } from './session.ts';
import { Signals } from './signals.ts';
import { processOutput } from './terminal/process-output.ts';
import { RemainingTime } from './terminal/remaining-time.ts';
import { tellGithub } from './terminal/step-summary.ts';
import { startWritingSession } from './write-session.ts';

/** What one build came to. */
export interface BuildOnce {
  readonly exit: number;
  readonly workspace: Workspace | undefined;
  readonly plan: Plan | undefined;
  readonly nothingRan: boolean;
  /** Whether it was asked to stop, or has lost its lock. */
  readonly halted: boolean;
  readonly events: readonly Event[];
}

let builds = 0;

/** What a build is told with beside its events. */
export interface BuildVoice {
  /** What the closing line ends with. */
  readonly where?: (plan: Plan) => string;
  /** Told of the plan before anything runs. */
  readonly planned?: (session: Session, plan: Plan) => Promise<void>;
  /** Whether nothing is run: what can be restored is. */
  readonly restoreOnly?: boolean;
}

/** Builds once: lock, recovery, plan, run, manifests. */
export async function buildOnce(options: Options, voice: BuildVoice = {}): Promise<BuildOnce> {
  // The first build counts from the start of the process: that is what its user waits for. Watch builds many.
  const since = builds++ === 0 ? 0 : performance.now();
  const session = await openSession(options, true);
  if (session instanceof Stopped) return stopped(session.exit);
  const signals = new Signals();
  try {
    const writing = await startWritingSession(session);
    if (writing instanceof Stopped) return stopped(writing.exit);
    try {
      return await underLock(session, { voice, since, signals });
    } finally {
      writing.end();
    }
  } finally {
    signals.end();
  }
}

function stopped(exit: number): BuildOnce {
  return { exit, workspace: undefined, plan: undefined, nothingRan: true, halted: false, events: [] };
}

interface UnderLock {
  readonly voice: BuildVoice;
  readonly since: number;
  readonly signals: Signals;
}

async function underLock(session: Session, { voice, since, signals }: UnderLock): Promise<BuildOnce> {
  const { workspace, options } = session;
  const { where = () => '', restoreOnly = false } = voice;
  const first = await planSession(session);
  if (first instanceof Stopped) return stopped(first.exit);
  const { request, plan, asked } = await agreed(session, first, { restoreOnly });
  await tellPlan(session, plan, voice);
  const events: Event[] = [];
  let latest = plan;
  const elapsedMs = (): number => performance.now() - since;
  const remaining = new RemainingTime(options.jobs, elapsedMs);
  let current = (): Plan => plan;
  const { output, release } = processOutput({
    options,
    root: workspace.root,
    where: () => where(latest),
    moneyTold: asked,
    elapsedMs,
    eta: () => {
      remaining.follow(current());
      return remaining.eta();
    },
  });
  const emit = (event: Event): void => {
    if (event.event !== 'progress') events.push(event);
    remaining.take(event);
    if (options.json) process.stdout.write(`${JSON.stringify(event)}\n`);
    else output.show(event);
  };
  if (!options.json) session.stderr.write = (text) => output.say(text.replace(/\n$/, ''));
  try {
    const result = await runPlan({
      workspace,
      request,
      plan,
      jobs: options.jobs,
      keepGoing: options.keepGoing,
      detach: options.detach,
      restoreOnly,
      warnings: frozenWarnings(plan),
      emit,
      args: process.argv.slice(2),
      elapsedMs,
      onBuild: (build) => {
        current = () => build.plan;
        return signals.guide(build, (signal) => {
          if (!options.json) output.say(stoppingText(signal, output.running));
        });
      },
      last: (plan) => {
        latest = plan;
      },
    });
    await tellEnd(result.problems, session, { events, where: where(latest) });
    const { exit, halted, idle } = result;
    return { exit, workspace, plan: result.plan, nothingRan: idle, halted, events };
  } finally {
    release();
  }
}

/** What is said of the plan before anything runs. */
async function tellPlan(session: Session, plan: Plan, { planned }: BuildVoice): Promise<void> {
  await tellCodeless(session, plan);
  await planned?.(session, plan);
}

/** Tells what is wrong by now, and a build server how it went. */
async function tellEnd(
  problems: readonly Problem[],
  session: Session,
  told: { readonly events: readonly Event[]; readonly where: string },
): Promise<void> {
  if (problems.length > 0) tellProblems(await located(problems, session), session.options);
  tellGithub(process.env, told);
}

/** What goes on of a plan: all of it, when somebody agrees where it would spend too much, or what is restored. */
function agreed(session: Session, first: Plan, how: { restoreOnly: boolean }): Promise<Consented> {
  return how.restoreOnly ? Promise.resolve(restoring(session, first)) : withConsent(session, first);
}

/** What is left of a plan when nothing may be run: what is restored, and what is fresh. */
function restoring({ workspace, request }: Session, first: Plan): Consented {
  const stays = new Set(
    first.graph.order.flatMap((i) =>
      ['restore', 'fresh'].includes(first.decisions[i]?.verdict ?? '') ? [first.graph.tasks[i]?.id] : [],
    ),
  );
  const narrow = { ...request, excluded: () => (task: Task) => !stays.has(task.id) };
  return { request: narrow, plan: makePlan(workspace, narrow).value ?? first, asked: false };
}

function stoppingText(signal: NodeJS.Signals, running: number): string {
  const rest = running === 0 ? '' : `, ${running} running ${running === 1 ? 'gets' : 'get'} it too`;
  return `evalmake: ${signal}: stopping${rest}; once more ends everything at once`;
}

/** A frozen target that is stale is not run, but it is said. */
function frozenWarnings(plan: Plan): string[] {
  return plan.decisions.flatMap((decision, index) => {
    if (decision?.verdict !== 'fresh' || !decision.reasons.some((r) => r.code === 'frozen')) return [];
    const why = decision.reasons.filter((r) => r.code !== 'frozen').map(reasonLine);
    return [`"${plan.graph.tasks[index]?.id}" is frozen and stale: ${why.join('; ')}`];
  });
}
