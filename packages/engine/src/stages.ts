// Stages brings manifests up to date with the records: coalesced, and only what changed.

import { join } from 'node:path';
import { type Graph, newestRecord, parentDir, type StageEntry, stageOf, type Task } from '@evalmake/core';
import { existsSync } from './fs.ts';
import type { Workspace } from './workspace.ts';

/** Marks and writes the stages of manifests that no longer tell the truth. */
export class Stages {
  private readonly dirty = new Map<string, Set<string>>();
  private readonly tasks = new Map<string, Task[]>();

  constructor(
    private readonly workspace: Workspace,
    graph: Graph,
  ) {
    for (const task of graph.tasks) {
      if (task.manifest === undefined || task.placeholder) continue;
      const key = `${task.manifest}\0${task.target.stage}`;
      const list = this.tasks.get(key);
      if (list === undefined) this.tasks.set(key, [task]);
      else list.push(task);
    }
  }

  /** Whether there is anything to write. */
  get pending(): boolean {
    return this.dirty.size > 0;
  }

  /** Notes that a task's record changed. */
  touch(task: Pick<Task, 'manifest' | 'target'>): void {
    if (task.manifest === undefined) return;
    const stages = this.dirty.get(task.manifest) ?? new Set();
    stages.add(task.target.stage);
    this.dirty.set(task.manifest, stages);
  }

  /** Notes tasks whose record is newer than their manifest, and manifests that are gone though a task has a record. */
  touchStale(): void {
    const missing = new Map<string, boolean>();
    for (const list of this.tasks.values()) {
      for (const task of list) {
        const path = task.manifest as string;
        let gone = missing.get(path);
        if (gone === undefined) {
          gone = !existsSync(join(this.workspace.root, path));
          missing.set(path, gone);
        }
        if (this.workspace.journal.unwritten.has(task.id)) this.touch(task);
        else if (gone && this.workspace.journal.records(task.id).length > 0) this.touch(task);
      }
    }
  }

  /** Writes what is marked. `running` are tasks in progress now. */
  flush(running: ReadonlySet<string>): void {
    if (this.dirty.size === 0) return;
    const { manifests, journal } = this.workspace;
    const told = new Map<string, string[]>();
    for (const [path, stages] of this.dirty) {
      for (const stage of stages) {
        const tasks = this.tasks.get(`${path}\0${stage}`) ?? [];
        const entries = tasks.map((task) => this.entry(task, running));
        const each = tasks.some((t) => t.target.each.length > 0);
        manifests.set(path, stage, stageOf(entries, { manifestDir: parentDir(path), each }));
        told.set(path, [...(told.get(path) ?? []), ...tasks.map((t) => t.id)]);
      }
    }
    this.dirty.clear();
    manifests.flush();
    for (const [path, tasks] of told) {
      if (manifests.unwritten.includes(path)) continue;
      const known = tasks.filter((t) => journal.unwritten.has(t));
      if (known.length > 0) journal.manifestWritten(path, '', known);
    }
  }

  private entry(task: Task, running: ReadonlySet<string>): StageEntry {
    const { records } = this.workspace.world;
    const record = newestRecord(records, task);
    const last = records.lastAttempt(task.id);
    const plain = { task: task.id, outputs: task.outputs, ...(record === undefined ? {} : { record }) };
    if (running.has(task.id)) return { ...plain, attempt: { status: 'in_progress', at: last?.at ?? '' } };
    if (last !== undefined) {
      const status = last.kind === 'failed' || last.kind === 'input-moved' ? 'failed' : 'stopped';
      return { ...plain, attempt: { status, at: last.at, message: last.message } };
    }
    return record === undefined ? { ...plain, attempt: { status: 'pending', at: '' } } : plain;
  }
}
