// One build: lock, recovery, plan, run, manifests.
import type { Event, Plan } from '@evalmake/core';
import { runPlan, type Workspace } from '@evalmake/engine';
import { withConsent } from './consent.ts';
import { reasonLine } from './explain.ts';
import type { Options } from './options.ts';
import { Progress } from './progress.ts';
import { located, openSession, planSession, type Session, Stopped, tellProblems } from './session.ts';
import { Signals } from './signals.ts';
import { paint, useColor } from './style.ts';
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

/** Builds once: lock, recovery, plan, run, manifests. */
export async function buildOnce(
  options: Options,
  where: (plan: Plan) => string = () => '',
): Promise<BuildOnce> {
  // The first build counts from the start of the process: that is what its user waits for. Watch builds many.
  const since = builds++ === 0 ? 0 : performance.now();
  const session = await openSession(options, true);
  if (session instanceof Stopped) return stopped(session.exit);
  const signals = new Signals();
  try {
    const writing = await startWritingSession(session);
    if (writing instanceof Stopped) return stopped(writing.exit);
    try {
      return await underLock(session, { where, since, signals });
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
  readonly where: (plan: Plan) => string;
  readonly since: number;
  readonly signals: Signals;
}

async function underLock(session: Session, { where, since, signals }: UnderLock): Promise<BuildOnce> {
  const { workspace, options } = session;
  const first = await planSession(session);
  if (first instanceof Stopped) return stopped(first.exit);
  const { request, plan, asked } = await withConsent(session, first);
  const events: Event[] = [];
  let latest = plan;
  const progress = makeProgress(options, () => where(latest), asked);
  const emit = (event: Event): void => {
    if (event.event !== 'progress') events.push(event);
    if (options.json) process.stdout.write(`${JSON.stringify(event)}\n`);
    else progress.show(event);
  };
  try {
    const result = await runPlan({
      workspace,
      request,
      plan,
      jobs: options.jobs,
      keepGoing: options.keepGoing,
      detach: options.detach,
      warnings: frozenWarnings(plan),
      emit,
      elapsedMs: () => performance.now() - since,
      onBuild: (build) =>
        signals.guide(build, (signal) => {
          if (!options.json) progress.say(`evalmake: ${signal}: stopping; once more ends everything at once`);
        }),
      last: (plan) => {
        latest = plan;
      },
    });
    if (result.problems.length > 0) tellProblems(await located(result.problems, session), options);
    const { exit, halted, idle } = result;
    return { exit, workspace, plan: result.plan, nothingRan: idle, halted, events };
  } finally {
    progress.close();
  }
}

/** A frozen target that is stale is not run, but it is said. */
function frozenWarnings(plan: Plan): string[] {
  return plan.decisions.flatMap((decision, index) => {
    if (decision?.verdict !== 'fresh' || !decision.reasons.some((r) => r.code === 'frozen')) return [];
    const why = decision.reasons.filter((r) => r.code !== 'frozen').map(reasonLine);
    return [`"${plan.graph.tasks[index]?.id}" is frozen and stale: ${why.join('; ')}`];
  });
}

function makeProgress(options: Options, where: () => string, asked: boolean): Progress {
  const tty = process.stderr.isTTY === true && process.env.CI === undefined && process.env.TERM !== 'dumb';
  return new Progress({
    paint: paint(useColor({ when: options.color, env: process.env, isTty: process.stderr.isTTY === true })),
    write: (text) => process.stderr.write(text),
    live: options.progress === 'live' || (options.progress === 'auto' && tty),
    quiet: options.quiet || options.progress === 'quiet',
    verbose: options.verbose,
    columns: () => process.stderr.columns ?? 100,
    where,
    moneyTold: () => asked,
  });
}
