// Arrays: ready jobs that ask for the same go out together, and none is submitted twice, whatever answer is lost.
import { join } from 'node:path';
import { makeDir, writeAtomic } from '../disk.ts';
import { messageOf } from '../failure.ts';
import type { StartTimer } from '../timer.ts';
import type { SlurmCommands } from './commands.ts';
import type { Element } from './element.ts';
import { slurmDir } from './folders.ts';
import { arrayName } from './names.ts';
import { arrayLimit, sbatchOptions } from './resources.ts';
import { batchScript } from './wrapper.ts';

/** What submitting needs. */
export interface ArraysOptions {
  readonly root: string;
  readonly commands: SlurmCommands;
  readonly timer: StartTimer;
  readonly nonce: () => string;
  /** How long jobs that ask for the same are gathered, milliseconds. */
  readonly gatherMs: number;
  /** How long it is waited before a submission is looked for that got no answer; twice as long each time. */
  readonly lookMs: number;
  readonly mostJobs: () => Promise<number>;
  /** Told of jobs that are Slurm's now. */
  readonly submitted: (elements: readonly Element[]) => void;
  readonly isoNow: () => string;
}

const longestMs = 60_000;
/** How often a healthy Slurm must not know a submission before it is made again. */
const looks = 2;
/** How often a submission with an unknown answer is made. */
const tries = 5;

/** Gathers jobs, and submits them. */
export class Arrays {
  private readonly gathered = new Map<string, Element[]>();
  /** Arrays that are looked for, by name. */
  private readonly sought = new Map<
    string,
    { readonly elements: Element[]; readonly id: Promise<string | undefined> }
  >();

  constructor(private readonly options: ArraysOptions) {}

  /** Takes a job that is ready. */
  add(element: Element): void {
    const { remote, job } = element;
    const key = JSON.stringify([remote.group, remote.resources, job.timeoutMs ?? 0]);
    const group = this.gathered.get(key);
    if (group !== undefined) {
      group.push(element);
      return;
    }
    this.gathered.set(key, [element]);
    this.options.timer(this.options.gatherMs, () => void this.flush(key));
  }

  private async flush(key: string): Promise<void> {
    const group = this.gathered.get(key) ?? [];
    this.gathered.delete(key);
    const most = await this.options.mostJobs();
    for (let at = 0; at < group.length; at += most) {
      const part = group.slice(at, at + most).filter((e) => !e.isOver);
      if (part.length > 0) await this.send(part);
    }
  }

  /** Submits one array. Whatever goes wrong with it is told as the end of its jobs. */
  private async send(elements: readonly Element[]): Promise<void> {
    try {
      const first = elements[0] as Element;
      const name = arrayName(first.remote.group, this.options.nonce());
      const script = this.write(name, elements);
      for (const [index, element] of elements.entries())
        element.submission = { ...element.submission, name, index, at: this.options.isoNow() };
      await Promise.all(elements.map((e) => e.remote.note(e.submission)));
      await this.submit({ name, script, elements });
    } catch (error) {
      for (const element of elements) if (element.claim()) element.refuse(messageOf(error));
      // One that was started in spite of all goes on, and is followed.
      this.options.submitted(elements.filter((e) => !e.isOver));
    }
  }

  private write(name: string, elements: readonly Element[]): string {
    const { root } = this.options;
    const dir = join(root, slurmDir, name);
    makeDir(join(dir, 'done'));
    for (const element of elements) element.prepare();
    const lines = elements.map((e) => `${e.remote.dir} ${e.submission.token}\n`);
    writeAtomic(join(dir, 'manifest'), lines.join(''));
    const script = join(dir, 'batch.sh');
    writeAtomic(script, batchScript(root, dir));
    return script;
  }

  private async submit(sending: Sending): Promise<void> {
    const { commands, timer } = this.options;
    const argv = this.argv(sending);
    let delayMs = this.options.lookMs;
    let unknown = 0;
    for (;;) {
      const open = sending.elements.filter((e) => !e.isOver);
      if (open.length === 0) return;
      const said = await commands.submit(argv, sending.script);
      if (said.kind === 'taken') return await this.taken(sending, said.id);
      if (said.kind === 'refused') return this.refuse(open, said.text);
      tellAll(open, `sbatch: ${said.text}; it is ${said.kind === 'busy' ? 'tried again' : 'looked for'}`);
      if (said.kind === 'unknown' && !said.full && ++unknown >= tries) return this.refuse(open, said.text);
      await new Promise<void>((done) => void timer(delayMs, done));
      delayMs = Math.min(longestMs, delayMs * 2);
      if (said.kind === 'unknown') {
        const id = await this.look(sending);
        if (id !== undefined) return await this.taken(sending, id);
      }
    }
  }

  /**
   * Finds the array of a job whose id was never written down. All jobs of one that come at the same time are looked for
   * together: each alone would be a query of its own.
   */
  find(element: Element): Promise<string | undefined> {
    const { name } = element.submission;
    const sought = this.sought.get(name);
    if (sought !== undefined) {
      sought.elements.push(element);
      return sought.id;
    }
    const elements = [element];
    const id = this.look({ name, elements }).finally(() => this.sought.delete(name));
    this.sought.set(name, { elements, id });
    return id;
  }

  /**
   * Looks for an array by its name, until a healthy Slurm has said that it has it, or often enough that it has not. Jobs
   * that were told to end meanwhile and never started are over.
   */
  private async look({ name, elements }: Pick<Sending, 'name' | 'elements'>): Promise<string | undefined> {
    const { commands, timer, lookMs } = this.options;
    for (let missing = 0, delayMs = lookMs; missing < looks; ) {
      if (elements.every((e) => e.isOver)) return undefined;
      const queue = await commands.queue();
      const found = queue?.find((line) => line.name === name);
      if (found !== undefined) return found.id;
      if (queue !== undefined) missing++;
      else delayMs = Math.min(longestMs, delayMs * 2);
      if (missing < looks) await new Promise<void>((done) => void timer(delayMs, done));
    }
    return undefined;
  }

  private argv({ name, elements, script }: Sending): string[] {
    const { root } = this.options;
    const { remote, job } = elements[0] as Element;
    const limit = arrayLimit(remote.resources);
    const last = elements.length - 1;
    const dir = script.slice(0, script.lastIndexOf('/'));
    return [
      `--job-name=${name}`,
      `--array=0-${last}${limit === undefined ? '' : `%${limit}`}`,
      `--chdir=${root}`,
      `--output=${dir}/%a.slurm`,
      '--open-mode=append',
      '--no-requeue',
      // For people: whose job this is. Names of targets are plain words.
      `--comment=evalmake ${remote.group}`,
      ...sbatchOptions(remote.resources, job.timeoutMs),
    ];
  }

  private async taken({ elements }: Sending, id: string): Promise<void> {
    for (const element of elements) element.submission = { ...element.submission, id };
    const open = elements.filter((e) => !e.isOver);
    await Promise.all(open.map((e) => e.remote.note(e.submission)));
    this.options.submitted(open);
  }

  /** Ends jobs that Slurm does not take. What was submitted without a word may still start: it is claimed first. */
  private refuse(elements: readonly Element[], text: string): void {
    for (const element of elements) if (element.claim()) element.refuse(`sbatch: ${text}`);
    this.options.submitted(elements.filter((e) => !e.isOver));
  }
}

/** An array on its way. */
interface Sending {
  readonly name: string;
  readonly script: string;
  readonly elements: readonly Element[];
}

function tellAll(elements: readonly Element[], text: string): void {
  elements[0]?.remote.tell('note', text);
}
