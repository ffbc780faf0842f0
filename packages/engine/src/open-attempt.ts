// An open attempt at rows is frozen on disk: what it asks, its command and its config, until its answers are collected.

import { join } from 'node:path';
import type { Job, OpenAttempt, Parts } from '@evalmake/core';
import { makeDir, moveInto, remove, removeFolder, writeAtomic } from './disk.ts';
import { Unreadable } from './failure.ts';
import { existsSync, readdirSync, readFileSync } from './fs.ts';
import type { RowFormat } from './row-scan.ts';
import { stateDir } from './state-dir.ts';
import { taskFolder } from './task-folder.ts';

// Layout: `.evalmake/state/<task>/<key>` is the `${{ state }}` of the command, `<key>.attempt/` beside it holds what is
// frozen: `attempt.json` (written last, its presence makes the attempt open), `status.json`, `run.sh`, `config.json`,
// `todo.jsonl` (the rows as they were asked), `done.jsonl` (answers), `in/` (copies of its other inputs). `<key>` is the
// state key of the fingerprint it was begun with. Closing removes `attempt.json` first.

/** What is frozen of an attempt at rows. */
export interface FrozenAttempt {
  readonly version: 1;
  readonly task: string;
  readonly target: string;
  /** When it was begun, ISO 8601 in UTC. */
  readonly at: string;
  /** The fingerprint it was begun with, and the text that the keys of its rows are made with. */
  readonly parts: Parts;
  readonly keyText: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** How its rows are read, as it was declared then. */
  readonly spec: RowSpecAt;
  readonly rows: number;
  readonly estimateUsd: number;
  /** Whether the command keeps state, so that running it again goes on where it was. */
  readonly resumable: boolean;
}

/** How rows are read. */
export interface RowSpecAt {
  /** Of the rows that are asked. */
  readonly format: RowFormat;
  /** Of the answers. */
  readonly answers: RowFormat;
  readonly id: string;
  readonly by: readonly string[];
  readonly error: string;
}

/** How an open attempt stands. */
export interface AttemptStatus {
  readonly kind: OpenAttempt['kind'];
  readonly message: string;
  readonly jobs: readonly Job[];
  readonly until?: string;
}

/** Where the files of an attempt lie, relative to the workspace. */
export interface AttemptFiles {
  readonly dir: string;
  readonly state: string;
  readonly todo: string;
  readonly done: string;
}

/** An open attempt as it lies on disk. */
export interface FoundAttempt {
  readonly frozen: FrozenAttempt;
  readonly status: AttemptStatus;
  readonly files: AttemptFiles;
}

const unknownStatus: AttemptStatus = { kind: 'interrupted', message: '', jobs: [] };

/** The open attempts of a workspace. */
export class OpenAttempts {
  constructor(
    private readonly root: string,
    private readonly digest: (text: string) => string,
  ) {}

  /** Where the files of an attempt lie. */
  files(task: string, key: string, { format, answers }: Pick<RowSpecAt, 'format' | 'answers'>): AttemptFiles {
    const state = `${this.folder(task)}/${key}`;
    const dir = `${state}.attempt`;
    return { dir, state, todo: `${dir}/todo.${format}`, done: `${dir}/done.${answers}` };
  }

  private folder(task: string): string {
    return `${stateDir}/state/${taskFolder(task, this.digest)}`;
  }

  /** The open attempt of a task: of several, which only a crash between two can leave, the oldest. */
  find(task: string): FoundAttempt | undefined {
    let names: string[];
    try {
      names = readdirSync(join(this.root, this.folder(task)));
    } catch {
      return undefined; // No command of the task ever had state.
    }
    const found = names
      .filter((name) => name.endsWith('.attempt'))
      .flatMap((name) => this.read(task, name.slice(0, -'.attempt'.length)) ?? []);
    return found.sort((a, b) => (a.frozen.at < b.frozen.at ? -1 : 1))[0];
  }

  private read(task: string, key: string): FoundAttempt | undefined {
    const dir = join(this.root, `${this.folder(task)}/${key}.attempt`);
    const path = join(dir, 'attempt.json');
    const frozen = readJson<FrozenAttempt>(path);
    if (frozen === undefined || frozen.version !== 1 || frozen.task !== task) {
      if (!existsSync(path)) return undefined;
      throw new Unreadable(
        `an attempt of "${task}" is open, and ${path} cannot be read: what it asked may be paid for; look at the folder, and move it away when nothing of it is needed`,
      );
    }
    const status = readJson<AttemptStatus>(join(dir, 'status.json')) ?? unknownStatus;
    return { frozen, status, files: this.files(task, key, frozen.spec) };
  }

  /**
   * Makes room for an attempt. What a crash left of one that was never begun goes, and the state of one that was closed:
   * the command would give the old answers again.
   */
  makeRoom(files: AttemptFiles): void {
    remove(join(this.root, files.dir));
    remove(join(this.root, files.state));
    makeDir(join(this.root, files.dir));
    makeDir(join(this.root, files.state));
  }

  /** Begins an attempt: everything else of it lies there, and from now on it has to be collected. */
  begin(files: AttemptFiles, frozen: FrozenAttempt): FoundAttempt {
    writeAtomic(join(this.root, files.dir, 'attempt.json'), `${JSON.stringify(frozen, null, 2)}\n`);
    return { frozen, status: unknownStatus, files };
  }

  /** Notes how an attempt stands, durably. */
  note({ files }: Pick<FoundAttempt, 'files'>, status: AttemptStatus): void {
    writeAtomic(join(this.root, files.dir, 'status.json'), `${JSON.stringify(status, null, 2)}\n`);
  }

  /** Closes an attempt whose answers are kept: its frozen files go, and so does the state of its command. */
  close({ files }: FoundAttempt): void {
    remove(join(this.root, files.dir, 'attempt.json'));
    removeFolder(join(this.root, files.dir));
    remove(join(this.root, files.state));
  }

  /** Leaves an attempt behind that cannot be collected: nothing of it is lost, and nothing waits for it any more. */
  abandon({ files }: FoundAttempt): string {
    for (let n = 1; ; n++) {
      const left = `${files.state}.left-${n}`;
      if (existsSync(join(this.root, left))) continue;
      moveInto(join(this.root, files.dir), join(this.root, left, 'attempt'));
      if (existsSync(join(this.root, files.state)))
        moveInto(join(this.root, files.state), join(this.root, left, 'state'));
      return left;
    }
  }
}

/** How an open attempt looks to those who decide. */
export function openAttemptOf({ frozen, status }: FoundAttempt): OpenAttempt {
  const { parts, at, rows, estimateUsd } = frozen;
  return { parts, at, rows, estimateUsd, ...status };
}

/** A JSON file that was written whole or not at all; undefined when it is not there or not JSON. */
function readJson<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch {
    return undefined;
  }
}
