// The manifests of a workspace: read at most once, written together, and never at the cost of what others wrote in them.

import { join } from 'node:path';
import { type Json, parentDir, type Task, type TaskRecord } from '@evalmake/core';
import {
  type Manifest,
  type ManifestReading,
  manifestErrors,
  manifestText,
  mergeStage,
  recordFrom,
  type Stage,
  salvage,
} from '@evalmake/core/manifest';
import { mergeJobs, type TaskJobs } from '@evalmake/core/manifest-jobs';
import { upgradeManifest } from '@evalmake/core/manifest-upgrade';
import { digestText } from './digest.ts';
import { writeAtomic, writeAtomicIf } from './disk.ts';
import { messageOf } from './failure.ts';
import { existsSync, readFileSync } from './fs.ts';
import { readBytes, sameBytes } from './manifest-bytes.ts';
import { copyName } from './manifest-copy.ts';

/** How often a file is merged again because another program wrote it in the last moment. */
const patience = 5;

/** What manifests need of their surroundings. */
export interface ManifestsOptions {
  /** The workspace; all paths are relative to it. */
  readonly root: string;
  /** The time, ISO 8601 in UTC. */
  readonly now: () => string;
  /** Takes one line for a person. */
  readonly warn: (message: string) => void;
}

/** A manifest's file as it was read; `bytes` is undefined when there is none. */
interface Loaded {
  readonly bytes: Uint8Array | undefined;
  readonly reading: ManifestReading;
}

/** A manifest as it shall be written. */
interface Merged extends Loaded {
  /** undefined when the file must not be written, or there is nothing to write. */
  readonly manifest: Manifest | undefined;
  /** Whether something other than a timestamp differs from the file. */
  readonly changed: boolean;
  readonly at: string;
}

/** Reads records from manifests, and gathers stages until they are written together. */
export class Manifests {
  readonly #options: ManifestsOptions;
  readonly #read = new Map<string, ManifestReading>();
  readonly #kept = new WeakMap<ManifestReading, { readonly manifest: Manifest | undefined }>();
  readonly #jobs = new Map<string, Map<string, TaskJobs>>();
  readonly #pending = new Map<string, Map<string, Stage | undefined>>();
  /** Digest of each file as the last `flush` left it. */
  readonly #digests = new Map<string, string>();
  /** Content that was set aside by this instance: a write that fails and is tried again copies it once. */
  readonly #aside = new Map<string, { readonly name: string; readonly bytes: Uint8Array }>();

  constructor(options: ManifestsOptions) {
    this.#options = options;
  }

  /**
   * The record of a task in a manifest; undefined when the file, the stage or the task is not there, or is damaged.
   * A file that is there and cannot be used is told of once.
   */
  recordOf(path: string, stage: string, task: string, target: string): TaskRecord | undefined {
    const { manifest } = this.#reading(path);
    return manifest && recordFrom(manifest, { manifestPath: path, stage, task, target });
  }

  /** Whether the file is there, in whatever state. */
  exists(path: string): boolean {
    return existsSync(join(this.#options.root, path));
  }

  /** Why a file that is there is no manifest of this version; undefined when it is one, or is not there. */
  problem(path: string): ManifestReading['problem'] {
    return this.#reading(path).problem;
  }

  /** What stands in the file, of whatever version; undefined when it is not there or is no JSON. */
  content(path: string): Json | undefined {
    const { manifest, value } = this.#reading(path);
    return value ?? (manifest as Json | undefined);
  }

  /** What a file was when it was read, without telling anybody of a problem. */
  look(path: string): ManifestReading {
    const known = this.#read.get(path) ?? this.#readQuietly(path);
    this.#read.set(path, known);
    return known;
  }

  /**
   * What can be kept of a file: all of a good one, the upgraded form of an old one, what is valid of a damaged one.
   * @param stages the stages that the pipeline keeps in it
   * @returns undefined when it is not there, or is of a newer version
   */
  kept(path: string, stages: readonly string[]): Manifest | undefined {
    const reading = this.look(path);
    if (reading.problem === undefined) return reading.manifest;
    let kept = this.#kept.get(reading);
    if (kept === undefined) {
      kept = { manifest: this.#keptOf(path, reading, { stages, at: this.#options.now() }) };
      this.#kept.set(reading, kept);
    }
    return kept.manifest;
  }

  /** The record of a task in what can be kept of a file. */
  keptRecord(
    path: string,
    { id, target }: Pick<Task, 'id' | 'target'>,
    stages: readonly string[],
  ): TaskRecord | undefined {
    const manifest = this.kept(path, stages);
    const where = { manifestPath: path, stage: target.stage, task: id, target: target.name };
    return manifest && recordFrom(manifest, where);
  }

  /**
   * Takes a whole stage to be written by the next `flush`; a later one replaces it.
   * @param value undefined leaves the stage as it is, while the file is looked at and upgraded or mended
   */
  set(path: string, stage: string, value: Stage | undefined): void {
    const stages = this.#pending.get(path) ?? new Map<string, Stage | undefined>();
    stages.set(stage, value);
    this.#pending.set(path, stages);
  }

  /** Takes what is known of the jobs of tasks, to be written with their stages. */
  setJobs(path: string, tasks: ReadonlyMap<string, TaskJobs>): void {
    const known = this.#jobs.get(path) ?? new Map<string, TaskJobs>();
    for (const [task, jobs] of tasks) known.set(task, jobs);
    this.#jobs.set(path, known);
  }

  /** Manifests that still wait to be written: after a `flush`, those whose write failed. */
  get unwritten(): readonly string[] {
    return [...this.#pending.keys()].sort();
  }

  /** Forgets what was read of a file, so that it is read again; stages that wait are kept. */
  forget(path: string): void {
    this.#read.delete(path);
  }

  /**
   * Writes the stages that wait, each file once, and only where something other than a timestamp changed. Files are read
   * again first, and once more before they are replaced, so that what other programs wrote meanwhile stays. A file that
   * cannot be written is told of and stays in `unwritten`; one with a newer version is told of and left alone.
   * @returns the files written, in code-unit order
   */
  flush(): string[] {
    const written: string[] = [];
    for (const path of this.unwritten) {
      this.#digests.delete(path);
      try {
        if (this.#write(path)) written.push(path);
        this.#pending.delete(path);
      } catch (error) {
        this.#options.warn(`${path}: the manifest could not be written: ${messageOf(error)}`);
      }
    }
    return written;
  }

  /** The files that a `flush` would write now. Nothing is written, and what waits goes on waiting. */
  due(): string[] {
    return this.unwritten.filter((path) => {
      try {
        return this.#merge(path).changed;
      } catch {
        return true;
      }
    });
  }

  /** The copy of what this instance replaced; undefined when there is none. */
  setAside(path: string): string | undefined {
    return this.#aside.get(path)?.name;
  }

  /** Forgets the stages of a file that wait to be written. */
  drop(path: string): void {
    this.#pending.delete(path);
  }

  /** Digest of a file as the last `flush` left it; undefined when it was refused or could not be written. */
  digest(path: string): string | undefined {
    return this.#digests.get(path);
  }

  #write(path: string): boolean {
    for (let left = patience; left > 0; left--) {
      const { bytes, reading, manifest, changed, at } = this.#merge(path);
      if (reading.problem === 'newer-version') {
        this.#options.warn(`${path}: ${reading.message}; the manifest was left as it is`);
        return false;
      }
      if (manifest === undefined || !changed) {
        if (bytes !== undefined) this.#digests.set(path, digestText(bytes));
        return false;
      }
      const errors = manifestErrors(manifest);
      if (errors.length > 0) throw new Error(`it would not be valid: ${errors.join('; ')}`);
      if (reading.problem !== undefined && bytes !== undefined) this.#setAside(path, bytes, reading, at);
      const text = manifestText(manifest);
      const still = (): boolean => sameBytes(this.#bytes(path), bytes);
      if (!writeAtomicIf(join(this.#options.root, path), text, still)) continue;
      this.#read.set(path, { manifest });
      this.#digests.set(path, digestText(text));
      return true;
    }
    throw new Error('another program writes it all the time');
  }

  /** The file as it is now with the stages that wait. */
  #merge(path: string): Merged {
    const { bytes, reading } = this.#load(path);
    const at = this.#options.now();
    const stages = this.#pending.get(path) ?? new Map<string, Stage | undefined>();
    if (reading.problem === 'newer-version')
      return { bytes, reading, manifest: undefined, changed: false, at };
    let manifest = this.#keptOf(path, reading, { stages: [...stages.keys()], at });
    let changed = reading.problem !== undefined;
    for (const [stage, value] of stages) {
      if (value === undefined) continue;
      const merged = mergeStage(manifest, stage, value, at);
      manifest = merged.manifest;
      changed ||= merged.changed;
    }
    const jobs = this.#jobs.get(path);
    if (manifest !== undefined && jobs !== undefined) {
      const before = manifest;
      manifest = mergeJobs(manifest, jobs, at);
      changed ||= manifest !== before;
    }
    return { bytes, reading, manifest, changed, at };
  }

  #keptOf(
    path: string,
    reading: ManifestReading,
    { stages, at }: { readonly stages: readonly string[]; readonly at: string },
  ): Manifest | undefined {
    if (reading.problem === undefined || reading.problem === 'newer-version') return reading.manifest;
    if (reading.problem !== 'old-version') return salvage(reading.value, at);
    const exists = (file: string): boolean => this.exists(file);
    return upgradeManifest(reading.value, { now: at, dir: parentDir(path), stages, exists });
  }

  /** Copies what is about to be replaced: `x.json.corrupt.<ts>` or `x.backup.<ts>.json`. */
  #setAside(path: string, bytes: Uint8Array, reading: ManifestReading, at: string): void {
    const last = this.#aside.get(path);
    if (sameBytes(last?.bytes, bytes)) return;
    const copy = copyName(path, { reading, at, taken: (name) => this.exists(name) });
    writeAtomic(join(this.#options.root, copy), bytes);
    this.#aside.set(path, { name: copy, bytes });
    this.#options.warn(`${path}: ${reading.message}; the file was kept as ${copy} and is written anew`);
  }

  #reading(path: string): ManifestReading {
    const known = this.#read.get(path);
    if (known !== undefined) return known;
    const reading = this.look(path);
    if (reading.problem !== undefined) this.#options.warn(`${path}: ${reading.message}; it proves nothing`);
    return reading;
  }

  #readQuietly(path: string): ManifestReading {
    try {
      return this.#load(path).reading;
    } catch (error) {
      return { problem: 'unparsable', message: `the manifest cannot be read: ${messageOf(error)}` };
    }
  }

  /** Reads a file; one that is not there is an empty reading. @throws when it is there and cannot be read */
  #load(path: string): Loaded {
    const bytes = this.#bytes(path);
    return { bytes, reading: bytes === undefined ? {} : readBytes(bytes) };
  }

  #bytes(path: string): Uint8Array | undefined {
    try {
      return readFileSync(join(this.#options.root, path));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
      throw error;
    }
  }
}
