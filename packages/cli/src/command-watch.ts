// `evalmake --watch`: builds, and builds again when an input may have changed. Events are hints; the planner decides.
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Event, usdOf } from '@evalmake/core';
import { localTimer, makePlan } from '@evalmake/engine';
import type { Watcher } from '@evalmake/engine/watch';
import { type BuildOnce, buildOnce } from './build-once.ts';
import type { Options } from './options.ts';
import { openSession, Stopped } from './session.ts';
import { isOn } from './style.ts';

/** Runs the command until it is told to end; gives 0, or the code of a build that was interrupted or has lost its lock. */
export async function watch(options: Options): Promise<number> {
  const { Watcher } = await import('@evalmake/engine/watch');
  const watcher = new Watcher({
    // As chokidar reads its own switch, which people set for containers.
    poll: isOn(process.env.CHOKIDAR_USEPOLLING),
    warn: (text) => process.stderr.write(`evalmake: ${text}\n`),
  });
  let ended = false;
  let end: () => void = () => {};
  const told = new Promise<void>((done) => {
    end = done;
  });
  const onSignal = (): void => {
    ended = true;
    end();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  let exit = 0;
  let lost = false;
  let spent = 0;
  while (!ended) {
    const changed = watcher.next();
    const before = pipelineText(options);
    const result = await buildOnce({
      ...options,
      maxUsd: Math.max(0, options.watchBudget - spent),
      yes: false,
      detach: true,
    });
    spent += usdOf(result.workspace?.spending.total ?? 0);
    exit = result.exit;
    if (result.halted) lost = exit === 6;
    if (ended || result.halted) break;
    const same = await follow(watcher, result, { options, before });
    if (!same) continue;
    if (!options.json && !options.quiet)
      process.stderr.write('evalmake: watching for changes; Ctrl-C ends\n');
    const due = untilDue(result.events, Date.now());
    await Promise.race([changed, told, due.passed]);
    due.cancel();
  }
  for (const signal of signals) process.off(signal, onSignal);
  await watcher.close();
  return exit > 128 || lost ? exit : 0;
}

interface Due {
  /** Resolves when the first job is to be looked at again; never when there is none. */
  readonly passed: Promise<void>;
  readonly cancel: () => void;
}

/** Waits for the first of the jobs that a build has looked at and left; those that it did not look at wake nobody. */
function untilDue(events: readonly Event[], nowMs: number): Due {
  const times = events.flatMap((e) => (e.event === 'waiting' ? [Date.parse(e.until)] : []));
  if (times.length === 0) return { passed: new Promise(() => {}), cancel: () => {} };
  let cancel = (): void => {};
  const passed = new Promise<void>((done) => {
    cancel = localTimer(Math.max(0, Math.min(...times) - nowMs), done);
  });
  return { passed, cancel };
}

interface Before {
  readonly options: Options;
  readonly before: string;
}

/** Starts to watch, and says whether everything is still as the build saw it: what changed meanwhile is not missed. */
async function follow(watcher: Watcher, result: BuildOnce, { options, before }: Before): Promise<boolean> {
  if (result.workspace === undefined || result.plan === undefined) {
    await watcher.followFile(resolve(options.dir, options.file));
    return pipelineText(options) === before;
  }
  await watcher.follow(result.workspace, result.plan);
  if (pipelineText(options) !== before) return false;
  const session = await openSession({ ...options, json: false }, false);
  if (session instanceof Stopped) return false;
  const now = makePlan(session.workspace, session.request).value;
  if (now === undefined) return false;
  return fingerprints(now) === fingerprints(result.plan);
}

function fingerprints(plan: NonNullable<BuildOnce['plan']>): string {
  return JSON.stringify(plan.decisions.map((d) => d && [d.fingerprint.parts, d.fingerprint.missing]));
}

function pipelineText(options: Options): string {
  const path = resolve(options.dir, options.file);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
