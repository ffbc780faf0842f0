// A SharedRecord is a result as others may bring it: of what it says, only what fits the work that is wanted counts.
import { byCodeUnit, fingerprintKey, type OutputFile, type TaskRecord } from '@evalmake/core';
import { isMap, type Json, type JsonMap } from '@evalmake/core/json';
import type { ActionFile } from './action-result.ts';
import { digestText } from './digest.ts';
import type { Former, Wanted } from './store.ts';

// Format, version 1: one more file of the ActionResult, at a path that no output can have:
//   {"format": "evalmake.result", "version": 1, "record": …}, a TaskRecord as the journal holds it.
// Constraints: whoever can write to the cache wrote this. So every path must be one that the task declares, and the files
// of record and ActionResult must be the same ones; facts are left out, because they can be had from the files.

/** Where the record stands among the files of an ActionResult. */
export const recordPath = '.evalmake/result.json';

/** A record is no larger: one of 100,000 files has 20 MB. */
export const largestRecord = 64 << 20;

/** Writes a record for others; what a person said, and where its jobs ran, is not for them. */
export function sharedText({ source: _, jobs: __, adopted: ___, ...record }: TaskRecord): string {
  return JSON.stringify({ format: 'evalmake.result', version: 1, record });
}

/** What a record is held against. */
export interface SharedOf {
  readonly wanted: Wanted;
  /** The files of the ActionResult, less the record itself. */
  readonly files: readonly ActionFile[];
  readonly matches: (pattern: string, path: string) => boolean;
}

/** Reads what others wrote; undefined when it is not a result of the work that is wanted. */
export function readShared(text: string, { wanted, files, matches }: SharedOf): Former | undefined {
  const record = readRecord(text, wanted);
  if (record === undefined) return undefined;
  const listed = Object.values(record.outputs).flat();
  const byPath = new Map(files.map((file) => [file.path, file]));
  // Also folded: on some disks two such names are one file.
  const names = new Set([...byPath.keys()].map((path) => path.normalize('NFC').toLowerCase()));
  if (byPath.size !== files.length || names.size !== files.length) return undefined;
  const folders = listed.filter(({ path }) => path.endsWith('/'));
  for (const { path, digest, bytes } of listed) {
    if (path.endsWith('/')) continue;
    const file = byPath.get(path);
    if (file?.digest !== digest || file.bytes !== bytes) return undefined;
  }
  const plain = new Set(listed.map(({ path }) => path));
  if (plain.size !== listed.length) return undefined;
  for (const { path } of files)
    if (!isInside(path) || (!plain.has(path) && !folders.some((folder) => path.startsWith(folder.path))))
      return undefined;
  const declared = wanted.outputs.every(({ name, kind, path }) => {
    const of = (record.outputs[name] ?? []).map((file) => file.path);
    if (kind === 'glob') return of.every((member) => matches(path, member));
    return of.length === 1 && of[0] === path;
  });
  return declared ? { record, files, foreign: true } : undefined;
}

/** Whether a path stays where it says: relative, in its shortest form, without what some system reads as something else. */
export function isInside(path: string): boolean {
  if (path === '' || path.startsWith('/') || /[\\\0-\x1f]|^[A-Za-z]:/.test(path)) return false;
  const parts = path.replace(/\/$/, '').split('/');
  return parts.every((part) => part !== '' && part !== '.' && part !== '..') && parts[0] !== '.evalmake';
}

function readRecord(text: string, wanted: Wanted): TaskRecord | undefined {
  const value = parsed(text);
  if (!isMap(value) || value.format !== 'evalmake.result' || value.version !== 1) return undefined;
  const record = value.record;
  if (record === undefined || !isMap(record) || record.task !== wanted.task) return undefined;
  const { parts, outputs, checks, at, ms, target, costUsd } = record;
  if (parts === undefined || !isMap(parts) || !Object.values(parts).every((v) => typeof v === 'string'))
    return undefined;
  const key = (of: Wanted['parts']) => fingerprintKey(of, digestText);
  if (key(parts as Record<string, string>) !== key(wanted.parts)) return undefined;
  const files = readOutputs(outputs, wanted);
  const judged = readChecks(checks);
  if (files === undefined || judged === undefined || typeof at !== 'string' || Number.isNaN(Date.parse(at)))
    return undefined;
  return {
    task: wanted.task,
    target: typeof target === 'string' ? target : '',
    parts: wanted.parts,
    outputs: files,
    checks: judged,
    at,
    run: 0,
    ms: typeof ms === 'number' && ms >= 0 ? ms : 0,
    ...(typeof costUsd === 'number' && costUsd >= 0 ? { costUsd } : {}),
    ...readRows(record.rows),
  };
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    // Anything may lie there.
    return undefined;
  }
}

function readOutputs(value: Json | undefined, wanted: Wanted): TaskRecord['outputs'] | undefined {
  if (value === undefined || !isMap(value)) return undefined;
  const names = wanted.outputs.map(({ name }) => name).sort(byCodeUnit);
  if (Object.keys(value).sort(byCodeUnit).join('\0') !== names.join('\0')) return undefined;
  const out: Record<string, OutputFile[]> = {};
  for (const { name } of wanted.outputs) {
    const list = value[name];
    if (!Array.isArray(list)) return undefined;
    const files = (list as Json[]).map(readFile);
    if (files.includes(undefined)) return undefined;
    out[name] = files as OutputFile[];
  }
  return out;
}

function readFile(value: Json): OutputFile | undefined {
  if (!isMap(value)) return undefined;
  const { path, digest, bytes, members } = value as JsonMap;
  if (typeof path !== 'string' || !isInside(path) || !Number.isSafeInteger(bytes) || Number(bytes) < 0)
    return undefined;
  if (typeof digest !== 'string' || !/^sha256:[0-9a-f]{64}$/.test(digest)) return undefined;
  const file = { path, digest, bytes: Number(bytes) };
  if (members === undefined) return file;
  const list = Array.isArray(members) ? members : [undefined];
  if (!list.every((m) => typeof m === 'string' && isInside(`x/${m}`))) return undefined;
  return { ...file, members: list as string[] };
}

function readChecks(value: Json | undefined): TaskRecord['checks'] | undefined {
  if (!Array.isArray(value)) return undefined;
  const out: { id: string; digest: string; status: 'passed' }[] = [];
  for (const one of value as Json[]) {
    if (!isMap(one) || typeof one.id !== 'string' || typeof one.digest !== 'string') return undefined;
    if (one.status !== 'passed') return undefined;
    out.push({ id: one.id, digest: one.digest, status: 'passed' });
  }
  return out;
}

function readRows(value: Json | undefined): Pick<TaskRecord, 'rows'> {
  if (value === undefined || !isMap(value) || !Array.isArray(value.failed)) return {};
  const failed = (value.failed as Json[]).filter((id): id is string => typeof id === 'string');
  return typeof value.total === 'number' ? { rows: { total: value.total, asked: 0, failed } } : {};
}
