// `evalmake --watch`: builds, and builds again when an input may have changed. Events are hints; the planner decides.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Event, expand, type Plan, usdOf } from '@evalmake/core';
import { localTimer, makePlan } from '@evalmake/engine';
import type { Watcher } from '@evalmake/engine/watch';
import { type BuildOnce, buildOnce } from './build-once.ts';
import { explanationOf } from './explanation.ts';
import type { Options } from './options.ts';
import { renderExplanation } from './render-explanation.ts';
import { openSession, peekWorkspace, planSession, Stopped } from './session.ts';
import { isOn, paint, useColor } from './style.ts';
import { type Key, WatchKeys } from './watch-keys.ts';
import { WatchVoice } from './watch-voice.ts';

/** Runs the command until it is told to end; gives 0, or the code of a build that was interrupted or has lost its lock. */
export async function watch(options: Options): Promise<number> {
  const { Watcher } = await import('@evalmake/engine/watch');
  const watcher = new Watcher({
    // As chokidar reads its own switch, which people set for containers.
    poll: isOn(process.env.CHOKIDAR_USEPOLLING),
    warn: (text) => process.stderr.write(`evalmake: ${text}\n`),
  });
  const ending = new Ending();
  const loop = new WatchLoop(options, watcher, ending);
  try {
    return await loop.run();
  } finally {
    ending.off();
    await watcher.close();
  }
}

/** Hears the signals that end a watch. */
class Ending {
  ended = false;
  readonly told: Promise<void>;
  private readonly hear: () => void;
  private readonly signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

  constructor() {
    let tell = (): void => {};
    this.told = new Promise((done) => {
      tell = done;
    });
    this.hear = () => {
      this.ended = true;
      tell();
    };
    for (const signal of this.signals) process.on(signal, this.hear);
  }

  /** As a signal does. */
  end(): void {
    this.hear();
  }

  off(): void {
    for (const signal of this.signals) process.off(signal, this.hear);
  }
}

/** Builds, waits, and builds again. */
class WatchLoop {
  private readonly voice: WatchVoice;
  private readonly keys: WatchKeys | undefined;
  private spent = 0;
  /** What was said that a build would cost, and what of it a person has agreed to by asking for it, US dollars. */
  private told = 0;
  private agreed = 0;
  private builds = 0;

  constructor(
    private readonly options: Options,
    private readonly watcher: Watcher,
    private readonly ending: Ending,
  ) {
    this.voice = new WatchVoice(options);
    const { stdin, stderr, env } = process;
    const someone = stdin.isTTY === true && stderr.isTTY === true && !isOn(env.CI);
    if (someone && !options.json && !options.quiet) this.keys = new WatchKeys(stdin, () => ending.end());
  }

  async run(): Promise<number> {
    const { options, watcher, ending } = this;
    await this.expect();
    for (;;) {
      const changed = watcher.next();
      const seen: Seen = { built: undefined, text: pipelineText(options) };
      const { exit, halted, events } = await this.build(seen);
      if (halted) return exit > 128 || exit === 6 ? exit : 0;
      if (ending.ended) return exit > 128 ? exit : 0;
      if (!(await this.isStill(seen))) continue;
      const keys = this.keys !== undefined;
      this.told = this.voice.costs(events, { budget: options.watchBudget, keys });
      this.voice.waiting(watcher.size, keys);
      await this.wait(changed, events);
      if (ending.ended) return exit > 128 ? exit : 0;
    }
  }

  /** Begins to follow what was built, and says whether it is still so: what changed meanwhile is not missed. */
  private async isStill(seen: Seen): Promise<boolean> {
    const { workspace, plan } = seen.built ?? {};
    if (workspace === undefined || plan === undefined) {
      await this.watcher.followFile(resolve(this.options.dir, this.options.file));
      return pipelineText(this.options) === seen.text;
    }
    const covered = await this.watcher.follow(workspace, plan);
    if (pipelineText(this.options) !== seen.text) return false;
    const before = covered ? undefined : fingerprintsOf(plan);
    seen.built = undefined;
    return covered || before === (await fingerprintsNow(this.options));
  }

  /** Begins to watch before anything is read, so that the first build need not be held against a second look. */
  private async expect(): Promise<void> {
    const workspace = await peekWorkspace(this.options);
    if (workspace === undefined) return;
    const { pipeline, config, world } = workspace;
    const graph = expand({ pipeline, config, world }).value;
    if (graph !== undefined) await this.watcher.expect(workspace, graph);
  }

  /** What it may still spend by itself. */
  private get allowedUsd(): number {
    return Math.max(0, this.options.watchBudget - this.spent);
  }

  private async build(seen: Seen): Promise<Pick<BuildOnce, 'exit' | 'halted' | 'events'>> {
    const { options } = this;
    const again = this.builds++ > 0;
    const maxUsd = Math.max(this.agreed, this.allowedUsd);
    this.agreed = 0;
    const result = await buildOnce(
      { ...options, maxUsd, yes: false, detach: true },
      again ? { planned: (session, plan) => this.voice.changed(session, plan) } : {},
    );
    const { workspace, plan, exit, halted, events } = result;
    this.spent += usdOf(workspace?.spending.total ?? 0);
    seen.built = { workspace, plan };
    return { exit, halted, events };
  }

  /** Waits until there is something to build, and does what keys ask for meanwhile. */
  private async wait(changed: Promise<void>, events: readonly Event[]): Promise<void> {
    const due = untilDue(events, Date.now());
    const news = Promise.race([changed, this.ending.told, due.passed]).then(() => undefined);
    for (;;) {
      const key = await Promise.race(this.keys === undefined ? [news] : [news, this.keys.next()]);
      if (key === undefined || key === 'build' || key === 'quit') {
        if (key === 'build') this.agreed = this.told;
        if (key === 'quit') this.ending.end();
        break;
      }
      await this.answer(key);
    }
    this.keys?.rest();
    due.cancel();
  }

  /** Says why, or shows the report; the watch goes on waiting. */
  private async answer(key: Exclude<Key, 'build' | 'quit'>): Promise<void> {
    if (key === 'open') {
      const { openReport } = await import('./show-report.ts');
      await openReport(this.options);
      return;
    }
    const session = await openSession({ ...this.options, maxUsd: this.allowedUsd, yes: false }, false);
    const plan = session instanceof Stopped ? session : await planSession(session);
    if (session instanceof Stopped || plan instanceof Stopped) return;
    const colors = paint(useColor({ when: this.options.color, env: process.env, isTty: true }));
    const explanation = await explanationOf(session, plan);
    for (const line of renderExplanation(explanation, { paint: colors, all: false, fresh: false }))
      this.voice.say(line);
  }
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

/** What a build saw. It is let go before the next look: of a hundred thousand files two are too much to hold at once. */
interface Seen {
  built: Pick<BuildOnce, 'workspace' | 'plan'> | undefined;
  /** The text of the pipeline before it. */
  readonly text: string;
}

/** One digest over the fingerprints of a plan. */
function fingerprintsOf(plan: Plan): string {
  const sum = createHash('sha256');
  for (const decision of plan.decisions) {
    if (decision === undefined) continue;
    for (const label in decision.fingerprint.parts)
      sum.update(`${label}\0${decision.fingerprint.parts[label]}\n`);
    sum.update(`${JSON.stringify(decision.fingerprint.missing)}\n`);
  }
  return sum.digest('hex');
}

/** The fingerprints of now; undefined when there is no plan. */
async function fingerprintsNow(options: Options): Promise<string | undefined> {
  const session = await openSession({ ...options, json: false }, false);
  if (session instanceof Stopped) return undefined;
  const now = makePlan(session.workspace, session.request).value;
  return now === undefined ? undefined : fingerprintsOf(now);
}

function pipelineText(options: Options): string {
  const path = resolve(options.dir, options.file);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
