// The run log keeps what a build did: .evalmake/runs/<n>/events.jsonl, its first event the plan, and a log per task.

import { join } from 'node:path';
import type { Event } from '@evalmake/core';
import { digestText } from './digest.ts';
import { openMaking, writeAll } from './disk.ts';
import { readdirSync } from './fs.ts';
import { taskFolder } from './task-folder.ts';
import { stateDir } from './workspace.ts';

/** Numbers of the runs that left a folder, ascending. */
export function runNumbers(root: string): number[] {
  try {
    return readdirSync(join(root, stateDir, 'runs'))
      .filter((n) => /^\d+$/.test(n))
      .map(Number)
      .sort((a, b) => a - b);
  } catch {
    return [];
  }
}

/** Where the events of a run lie. */
export function eventsPath(root: string, run: number): string {
  return join(root, stateDir, 'runs', String(run), 'events.jsonl');
}

/** Where the log of a task of a run lies, relative to the workspace. */
export function taskLogPath(run: number, task: string): string {
  return `${stateDir}/runs/${run}/logs/${taskFolder(task, digestText)}.log`;
}

/** The log of one run, made with its first event. */
export class RunLog {
  readonly number: number;
  readonly dir: string;
  private fd: number | undefined;

  constructor(private readonly root: string) {
    this.number = (runNumbers(root).at(-1) ?? 0) + 1;
    this.dir = `${stateDir}/runs/${this.number}`;
  }

  /** Appends one event. What cannot be written is lost to the report, never to the records. */
  write(event: Event): void {
    try {
      this.fd ??= openMaking(join(this.root, this.dir, 'events.jsonl'), 'a');
      writeAll(this.fd, `${JSON.stringify(event)}\n`);
    } catch {
      // A full disk must not end a build whose records could still be written.
    }
  }

  /** Where the log of a task goes, relative to the workspace. */
  taskLog(task: string): string {
    return taskLogPath(this.number, task);
  }
}
