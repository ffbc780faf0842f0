// Slurm's Commands: sbatch, squeue, sacct, scontrol and scancel, each with a time-out; one that fails has said nothing.
import { elementId } from './names.ts';
import { stateWord } from './states.ts';

/** What a program answered; `code` is undefined when it could not be started or took too long. */
export interface ToolAnswer {
  readonly code: number | undefined;
  readonly out: string;
  readonly err: string;
}

/** Runs one of Slurm's programs. */
export type RunTool = (argv: readonly string[], timeoutMs: number) => Promise<ToolAnswer>;

/** What Slurm says of one job. */
export interface JobLine {
  /** Id of its array, without the index. */
  readonly id: string;
  readonly index: number;
  readonly name: string;
  readonly state: string;
  readonly reason: string;
  readonly node: string;
  readonly exit?: string;
}

/**
 * What came of a submission. `unknown`: it may have been taken all the same, and has to be looked for; `full` when the
 * cluster had no room for it, as far as was heard.
 */
export type Submitted =
  | { readonly kind: 'taken'; readonly id: string }
  | { readonly kind: 'refused' | 'busy'; readonly text: string }
  | { readonly kind: 'unknown'; readonly text: string; readonly full: boolean };

/** What a cluster is like. */
export interface ClusterFacts {
  readonly accounting: boolean;
  readonly minJobAgeMs: number;
  readonly maxArraySize: number;
}

/** Two minutes for a submission: a busy controller answers late, and a lost answer costs a search. */
const submitMs = 120_000;
const queryMs = 60_000;

/** Says that the controller has not taken the job, and never will as it is. */
const refusals =
  /invalid (?:partition|account|qos|job array|generic resource|feature|wckey|time|option|reservation|license)|unrecognized option|requires an argument|requested node configuration is not available|memory (?:specification|required)|node count|cpu count|gres|access\/permission denied|not permitted to use|violates accounting|user.*(?:invalid|unknown)|unable to open file|pathname.*too long|job script.*(?:not|empty)|more processors requested|could not establish a configuration source|unable to (?:process|parse) config/i;
/** Says that it has not taken the job now. */
const full =
  /submit.?limit|MaxSubmit|MaxJobCount|too many jobs|maximum (?:job|number)|rate limit|unable to accept job|job queue full|resource temporarily unavailable/i;

/** Asks and tells one cluster. */
export class SlurmCommands {
  constructor(
    private readonly run: RunTool,
    /** Resolves when the next request may go. */
    private readonly pace: () => Promise<void>,
  ) {}

  private async ask(argv: readonly string[], timeoutMs = queryMs): Promise<ToolAnswer> {
    await this.pace();
    return await this.run(argv, timeoutMs);
  }

  /** Submits a script. */
  async submit(options: readonly string[], script: string): Promise<Submitted> {
    const { code, out, err } = await this.ask(['sbatch', '--parsable', ...options, script], submitMs);
    const id = /^(\d+)(?:;|$)/m.exec(out.trim())?.[1];
    if (code === 0 && id !== undefined) return { kind: 'taken', id };
    const text = oneLine(err) || oneLine(out) || 'sbatch gave no answer';
    if (err === notThere) return { kind: 'refused', text };
    // Of one with no room sbatch itself tries again, for two minutes; it was cut off while it did.
    if (code === undefined) return { kind: 'unknown', text, full: full.test(err) };
    // Full comes first: its message names limits of accounts too.
    if (full.test(err)) return { kind: 'busy', text };
    return refusals.test(err) ? { kind: 'refused', text } : { kind: 'unknown', text, full: false };
  }

  /** All jobs of this user that Slurm still knows; undefined when it did not say. */
  async queue(): Promise<JobLine[] | undefined> {
    // `-r`: without it the waiting part of an array is one line that no index is found in.
    const format = ['%F', '%K', '%T', '%r', '%N', '%j'].join('|');
    const { code, out } = await this.ask(['squeue', '-h', '-r', '-t', 'all', '--me', '-o', format]);
    if (code !== 0) return undefined;
    return out.split('\n').flatMap((line) => {
      const [id, index, state, reason, node, ...name] = line.split('|');
      if (id === undefined || name.length === 0 || !/^\d+$/.test(index ?? '')) return [];
      return [
        {
          id,
          index: Number(index),
          state: stateWord(state ?? ''),
          reason: reason ?? '',
          node: node ?? '',
          name: name.join('|'),
        },
      ];
    });
  }

  /** What accounting knows of some arrays; undefined when it did not say. */
  async account(ids: readonly string[]): Promise<JobLine[] | undefined> {
    const all: JobLine[] = [];
    for (let at = 0; at < ids.length; at += accounted) {
      const lines = await this.accountOf(ids.slice(at, at + accounted));
      if (lines === undefined) return undefined;
      for (const line of lines) all.push(line);
    }
    return all;
  }

  private async accountOf(ids: readonly string[]): Promise<JobLine[] | undefined> {
    const fields = 'JobID,State,ExitCode,NodeList,JobName';
    const argv = ['sacct', '-X', '-P', '-n', '-D', '-j', ids.join(','), '-o', fields];
    const { code, out } = await this.ask(argv);
    if (code !== 0) return undefined;
    return out.split('\n').flatMap((line) => {
      const [job, state, exit, node, ...name] = line.split('|');
      const found = /^(\d+)_(\d+)$/.exec(job ?? '');
      if (found === null) return [];
      const [, id, index] = found as unknown as [string, string, string];
      const end = exit === undefined ? {} : { exit };
      return [
        {
          id,
          index: Number(index),
          state: stateWord(state ?? ''),
          reason: '',
          node: node ?? '',
          name: name.join('|'),
          ...end,
        },
      ];
    });
  }

  /** How a job that is over ended, as `0:53`; undefined when nobody says. */
  async exitOf(job: string): Promise<string | undefined> {
    const { code, out } = await this.ask(['scontrol', '-o', 'show', 'job', job]);
    return code === 0 ? /\bExitCode=(\d+:\d+)/.exec(out)?.[1] : undefined;
  }

  /** Cancels jobs. That it worked is known only from the queue: it is no error to cancel what is over. */
  async cancel(jobs: readonly Pick<JobLine, 'id' | 'index'>[]): Promise<boolean> {
    const words = arrayWords(jobs);
    let all = true;
    for (let at = 0; at < words.length; at += cancelled)
      all = (await this.ask(['scancel', ...words.slice(at, at + cancelled)])).code === 0 && all;
    return all;
  }

  /** What the cluster is like; undefined when it did not say. */
  async facts(): Promise<ClusterFacts | undefined> {
    const { code, out } = await this.ask(['scontrol', 'show', 'config']);
    if (code !== 0) return undefined;
    const value = (name: string): string => new RegExp(`^${name}\\s*=\\s*(\\S+)`, 'm').exec(out)?.[1] ?? '';
    const storage = value('AccountingStorageType');
    return {
      accounting: storage !== '' && !storage.includes('none'),
      minJobAgeMs: (Number.parseInt(value('MinJobAge'), 10) || 300) * 1000,
      maxArraySize: Number.parseInt(value('MaxArraySize'), 10) || 1001,
    };
  }
}

/** How many arrays one scancel names. */
const cancelled = 100;
/** How many arrays one sacct names: an argument may have 128 KiB. */
const accounted = 1000;

/**
 * Names jobs by their arrays, as `12_[0-9,11]`: each word is one request to the controller, and takes as long as one job.
 * @param jobs each once
 */
export function arrayWords(jobs: readonly Pick<JobLine, 'id' | 'index'>[]): string[] {
  const arrays = new Map<string, number[]>();
  for (const { id, index } of jobs) {
    const indexes = arrays.get(id);
    if (indexes === undefined) arrays.set(id, [index]);
    else indexes.push(index);
  }
  return [...arrays].map(([id, indexes]) => {
    const ranges: [number, number][] = [];
    for (const index of indexes.sort((a, b) => a - b)) {
      const last = ranges.at(-1);
      if (last !== undefined && index === last[1] + 1) last[1] = index;
      else ranges.push([index, index]);
    }
    const [first] = indexes;
    if (indexes.length === 1) return elementId(id, first as number);
    return `${id}_[${ranges.map(([from, to]) => (from === to ? from : `${from}-${to}`)).join(',')}]`;
  });
}

/** What a tool says that is not installed. */
export const notThere = 'the command is not there';

function oneLine(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('; ');
}
