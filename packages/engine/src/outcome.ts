// The outcome of an attempt: what it wrote, whether that is what was declared, and whether it passes its checks.

import { join } from 'node:path';
import {
  byCodeUnit,
  type CheckResult,
  type Facts,
  fixedDir,
  type Graph,
  type OutputFile,
  type TaskOutput,
} from '@evalmake/core';
import { presentFiles, recordedFiles } from './aside.ts';
import { type Attempt, writtenAt } from './attempt.ts';
import { type CheckFiles, type JudgeRequest, judgeOutputs } from './check-outputs.ts';
import { digestDir, digestFile, listDir } from './digest.ts';
import { Failure } from './failure.ts';
import { existsSync, statSync } from './fs.ts';
import { globFiles } from './glob.ts';
import { writtenSignature } from './input-guard.ts';
import { type Ahead, hashLarge } from './large-files.ts';

/** One file or directory that an attempt wrote: where it shall be, and where it is now. */
export interface Written {
  readonly path: string;
  readonly at: string;
  readonly digest: string;
  readonly bytes: number;
  readonly members?: readonly string[];
}

/** Everything an attempt wrote, by output. */
export type Collected = ReadonlyMap<TaskOutput, readonly Written[]>;

/** Finds what an attempt wrote; a declared output that is not there is a Failure that names it. */
export async function collect(attempt: Attempt, graph: Graph, root: string): Promise<Collected> {
  const out = new Map<TaskOutput, Written[]>();
  const missing: string[] = [];
  for (const output of attempt.task.outputs) {
    const at = writtenAt(attempt.task, output, graph, attempt.dir);
    const files = output.kind === 'file' ? [at] : presentFiles({ ...output, path: at }, root);
    const ahead = await hashLarge(files.map((path) => join(root, path)));
    const found = collectOutput({ attempt, output, at, root, missing, ahead });
    out.set(output, found);
  }
  if (missing.length > 0) {
    throw new Failure(
      'output-missing',
      `the command ended well but did not write ${missing.map((m) => `"${m}"`).join(', ')}`,
    );
  }
  return out;
}

interface Collecting {
  readonly attempt: Attempt;
  readonly output: TaskOutput;
  readonly at: string;
  readonly root: string;
  readonly missing: string[];
  readonly ahead: Ahead;
}

function collectOutput(c: Collecting): Written[] {
  const { output, at, root, missing, attempt } = c;
  if (output.kind === 'file') {
    const stat = statSync(join(root, at), { throwIfNoEntry: false });
    if (stat === undefined || stat.isDirectory()) {
      missing.push(stat === undefined ? output.path : `${output.path} (a folder stands there)`);
      return [];
    }
    // A command that leaves an older file in place would have it pass for what the new inputs make.
    if (attempt.aside.stood.get(at) === writtenSignature(join(root, at)))
      missing.push(`${at} (what stands there is older; a command that means to keep it must touch it)`);
    return [{ path: output.path, at, ...digest(join(root, at), c) }];
  }
  if (output.kind === 'dir') return collectDir(c);
  const prefix = at.slice(0, at.length - output.path.length);
  const files = globFiles(root, at).map((path) => path.slice(prefix.length));
  if (attempt.partial === undefined) {
    foreignFiles(c, new Set(files));
    // The folder may be one that the command makes itself; that nothing at all was written is for the checks to judge.
    if (files.length === 0 && !existsSync(join(root, fixedDir(at) || '.'))) missing.push(output.path);
  } else {
    const wanted = attempt.partial.filter((p) => p.startsWith(fixedDir(output.path)));
    for (const path of wanted) if (!files.includes(path)) missing.push(path);
    return partialMembers(c, files, prefix);
  }
  return files.map((path) => ({
    path,
    at: `${prefix}${path}`,
    ...digest(join(root, `${prefix}${path}`), c),
  }));
}

function digest(path: string, { ahead }: Collecting): { digest: string; bytes: number } {
  return ahead.get(path) ?? digestFile(path);
}

/** A partial attempt adds to the members that are recorded and still there. */
function partialMembers(c: Collecting, files: readonly string[], prefix: string): Written[] {
  const { attempt, output, root } = c;
  const recorded = attempt.decision.record?.outputs[output.name] ?? [];
  const written = new Set(prefix === '' ? (attempt.partial ?? []) : files);
  const out = [...written]
    .filter((p) => files.includes(p))
    .map((path): Written => {
      const made = { path, at: `${prefix}${path}`, ...digest(join(root, `${prefix}${path}`), c) };
      const before = recorded.find((f) => f.path === path);
      if (before !== undefined && before.digest !== made.digest) throw new PartialMismatch(path);
      return made;
    });
  for (const file of recorded)
    if (!written.has(file.path))
      out.push({ path: file.path, at: file.path, digest: file.digest, bytes: file.bytes });
  return out.sort((a, b) => byCodeUnit(a.path, b.path));
}

/** A rebuilt member is not what it was: the whole set has to be built together. */
export class PartialMismatch extends Error {}

function collectDir(c: Collecting): Written[] {
  const { output, at, root } = c;
  const full = join(root, at).replace(/\/$/, '');
  if (statSync(full, { throwIfNoEntry: false })?.isDirectory() !== true) {
    c.missing.push(output.path);
    return [];
  }
  const members = listDir(full).flatMap((e) => (e.kind === 'dir' ? [] : [e.path]));
  foreignFiles(c, new Set(members.map((m) => `${output.path}${m}`)));
  return [{ path: output.path, at, members, ...digestDir(full, (path) => digest(path, c).digest) }];
}

/** A file that belongs to the declared set but that no attempt wrote is somebody's: an error, never removed. */
function foreignFiles(c: Collecting, written: ReadonlySet<string>): void {
  const { attempt, output, at, root } = c;
  const staged = at !== output.path;
  const recorded = recordedFiles(output, attempt.decision);
  const foreign = staged
    ? presentFiles(output, root).filter((p) => !recorded.has(p) && !written.has(p))
    : [...attempt.aside.stood]
        .filter(([p, before]) => written.has(p) && writtenSignature(join(root, p)) === before)
        .map(([p]) => p);
  if (foreign.length === 0) return;
  const named = foreign
    .slice(0, 5)
    .map((p) => `"${p}"`)
    .join(', ');
  throw new Failure(
    'output-unrecorded',
    `${named}${foreign.length > 5 ? ` and ${foreign.length - 5} more` : ''} would belong to the output "${output.path}", but no build wrote ${foreign.length > 1 ? 'them' : 'it'}: move or remove ${foreign.length > 1 ? 'them' : 'it'}`,
  );
}

/** What was written fails checks: all that they said. */
export class ChecksFailed extends Failure {
  constructor(
    readonly results: readonly CheckResult[],
    readonly facts: ReadonlyMap<string, Facts>,
  ) {
    const failed = results.filter((c) => c.status === 'failed');
    super('check-failed', failed.map((c) => `check ${c.id}: ${c.message ?? 'failed'}`).join('; '));
  }
}

/** Judges what an attempt wrote. @throws ChecksFailed that lists all that failed */
export async function judgeAttempt(
  attempt: Attempt,
  collected: Collected,
  { workspace, graph, onRunning }: Pick<JudgeRequest, 'workspace' | 'graph' | 'onRunning'>,
): Promise<{ outputs: Record<string, OutputFile[]>; checks: CheckResult[] }> {
  const { task, decision } = attempt;
  const files: CheckFiles = new Map([...collected].map(([output, list]) => [output.name, list]));
  const judged = await judgeOutputs({
    workspace,
    task,
    files,
    inputs: decision.fingerprint.files,
    graph,
    places: attempt.places,
    ...(onRunning === undefined ? {} : { onRunning }),
  });
  if (judged.results.some((c) => c.status === 'failed')) throw new ChecksFailed(judged.results, judged.facts);
  return { outputs: outputsOf(collected, judged.facts), checks: judged.results };
}

/** What was written, as a record tells it. */
export function outputsOf(
  collected: Collected,
  known: ReadonlyMap<string, Facts>,
): Record<string, OutputFile[]> {
  const outputs: Record<string, OutputFile[]> = {};
  for (const [output, list] of collected) {
    outputs[output.name] = list.map(({ path, digest, bytes, members }) => {
      const facts = known.get(path);
      return {
        path,
        digest,
        bytes,
        ...(members === undefined ? {} : { members }),
        ...(facts === undefined ? {} : { facts }),
      };
    });
  }
  return outputs;
}
