// The RowBook is what a workspace knows of rows: the answers that were kept, what is being asked, and how rows stand.

import { isAbsolute, join } from 'node:path';
import {
  type Decision,
  type Json,
  type Pipeline,
  provenBy,
  type RowStanding,
  type RowsAsked,
  rowFingerprint,
  rowFingerprintText,
  type Task,
  type TaskRecord,
} from '@evalmake/core';
import { existsSync } from './fs.ts';
import type { Machine } from './machine.ts';
import type { DiskSnapshot } from './observe.ts';
import { type FoundAttempt, OpenAttempts, type RowSpecAt } from './open-attempt.ts';
import { RowAnswers } from './row-answers.ts';
import type { ClaimConflict } from './row-claims.ts';
import { keyBytes, keyText } from './row-keys.ts';
import { mergeRows } from './row-merge.ts';
import { ProvenOutput, recordedOutput } from './row-proven.ts';
import { rowFormatOf } from './row-scan.ts';
import { SidecarKeys, sidecarPath } from './row-sidecar-keys.ts';
import { outputPattern, RowSources } from './row-sources.ts';
import { type RowState, reusedKeys, rowState } from './row-state.ts';
import { RowStore } from './row-store.ts';
import { type RowTable, readRowTable } from './row-table.ts';
import { RowTables } from './row-tables.ts';
import { type Taken, takeAnswers } from './row-taking.ts';
import { writeTodo } from './row-todo.ts';
import { declOf, filesOf, keyTextOf } from './rows-asked.ts';
import { RowClaims } from './rows-claimed.ts';

/** What a book is opened with. */
export interface RowBookOptions {
  readonly root: string;
  readonly stateDir: string;
  readonly pipeline: Pipeline;
  readonly snapshot: DiskSnapshot;
  readonly machine: Machine;
  readonly digest: (text: string) => string;
  readonly nowMs: () => number;
  /** Whether caches may be written. */
  readonly write: boolean;
}

/** The rows of a task at one moment. */
export interface RowLook {
  readonly table: RowTable;
  readonly state: RowState;
  readonly answers: RowAnswers;
}

/** Rows of all targets of a workspace. */
export class RowBook {
  readonly attempts: OpenAttempts;
  /** Folder of the row stores. */
  readonly dir: string;
  private readonly stores = new Map<string, RowStore>();
  private readonly sources = new Map<string, RowSources>();
  private readonly tables: RowTables;
  private readonly claims: RowClaims;
  /** Tasks whose rows were made to forget their answers by this build. */
  private readonly again = new Set<string>();

  constructor(private readonly options: RowBookOptions) {
    const { root, stateDir, pipeline } = options;
    const { paidStore } = pipeline;
    this.dir =
      paidStore === undefined
        ? join(root, stateDir, 'rows')
        : isAbsolute(paidStore)
          ? paidStore
          : join(root, paidStore);
    this.attempts = new OpenAttempts(root, options.digest);
    this.tables = new RowTables(options);
    this.claims = new RowClaims(options, { dir: this.dir, attempts: this.attempts });
  }

  /** How the rows of a task are read. */
  specOf(task: Task, files: readonly string[]): RowSpecAt {
    const { id, by, error, to } = declOf(task);
    const output = task.outputs.find((o) => o.name === to);
    return { format: rowFormatOf(files[0] ?? ''), answers: rowFormatOf(output?.path ?? ''), id, by, error };
  }

  /** How the rows of a task stand; see `World.rows`. */
  standing(task: Task, asked: RowsAsked): RowStanding {
    const { again } = asked;
    const look = this.look(task, asked);
    const anew = again && !this.again.has(task.id);
    const { table, state } = anew ? askedAgain(look) : look;
    const todo = (): Uint8Array => blockOf(table, state.todo);
    return {
      counts: state.counts,
      problems: table.problems,
      todoKeys: () => [...state.todo].map((i) => keyText(table.keys, i)),
      reusedKeys: () => reusedKeys(table, state),
      again: anew,
      claimedBy: state.counts.todo === 0 ? undefined : this.claims.holder(task, todo()),
    };
  }

  /** The rows of a task as its decision sees them. */
  lookFor(task: Task, decision: Decision): RowLook {
    const { files, fingerprint } = { files: filesOf(task, decision), fingerprint: keyTextOf(task, decision) };
    return this.look(task, { files, fingerprint, proof: provenBy(decision) });
  }

  private look(task: Task, { files, fingerprint, proof }: Omit<RowsAsked, 'again'>): RowLook {
    const table = this.tables.read(files, this.specOf(task, files), fingerprint);
    const answers = this.answers(task, table, proof);
    const output = task.outputs.find((o) => o.name === declOf(task).to)?.path ?? '';
    const path = join(this.options.root, sidecarPath(output));
    const previous = existsSync(path) ? new SidecarKeys(path, sidecarPath(output)) : undefined;
    const { maxAttempts } = declOf(task);
    try {
      return { table, answers, state: rowState({ table, answers, previous, maxAttempts }) };
    } finally {
      answers.close();
    }
  }

  /** The store of a target, with what others have added to it since it was last looked at. */
  store(target: string): RowStore {
    const known = this.stores.get(target);
    if (known !== undefined) {
      known.refresh();
      return known;
    }
    const store = new RowStore(join(this.dir, `${target}.jsonl`));
    this.stores.set(target, store);
    return store;
  }

  private answers(task: Task, table: RowTable, proof: TaskRecord | undefined): RowAnswers {
    const output = recordedOutput(task, proof);
    const { root } = this.options;
    const proven = output && (() => new ProvenOutput(root, output, table));
    return new RowAnswers(this.store(task.target.name), this.unread(task), proven);
  }

  private unread(task: Task): ReturnType<RowSources['list']> {
    const { root, snapshot, pipeline } = this.options;
    const pattern = outputPattern(task.target, pipeline);
    const anew = this.store(task.target.name).mayLack;
    return pattern === undefined ? [] : this.sourcesOf(task).list(pattern, { root, snapshot, anew });
  }

  private sourcesOf({ target }: Task): RowSources {
    const known = this.sources.get(target.name);
    if (known !== undefined) return known;
    const made = new RowSources(join(this.dir, `${target.name}.brought.json`));
    this.sources.set(target.name, made);
    return made;
  }

  /** Brings answers that lie beside outputs into the store: an output that is replaced takes its sidecar with it. */
  bring(task: Task, decision: Decision, at: string): void {
    const sources = this.unread(task);
    if (sources.length === 0 && provenBy(decision) === undefined) return;
    const { answers } = this.lookFor(task, decision);
    const { store } = answers;
    if (store.mayLack) this.sourcesOf(task).forget();
    try {
      answers.import(at);
      store.durable();
    } finally {
      answers.close();
    }
    if (sources.length > 0) this.sourcesOf(task).brought(sources, this.options.snapshot);
  }

  /** Makes rows forget their answers, once in the life of a build: they are asked, and paid for, again. */
  forget(task: Task, { table }: RowLook, at: string): void {
    if (this.again.has(task.id)) return;
    this.again.add(task.id);
    const store = this.store(task.target.name);
    for (let i = 0; i < table.size; i++) store.add(table.keys, i, { kind: 'forget', at });
    store.flush();
    store.durable();
  }

  /**
   * Lets the answers of a task's last results count for the same rows as they are keyed today.
   * @returns how many rows have an answer by that, and how many are left to ask
   */
  rekey(
    task: Task,
    decision: Decision,
    { at, write }: { readonly at: string; readonly write: boolean },
  ): { carried: number; left: number } {
    const { table, state, answers } = this.lookFor(task, decision);
    const before = state.counts.todo;
    const had =
      decision.history.length > 0 ? decision.history : decision.record === undefined ? [] : [decision.record];
    const waiting = new Set(state.todo);
    try {
      for (const record of had) {
        const then = table.withFingerprint(rowFingerprintText(rowFingerprint(task, record.parts)));
        if (write) answers.carry(then, table, at);
        for (const i of waiting) if (answers.has(then.keys, i)) waiting.delete(i);
      }
      if (write) answers.store.durable();
    } finally {
      answers.close();
    }
    return { carried: before - waiting.size, left: waiting.size };
  }

  /** Claims rows before they are asked; gives the claims that stand in the way. */
  claim(task: Task, { table, state }: RowLook, at: string): ClaimConflict[] {
    return this.claims.claim(task, blockOf(table, state.todo), at);
  }

  /** Takes the claim of a task back. */
  release(task: Task): void {
    this.claims.release(task);
  }

  /** Writes the rows that are to be asked. */
  writeTodo({ table, state }: RowLook, path: string): void {
    writeTodo({ table, rows: state.todo }, path);
  }

  /** Takes the answers of an attempt into the store, durably, under the keys with which it was begun. */
  take({ frozen, files }: FoundAttempt, { at, ended }: { at: string; ended: boolean }): Taken {
    const { root } = this.options;
    const { spec, keyText: fingerprint, target } = frozen;
    const store = this.store(target);
    const table = readRowTable({
      files: [{ path: join(root, files.todo), name: files.todo }],
      spec,
      fingerprint,
    });
    const taken = takeAnswers({
      path: join(root, files.done),
      name: files.done,
      format: spec.answers,
      error: spec.error,
      table,
      store,
      attempt: `${frozen.task} ${frozen.at}`,
      at,
      ended,
    });
    store.durable();
    return taken;
  }

  /** Why a row of an open attempt failed when it was last asked, in words for people. */
  failureOf(target: string, { keys }: RowTable, i: number): Json | undefined {
    return this.store(target).failure(keys, i)?.error;
  }

  /** Writes the answers of all rows in the order of the input, and the sidecar; rows in `leaveOut` are let go. */
  merge(
    task: Task,
    { table, answers }: RowLook,
    where: { readonly path: string; readonly keys: string; readonly leaveOut: ReadonlySet<number> },
  ): ReturnType<typeof mergeRows> {
    const { to } = declOf(task);
    const format = rowFormatOf(task.outputs.find((o) => o.name === to)?.path ?? '');
    const { root } = this.options;
    try {
      const [path, sidecar] = [join(root, where.path), join(root, where.keys)];
      return mergeRows({ table, answers, leaveOut: where.leaveOut, path, format, sidecar });
    } finally {
      answers.close();
    }
  }
}

/** How rows stand whose answers are to be forgotten: all are asked. */
function askedAgain({ table, answers }: RowLook): RowLook {
  const { size } = table;
  const counts = { total: size, reused: 0, new: 0, changed: size, missing: 0, refused: 0, todo: size };
  const todo = Uint32Array.from({ length: size }, (_, i) => i);
  return { table, answers, state: { counts, todo, refused: new Uint32Array(0) } };
}

/** The keys of some rows, one behind the other. */
function blockOf(table: RowTable, rows: Uint32Array): Uint8Array {
  const out = new Uint8Array(rows.length * keyBytes);
  for (const [at, i] of rows.entries())
    out.set(table.keys.subarray(i * keyBytes, (i + 1) * keyBytes), at * keyBytes);
  return out;
}
