// A SimulatedMachine has processes that a simulation moves step by step; commands outlive the evalmake that started them.
import type { Job, JobEnd, Running } from '@evalmake/engine/job';
import type { Machine } from '@evalmake/engine/machine';
import type { Processes } from '@evalmake/engine/processes';
import type { StartTimer } from '@evalmake/engine/timer';
import { type CommandEnd, type Lot, SimulatedCommand } from './command.ts';
import type { MemoryDisk } from './memory-disk.ts';
import { Died } from './memory-disk-error.ts';

/** What the machine needs of its surroundings. */
export interface MachineOptions {
  readonly disk: MemoryDisk;
  readonly root: string;
  /** What becomes of the next command of a task. */
  readonly lot: (task: string) => Lot;
  readonly timer: StartTimer;
  /** Lets time pass. */
  readonly wait: (ms: number) => void;
  /** Told that a command is about to start, and how many run beside it. */
  readonly onStart: (task: string, beside: readonly SimulatedCommand[]) => void;
  /** What commands do, when they are not of the usual simulated program. */
  readonly life?: ((job: Job) => Generator<void, number>) | undefined;
}

/** One evalmake process; nothing it started is told to it after it has died. */
export interface Life {
  readonly pid: number;
  dead: boolean;
}

export class SimulatedMachine {
  commands: SimulatedCommand[] = [];
  #next = 100;
  #boot = 1;
  readonly #lives = new Map<number, Life>();
  /** Process groups that were told to end while somebody waited: they take a moment. */
  readonly #dying = new Map<SimulatedCommand, number>();

  constructor(private readonly options: MachineOptions) {}

  get living(): SimulatedCommand[] {
    return this.commands.filter((c) => c.alive);
  }

  /** A new evalmake, and the machine as it sees it. */
  evalmake(): { life: Life; machine: Machine } {
    const life: Life = { pid: this.#next++, dead: false };
    this.#lives.set(life.pid, life);
    const { timer } = this.options;
    const machine = { processes: this.#processes(life), start: (job: Job) => this.#start(job, life), timer };
    return { life, machine };
  }

  /** The machine loses its power: nothing lives on. */
  reboot(): void {
    this.#boot++;
    for (const life of this.#lives.values()) life.dead = true;
    for (const command of this.living) {
      command.onEnd = () => {};
      command.signal('SIGKILL');
    }
    this.commands = [];
  }

  async #start(job: Job, life: Life): Promise<Running> {
    if (life.dead) throw new Died();
    const task = job.env.EVALMAKE_TASK ?? '';
    this.options.onStart(task, this.living);
    const group = this.#next++;
    const started = `start-${group}`;
    const token = job.env.EVALMAKE_ATTEMPT ?? '';
    const { disk, root } = this.options;
    const lot = this.options.lot(task);
    const own = this.options.life?.(job);
    const request = { task, argv: job.argv, group, started, token, root, disk, lot };
    const command = new SimulatedCommand(own === undefined ? request : { ...request, life: own });
    this.commands = [...this.living, command];
    const ended = new Promise<CommandEnd>((resolve) => {
      command.onEnd = (end) => {
        if (!life.dead) resolve(end);
      };
    });
    try {
      job.onSpawn(group, started);
    } catch (error) {
      // One that has died cannot end it any more.
      if (!(error instanceof Died)) command.signal('SIGKILL');
      throw error;
    }
    const end = ended.then((e): JobEnd => ({ ...e, timedOut: false, tail: [], leftovers: false }));
    return { end, signal: (signal) => void (life.dead ? undefined : command.signal(signal)) };
  }

  #processes(life: Life): Processes {
    const find = (group: number) => this.living.find((c) => c.request.group === group);
    return {
      host: 'simulated',
      space: { boot: `boot-${this.#boot}`, numbers: 'pids', machine: 'one' },
      pid: life.pid,
      startTime: (pid) => (this.#lives.has(pid) ? `start-${pid}` : (find(pid)?.request.started ?? '')),
      isAlive: (pid, started) => {
        const evalmake = this.#lives.get(pid);
        if (evalmake !== undefined) return !evalmake.dead && started === `start-${pid}`;
        const command = find(pid);
        return command !== undefined && command.request.started === started;
      },
      signalGroup: (group, signal) => {
        const command = find(group);
        if (command === undefined) return false;
        if (signal === 'SIGKILL' && command.request.lot.stubborn) this.#dying.set(command, 2);
        else if (signal !== 0) command.signal(signal);
        return true;
      },
      marked: (tokens) =>
        this.living
          .filter((c) => tokens.has(c.request.token))
          .map((c) => ({ token: c.request.token, group: c.request.group })),
      pause: (ms) => this.#pause(ms),
    };
  }

  /** While somebody waits, others go on. */
  #pause(ms: number): void {
    this.options.wait(ms);
    for (const command of this.living) {
      const left = this.#dying.get(command);
      if (left === 0) command.signal('SIGKILL');
      else {
        command.advance();
        if (left !== undefined) this.#dying.set(command, left - 1);
      }
    }
  }
}
