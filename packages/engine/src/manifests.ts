// The manifests of a workspace: read at most once, written together, and never at the cost of what others wrote in them.

import { join } from 'node:path';
import type { TaskRecord } from '@evalmake/core';
import {
  type ManifestReading,
  manifestErrors,
  manifestText,
  mergeStage,
  readManifest,
  recordFrom,
  type Stage,
  salvage,
} from '@evalmake/core/manifest';
import { writeAtomic } from './disk.ts';
import { existsSync, readFileSync } from './fs.ts';

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

/** Reads records from manifests, and gathers stages until they are written together. */
export class Manifests {
  readonly #options: ManifestsOptions;
  readonly #read = new Map<string, ManifestReading>();
  readonly #pending = new Map<string, Map<string, Stage>>();
  /** Content that was set aside by this instance: a write that fails and is tried again copies it once. */
  readonly #aside = new Map<string, Uint8Array>();

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

  /** Takes a whole stage to be written by the next `flush`; a later one replaces it. */
  set(path: string, stage: string, value: Stage): void {
    const stages = this.#pending.get(path) ?? new Map<string, Stage>();
    stages.set(stage, value);
    this.#pending.set(path, stages);
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
   * again first, so that what other programs wrote meanwhile stays. A file that cannot be written is told of and stays
   * in `unwritten`; one with a newer version is told of and left alone.
   * @returns the files written, in code-unit order
   */
  flush(): string[] {
    const written: string[] = [];
    for (const path of this.unwritten) {
      try {
        if (this.#write(path)) written.push(path);
        this.#pending.delete(path);
      } catch (error) {
        this.#options.warn(`${path}: the manifest could not be written: ${messageOf(error)}`);
      }
    }
    return written;
  }

  #write(path: string): boolean {
    const { now, warn } = this.#options;
    const { bytes, reading } = this.#load(path);
    if (reading.problem === 'newer-version') {
      warn(`${path}: ${reading.message}; the manifest was left as it is`);
      return false;
    }
    const at = now();
    let manifest = reading.problem === undefined ? reading.manifest : salvage(reading.value, at);
    let changed = reading.problem !== undefined;
    for (const [stage, value] of this.#pending.get(path) ?? []) {
      const merged = mergeStage(manifest, stage, value, at);
      manifest = merged.manifest;
      changed ||= merged.changed;
    }
    if (manifest === undefined || !changed) return false;
    const errors = manifestErrors(manifest);
    if (errors.length > 0) throw new Error(`it would not be valid: ${errors.join('; ')}`);
    if (reading.problem !== undefined && bytes !== undefined) this.#setAside(path, bytes, reading, at);
    writeAtomic(join(this.#options.root, path), manifestText(manifest));
    this.#read.set(path, { manifest });
    return true;
  }

  /** Copies what is about to be replaced: `x.json.corrupt.<ts>` or `x.backup.<ts>.json`. */
  #setAside(path: string, bytes: Uint8Array, reading: ManifestReading, at: string): void {
    const last = this.#aside.get(path);
    if (last !== undefined && Buffer.compare(last, bytes) === 0) return;
    const ts = at.replace(/[^0-9A-Za-z]+/g, '-').replace(/^-+|-+$/g, '');
    const name = (n: number): string => {
      const stamp = n === 0 ? ts : `${ts}-${n}`;
      return reading.problem === 'old-version'
        ? `${path.replace(/\.json$/, '')}.backup.${stamp}.json`
        : `${path}.corrupt.${stamp}`;
    };
    let n = 0;
    while (this.exists(name(n))) n += 1;
    writeAtomic(join(this.#options.root, name(n)), bytes);
    this.#aside.set(path, bytes);
    this.#options.warn(`${path}: ${reading.message}; the file was kept as ${name(n)} and is written anew`);
  }

  #reading(path: string): ManifestReading {
    const known = this.#read.get(path);
    if (known !== undefined) return known;
    const reading = this.#readQuietly(path);
    this.#read.set(path, reading);
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
    let bytes: Uint8Array;
    try {
      bytes = readFileSync(join(this.#options.root, path));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return { bytes: undefined, reading: {} };
      throw error;
    }
    return { bytes, reading: read(bytes) };
  }
}

/** Reads bytes as a manifest; what is not UTF-8 would be changed by writing it again, so it counts as damaged. */
function read(bytes: Uint8Array): ManifestReading {
  try {
    return readManifest(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return { problem: 'unparsable', message: 'not valid UTF-8' };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
