// A simulated evalmake: the steps of the command line around the engine, on the disk and the machine of a scene.
import type { Event, Graph, Plan, Problem } from '@evalmake/core';
import {
  makePlan,
  openWorkspace,
  type PlanRequest,
  runPlan,
  startWriting,
  type Workspace,
} from '@evalmake/engine';
import type { Build } from '@evalmake/engine/build';
import type { Machine } from '@evalmake/engine/machine';
// Loaded before anything begins: when a module comes from the real disk must not decide what happens next.
import '@evalmake/core/parse';
import '@evalmake/core/parse-config';
import '@evalmake/engine/build';
import '@evalmake/engine/recover';
import { drive, type Outcome, type Upsets } from './driver.ts';
import { Died } from './memory-disk.ts';
import { root, type Scene } from './scene.ts';

/** What is asked for. */
export interface Call {
  /** Names of targets; none for all. */
  readonly wanted: readonly string[];
  readonly jobs: number;
  readonly keepGoing: boolean;
}

/** What a plan says of the tasks, by name. */
export type Verdicts = ReadonlyMap<string, string>;

/** What a build did. */
export interface BuildSeen {
  readonly exit: number;
  readonly events: readonly Event[];
  readonly warnings: readonly string[];
}

function requestOf({ wanted }: Call): PlanRequest {
  const select = (graph: Graph): { wanted: number[]; problems: Problem[] } => ({
    wanted:
      wanted.length === 0
        ? graph.tasks.filter((t) => !t.off).map((t) => t.index)
        : wanted.flatMap((name) => [...(graph.byTarget.get(name) ?? [])]),
    problems: [],
  });
  return { select };
}

async function open(
  scene: Scene,
  how: { machine: Machine; write: boolean; warn: (text: string) => void },
): Promise<Workspace> {
  const opened = await openWorkspace({
    root,
    file: 'pipeline.yaml',
    configs: [],
    sets: [],
    env: {},
    nowMs: () => scene.now,
    build: 'simulated',
    ...how,
  });
  if (opened.value === undefined) throw new Error(`cannot be opened: ${told(opened.problems)}`);
  return opened.value;
}

const told = (problems: readonly Problem[]): string =>
  problems.map((p) => `${p.code} ${p.message}`).join('; ');

function planOf(workspace: Workspace, call: Call): Plan {
  const made = makePlan(workspace, requestOf(call));
  if (made.value === undefined) throw new Error(`cannot be planned: ${told(made.problems)}`);
  return made.value;
}

function verdictsOf(plan: Plan): Verdicts {
  const out = new Map<string, string>();
  for (const [index, decision] of plan.decisions.entries()) {
    const task = plan.graph.tasks[index];
    if (decision !== undefined && task !== undefined && task.target.run !== undefined)
      out.set(task.id, decision.verdict);
  }
  return out;
}

/** A dry run, which changes nothing: a change is an error. */
export async function dryRun(scene: Scene, call: Call): Promise<Verdicts> {
  const { machine, life } = scene.machine.evalmake();
  const before = scene.disk.before;
  scene.disk.before = (change, path) => {
    throw new Error(`a dry run changes the disk: ${change} ${path}`);
  };
  try {
    const workspace = await open(scene, { machine, write: false, warn: () => {} });
    return verdictsOf(planOf(workspace, call));
  } finally {
    scene.disk.before = before;
    life.dead = true;
  }
}

/** Another evalmake comes while one builds; true when it is turned away. */
export async function second(scene: Scene): Promise<boolean> {
  const { machine } = scene.machine.evalmake();
  const workspace = await open(scene, { machine, write: false, warn: () => {} });
  const writing = await startWriting(workspace, { command: 'another evalmake' });
  if (writing.held) writing.end();
  return !writing.held;
}

/**
 * A build, driven to its end or its death.
 * @param recovered called when the workspace is locked and recovered, and before anything is planned
 */
export async function build(
  scene: Scene,
  call: Call,
  upsets: Upsets,
  recovered: () => void,
): Promise<{ outcome: Outcome<number>; seen: BuildSeen }> {
  const { machine, life } = scene.machine.evalmake();
  const events: Event[] = [];
  const warnings: string[] = [];
  let running: Build | undefined;
  scene.jobs = call.jobs;
  scene.runs = new Map();
  scene.excused = new Set();
  const work = async (): Promise<number> => {
    const workspace = await open(scene, { machine, write: true, warn: (text) => void warnings.push(text) });
    const writing = await startWriting(workspace, { command: 'evalmake' });
    if (!writing.held) throw new Error('the lock of nobody living was not taken over');
    try {
      // The dead may come as far as this when they do not ask the disk for anything.
      if (scene.disk.dead) throw new Died();
      recovered();
      const plan = planOf(workspace, call);
      workspace.keepCaches();
      const result = await runPlan({
        workspace,
        request: requestOf(call),
        plan,
        jobs: call.jobs,
        keepGoing: call.keepGoing,
        emit: (event) => {
          // What a dead build still says, nobody hears.
          if (!life.dead && !scene.disk.dead) events.push(event);
        },
        elapsedMs: () => 0,
        onBuild: (made) => {
          running = made;
        },
      });
      if (result.problems.length > 0) throw new Error(told(result.problems));
      return result.exit;
    } finally {
      writing.end();
    }
  };
  const outcome = await drive({ scene, life, work, upsets, build: () => running });
  const exit = outcome.kind === 'done' ? outcome.value : -1;
  return { outcome, seen: { exit, events, warnings } };
}
