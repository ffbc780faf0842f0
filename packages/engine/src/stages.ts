// Stages brings manifests up to date with the records: coalesced, and only what changed.

import { type Graph, newestRecord, type Plan, parentDir, type Task, type TaskRecord } from '@evalmake/core';
import { entryFor, own, type Stage, type StageEntry, type StageTask, stageOf } from '@evalmake/core/manifest';
import type { TaskJobs } from '@evalmake/core/manifest-jobs';
import { compareOutputs } from '@evalmake/core/output-difference';
import type { Workspace } from './workspace.ts';

/** What is known of tasks besides their records. */
export interface StageKnowledge {
  /** The decisions of a plan over the same graph: a fresh task is told by the record that proves it. */
  readonly decisions?: Plan['decisions'] | undefined;
  /** What is said of tasks that have no record, by id, in place of what their manifest says. */
  readonly evidence?: ReadonlyMap<string, StageTask> | undefined;
}

/** The record by which a task is told. */
export interface KnownRecord {
  readonly record: TaskRecord | undefined;
  /** Whether its outputs lie on disk as recorded, so that a failed attempt after it says nothing of them. */
  readonly proven: boolean;
}

/** Marks and writes the stages of manifests that no longer tell the truth. */
export class Stages {
  private readonly dirty = new Map<string, Set<string>>();
  /** Tasks by manifest and stage. */
  private readonly tasks = new Map<string, Map<string, Task[]>>();
  /** Manifests that are not as they were last written. */
  private readonly altered = new Set<string>();
  /** Those of them that are whole and were written by evalmake before. */
  private readonly changed = new Set<string>();

  constructor(
    private readonly workspace: Workspace,
    graph: Graph,
    private readonly knowledge: StageKnowledge = {},
  ) {
    for (const task of graph.tasks) {
      if (task.manifest === undefined || task.placeholder) continue;
      const stages = this.tasks.get(task.manifest) ?? new Map<string, Task[]>();
      this.tasks.set(task.manifest, stages);
      const list = stages.get(task.target.stage);
      if (list === undefined) stages.set(task.target.stage, [task]);
      else list.push(task);
    }
  }

  /** Whether there is anything to write. */
  get pending(): boolean {
    return this.dirty.size > 0;
  }

  /** The tasks of a manifest by stage. */
  stagesOf(path: string): ReadonlyMap<string, readonly Task[]> {
    return this.tasks.get(path) ?? new Map();
  }

  /** Notes that a task's record changed. */
  touch(task: Pick<Task, 'manifest' | 'target'>): void {
    if (task.manifest === undefined) return;
    this.changed.delete(task.manifest);
    this.mark(task.manifest, task.target.stage);
  }

  /** Notes every stage of a manifest, whatever state the file is in. */
  touchAll(path: string): void {
    this.altered.add(path);
    for (const stage of this.stagesOf(path).keys()) this.mark(path, stage);
  }

  private mark(path: string, stage: string): void {
    const stages = this.dirty.get(path) ?? new Set();
    stages.add(stage);
    this.dirty.set(path, stages);
  }

  /**
   * Notes tasks whose record is newer than their manifest, manifests that are gone though a task has a record, and
   * manifests that somebody else wrote or damaged. One `stat` per manifest tells; only what differs is read.
   */
  touchStale(): void {
    const { unwritten } = this.workspace.journal;
    for (const [path, stages] of this.tasks) {
      this.suspect(path);
      for (const list of stages.values()) {
        for (const task of list) if (unwritten.has(task.id)) this.touch(task);
      }
    }
  }

  /** Marks the stages of a manifest that is gone, or is not the file that was written and may be wrong. */
  private suspect(path: string): void {
    const { journal, files, manifests } = this.workspace;
    const found = files.digest(path);
    if (found === undefined) {
      for (const [stage, list] of this.stagesOf(path))
        if (list.some((t) => journal.records(t.id).length > 0)) this.mark(path, stage);
      return;
    }
    const written = journal.manifests.get(path) ?? '';
    if ((found !== 'dir' && found.digest === written) || !this.tellsOtherwise(path)) return;
    this.touchAll(path);
    if (written !== '' && manifests.look(path).problem === undefined) this.changed.add(path);
  }

  private suspectAgain(path: string): void {
    this.workspace.manifests.forget(path);
    this.suspect(path);
    this.changed.delete(path);
  }

  /** Whether a manifest that is not as it was written may be wrong: where the journal knows nothing, only damage is. */
  private tellsOtherwise(path: string): boolean {
    const { journal, manifests } = this.workspace;
    if (manifests.look(path).problem !== undefined) return true;
    return [...this.stagesOf(path).values()].some((list) =>
      list.some((t) => journal.records(t.id).length > 0 || journal.lastAttempt(t.id) !== undefined),
    );
  }

  /**
   * Hands what is marked to the manifests, which then know what a `flush` of theirs would write.
   * @param running tasks in progress now
   * @returns the tasks that are told, by manifest
   */
  prepare(running: ReadonlySet<string> = new Set()): ReadonlyMap<string, readonly string[]> {
    const told = new Map<string, readonly string[]>();
    // A file that somebody damaged since the build began has lost more than the stages that are to be written.
    for (const path of [...this.dirty.keys()]) if (!this.altered.has(path)) this.suspectAgain(path);
    for (const [path, stages] of this.dirty) {
      for (const stage of stages) {
        this.workspace.manifests.set(path, stage, this.stageNow(path, stage, running));
        this.workspace.manifests.setJobs(path, this.jobsOf(path, stage, running));
        const tasks = this.stagesOf(path).get(stage) ?? [];
        told.set(path, [...(told.get(path) ?? []), ...tasks.map((t) => t.id)]);
      }
    }
    this.dirty.clear();
    return told;
  }

  /** Writes what is marked. `running` are tasks in progress now. */
  flush(running: ReadonlySet<string>): void {
    if (this.dirty.size > 0) this.write(this.prepare(running));
  }

  /**
   * Writes what was prepared, and notes in the journal how the files look now.
   * @param told what `prepare` gave
   * @returns the files written
   */
  write(told: ReadonlyMap<string, readonly string[]>): string[] {
    const { manifests, journal, options } = this.workspace;
    const written = manifests.flush();
    for (const [path, tasks] of told) {
      const digest = manifests.digest(path);
      if (digest === undefined) continue;
      const known = tasks.filter((t) => journal.unwritten.has(t));
      if (known.length > 0 || digest !== journal.manifests.get(path))
        journal.manifestWritten(path, digest, known);
      this.altered.delete(path);
      if (this.changed.delete(path) && written.includes(path))
        options.warn(
          `${path}: it was changed since it was written and did not tell what was built; put right`,
        );
    }
    return written;
  }

  /** The stage as it should be; undefined when nobody knows anything, so that the manifest goes on saying what it says. */
  private stageNow(path: string, stage: string, running: ReadonlySet<string>): Stage | undefined {
    const tasks = this.stagesOf(path).get(stage) ?? [];
    const entries = tasks.map((task) => this.entry(task, running));
    const nothing = entries.every(
      (e) => e.record === undefined && e.attempt === undefined && !this.knowledge.evidence?.has(e.task),
    );
    if (nothing && tasks.length > 0 && own(this.kept(path)?.stage_status, stage) !== undefined)
      return undefined;
    const each = tasks.some((t) => t.target.each.length > 0);
    return stageOf(entries, { manifestDir: parentDir(path), each });
  }

  private kept(path: string): ReturnType<Workspace['manifests']['kept']> {
    return this.workspace.manifests.kept(path, [...this.stagesOf(path).keys()]);
  }

  private entry(task: Task, running: ReadonlySet<string>): StageEntry {
    const { record, proven } = this.known(task);
    const last = this.workspace.world.records.lastAttempt(task.id);
    const note = record === undefined ? this.noteOf(task) : undefined;
    const plain: StageEntry = {
      task: task.id,
      outputs: task.outputs,
      ...(record === undefined ? {} : { record }),
      ...(note === undefined ? {} : { note }),
    };
    if (running.has(task.id)) return { ...plain, attempt: { status: 'in_progress', at: last?.at ?? '' } };
    if (last?.kind === 'waiting')
      return { ...plain, attempt: { status: 'in_progress', at: last.at, message: last.message } };
    if (last === undefined || proven) return plain;
    const status = last.kind === 'failed' || last.kind === 'input-moved' ? 'failed' : 'stopped';
    return { ...plain, attempt: { status, at: last.at, message: last.message } };
  }

  /** What tasks of a stage have given to others to do, and how that stands. */
  private jobsOf(path: string, stage: string, running: ReadonlySet<string>): Map<string, TaskJobs> {
    const { records } = this.workspace.world;
    return new Map(
      (this.stagesOf(path).get(stage) ?? []).map((task): [string, TaskJobs] => {
        const { attempt, record } = this.entry(task, running);
        const status = attempt?.status ?? (record === undefined ? 'pending' : 'completed');
        return [task.id, { jobs: records.lastAttempt(task.id)?.jobs ?? record?.jobs ?? [], status }];
      }),
    );
  }

  /** What the manifest, or whoever looked at the outputs, says of a task without a record. */
  private noteOf(task: Task): StageTask | undefined {
    const evidence = this.knowledge.evidence?.get(task.id);
    if (evidence !== undefined) return evidence;
    const stage = own(this.kept(task.manifest as string)?.stage_status, task.target.stage);
    return stage && entryFor(stage, { task: task.id, target: task.target.name });
  }

  /**
   * The record by which a task is told: the one that proves it fresh. Of a task that was not decided, in a manifest that
   * somebody else wrote, the manifest's own where it describes what lies on disk: work of others is not undone.
   */
  known(task: Task): KnownRecord {
    const { world, journal } = this.workspace;
    const decision = this.knowledge.decisions?.[task.index];
    if (decision?.verdict === 'fresh' && decision.record !== undefined)
      return { record: decision.record, proven: true };
    const newer = journal.unwritten.has(task.id);
    if (newer && journal.lastAttempt(task.id) === undefined)
      return { record: newestRecord(world.records, task), proven: false };
    if (decision?.record !== undefined) return { record: decision.record, proven: false };
    const path = task.manifest as string;
    if (this.altered.has(path) && !newer) {
      const stages = [...this.stagesOf(path).keys()];
      const theirs = this.workspace.manifests.keptRecord(path, task, stages);
      if (theirs !== undefined && compareOutputs(task, theirs, world.snapshot).reasons.length === 0)
        return { record: theirs, proven: true };
    }
    return { record: newestRecord(world.records, task), proven: false };
  }
}
