// A Scene is one workspace on a simulated machine: a disk, a clock, processes, and the choices that move them.
import { useDisk } from '@evalmake/engine/fs';
import type { Job } from '@evalmake/engine/job';
import type { Lot, SimulatedCommand } from './command.ts';
import { type Life, SimulatedMachine } from './machine.ts';
import { MemoryDisk } from './memory-disk.ts';
import { Violation } from './oracle.ts';
import { Random } from './random.ts';
import { SimulatedTimers } from './timers.ts';

export const root = '/w';
const start = Date.UTC(2026, 0, 1);

export class Scene {
  readonly disk: MemoryDisk;
  readonly machine: SimulatedMachine;
  readonly timers: SimulatedTimers;
  /** What was done, for the message of a failure. */
  readonly story: string[] = [];
  random: Random;
  #now = start;
  #sinceSync = 0;
  /** How often each task's command was started since this was last emptied. */
  runs = new Map<string, number>();
  /** Tasks whose command was made to fail. */
  excused = new Set<string>();
  /** What the scheduler found wrong. */
  violations: Violation[] = [];
  /** How likely a command fails for no reason, or goes on when it is asked to end. */
  failing = 0;
  /** Changes of the disk by the evalmake that runs. */
  changes = 0;
  jobs = 1;
  narrow = new Set<string>();

  /**
   * @param tickMs the least difference between two times of files
   * @param life what commands do, when they are not of the usual simulated program
   */
  constructor(seed: number, tickMs: number, life?: (job: Job) => Generator<void, number>) {
    this.random = new Random(seed);
    this.disk = new MemoryDisk({ now: () => this.#now, granularity: tickMs, cwd: root });
    this.timers = new SimulatedTimers(() => this.#now);
    this.machine = new SimulatedMachine({
      disk: this.disk,
      root,
      timer: this.timers.start,
      lot: (task) => this.#lot(task),
      wait: (ms) => this.pass(ms),
      onStart: (task, beside) => this.#started(task, beside),
      life,
    });
    useDisk(this.disk);
  }

  /** Gives the process its own disk back. */
  dispose(before: Parameters<typeof useDisk>[0]): void {
    useDisk(before);
  }

  get now(): number {
    return this.#now;
  }

  /** Lets time pass. What was written longer ago than a minute the kernel has written back, as Linux does after half. */
  pass(ms: number): void {
    this.#now += ms;
    this.#sinceSync += ms;
    if (this.#sinceSync < 60_000) return;
    this.#sinceSync = 0;
    this.asUser(() => this.disk.sync());
  }

  /**
   * Sets the clock. Forward only when all is on disk: that the power goes within seconds of a write, after a clock that
   * was set hours forward made the file look old, is beyond the engine and said in docs/design.md.
   */
  setClock(ms: number): void {
    if (ms > 0) this.asUser(() => this.disk.sync());
    this.#now += ms;
  }

  /** Does something that is not evalmake's doing. */
  asUser<T>(work: () => T): T {
    return this.disk.outside(work);
  }

  /** All files of the workspace, by path relative to it. */
  tree(): Map<string, string> {
    return new Map(Object.entries(this.disk.tree(root)).filter(([path]) => !path.endsWith('/')));
  }

  write(path: string, text: string): void {
    this.asUser(() => {
      const full = `${root}/${path}`;
      this.disk.mkdirSync(full.slice(0, full.lastIndexOf('/')), { recursive: true });
      this.disk.writeFileSync(full, text);
    });
  }

  remove(path: string): void {
    this.asUser(() => this.disk.rmSync(`${root}/${path}`, { recursive: true, force: true }));
  }

  /** An evalmake has come to its end. */
  ended(life: Life): void {
    life.dead = true;
    this.timers.clear();
    this.disk.before = undefined;
  }

  /** The evalmake that runs is gone at once; its commands are not. */
  killed(life: Life): void {
    this.ended(life);
    this.disk.revive();
  }

  /** The machine is gone at once, and comes back with what its disk had in fact. */
  powerCut(life: Life | undefined): void {
    if (life !== undefined) this.ended(life);
    this.machine.reboot();
    this.disk.powerCut(() => this.random.next());
  }

  #lot(task: string): Lot {
    const fails = this.random.chance(this.failing);
    if (fails) this.excused.add(task);
    return {
      failsAt: fails ? this.random.int(8) : undefined,
      stubborn: this.random.chance(this.failing / 2),
    };
  }

  #started(task: string, beside: readonly SimulatedCommand[]): void {
    this.runs.set(task, (this.runs.get(task) ?? 0) + 1);
    const target = task.split('@')[0] ?? task;
    if (beside.some((c) => c.request.task === task))
      this.violations.push(new Violation('other', `${task} was started beside another command of it`));
    if (beside.length >= this.jobs)
      this.violations.push(new Violation('other', `${task} is one command more than ${this.jobs}`));
    if (this.narrow.has(target) && beside.some((c) => this.narrow.has(c.request.task.split('@')[0] ?? '')))
      this.violations.push(new Violation('other', `${task} is one too many in its pool`));
  }
}
