// A project that is built and planned inside the process of the test, by the engine's own functions, on real files.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Plan } from '@evalmake/core';
import {
  makePlan,
  openWorkspace,
  type PlanRequest,
  RunLog,
  startWriting,
  type Workspace,
} from '@evalmake/engine';
import { Build } from '@evalmake/engine/build';
import { type Command, functionMachine } from './function-machine.ts';

const everything: PlanRequest = {
  select: (graph) => ({ wanted: graph.tasks.map((task) => task.index), problems: [] }),
};

export interface Built {
  readonly exit: number;
  /** Tasks whose command was executed. */
  readonly ran: readonly string[];
  readonly warnings: readonly string[];
}

export class Project {
  readonly root = mkdtempSync(join(tmpdir(), 'evalmake-in-process-'));
  readonly warnings: string[] = [];
  /** Called with each event of a build, before the build goes on. */
  onEvent: (event: { readonly event: string; readonly task?: string }) => void = () => {};

  /** @param command what commands do */
  constructor(public command: Command) {}

  /** Another project with the same files. */
  copy(command: Command = this.command): Project {
    const other = new Project(command);
    cpSync(this.root, other.root, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
    return other;
  }

  path(name: string): string {
    return join(this.root, name);
  }

  exists(name: string): boolean {
    return existsSync(this.path(name));
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  write(name: string, text: string | Uint8Array): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
  }

  /** Opens it as every call of evalmake does. */
  async open(write = false): Promise<Workspace> {
    this.warnings.length = 0;
    const { value, problems } = await openWorkspace({
      root: this.root,
      file: 'pipeline.yaml',
      configs: [],
      sets: [],
      env: {},
      nowMs: Date.now,
      write,
      build: 'test',
      warn: (text) => this.warnings.push(text),
      machine: functionMachine(this.command),
    });
    if (value === undefined) throw new Error(problems.map((problem) => problem.message).join('\n'));
    return value;
  }

  /** The plan of all tasks, as a dry run makes it. */
  async plan(): Promise<Plan> {
    return planOf(await this.open());
  }

  /** Names of the tasks that a dry run calls fresh. */
  async fresh(): Promise<Set<string>> {
    const plan = await this.plan();
    return new Set(
      plan.graph.tasks
        .filter((task) => plan.decisions[task.index]?.verdict === 'fresh')
        .map((task) => task.id),
    );
  }

  /** Builds everything: lock, recovery, plan, run. */
  async build(jobs = 1): Promise<Built> {
    const workspace = await this.open(true);
    const writing = await startWriting(workspace, { command: 'test' });
    if (!writing.held) throw new Error('somebody holds the lock');
    try {
      const plan = planOf(workspace);
      const ran: string[] = [];
      workspace.keepCaches();
      workspace.journal.open();
      const emit = (event: { event: string; task?: string }): void => {
        this.onEvent(event);
        if (event.event === 'started') ran.push(event.task ?? '');
      };
      const log = new RunLog(workspace.root);
      const build = new Build({ workspace, request: everything, plan, jobs, keepGoing: true, log, emit });
      const { exit } = await build.run();
      return { exit, ran, warnings: [...this.warnings] };
    } finally {
      writing.end();
    }
  }

  /** The lock of a build that was copied while it ran: its owner is this very process, which lives. */
  forgetLock(): void {
    rmSync(this.path('.evalmake/lock'), { force: true });
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

function planOf(workspace: Workspace): Plan {
  const { value, problems } = makePlan(workspace, everything);
  if (value === undefined) throw new Error(problems.map((problem) => problem.message).join('\n'));
  return value;
}
