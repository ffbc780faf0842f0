// The outcome of an attempt: what it wrote, whether that is what was declared, and whether it passes its checks.
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  byCodeUnit,
  type CheckResult,
  fixedDir,
  type Graph,
  inputLabel,
  type OutputFile,
  type TaskOutput,
} from '@evalmake/core';
import {
  type Attempt,
  contentSignature,
  presentFiles,
  recordedFiles,
  signature,
  writtenAt,
} from './attempt.ts';
import { type CheckFiles, judgeOutputs } from './check-outputs.ts';
import { digestDir, digestFile, listDir } from './digest.ts';
import { Failure } from './failure.ts';
import { globFiles } from './glob.ts';
import type { Workspace } from './workspace.ts';

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
export function collect(attempt: Attempt, graph: Graph, root: string): Collected {
  const out = new Map<TaskOutput, Written[]>();
  const missing: string[] = [];
  for (const output of attempt.task.outputs) {
    const at = writtenAt(attempt.task, output, graph, attempt.dir);
    const found = collectOutput({ attempt, output, at, root, missing });
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
}

function collectOutput(c: Collecting): Written[] {
  const { output, at, root, missing, attempt } = c;
  if (output.kind === 'file') {
    const stat = statSync(join(root, at), { throwIfNoEntry: false });
    if (stat === undefined || stat.isDirectory()) {
      missing.push(stat === undefined ? output.path : `${output.path} (a folder stands there)`);
      return [];
    }
    return [{ path: output.path, at, ...digestFile(join(root, at)) }];
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
    ...digestFile(join(root, `${prefix}${path}`)),
  }));
}

/** A partial attempt adds to the members that are recorded and still there. */
function partialMembers(c: Collecting, files: readonly string[], prefix: string): Written[] {
  const { attempt, output, root } = c;
  const recorded = attempt.decision.record?.outputs[output.name] ?? [];
  const written = new Set(prefix === '' ? (attempt.partial ?? []) : files);
  const out = [...written]
    .filter((p) => files.includes(p))
    .map((path): Written => {
      const made = { path, at: `${prefix}${path}`, ...digestFile(join(root, `${prefix}${path}`)) };
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
  return [{ path: output.path, at, members, ...digestDir(full, (path) => digestFile(path).digest) }];
}

/** A file that belongs to the declared set but that no attempt wrote is somebody's: an error, never removed. */
function foreignFiles(c: Collecting, written: ReadonlySet<string>): void {
  const { attempt, output, at, root } = c;
  const staged = at !== output.path;
  const recorded = recordedFiles(output, attempt.decision.record);
  const foreign = staged
    ? presentFiles(output, root).filter((p) => !recorded.has(p) && !written.has(p))
    : [...attempt.aside.foreign]
        .filter(([p, before]) => written.has(p) && signature(join(root, p)) === before)
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

/** Compares the inputs with what the fingerprint froze; one that moved is a Failure that names it. */
export function verifyInputs(attempt: Attempt, workspace: Workspace): void {
  const { fingerprint } = attempt.decision;
  const { snapshot } = workspace;
  const moved: string[] = [];
  for (const { input, paths } of fingerprint.files) {
    if (input.decl.orderOnly) continue;
    snapshot.forget(paths);
    for (const path of paths) {
      const before = fingerprint.parts[inputLabel(input.decl.name, path)];
      const now = snapshot.entry(path, input.decl.digest);
      if (attempt.inputs.get(path) !== contentSignature(path, workspace.root)) moved.push(path);
      else if (before !== undefined && (now.kind === 'missing' ? 'missing' : now.digest) !== before)
        moved.push(path);
    }
  }
  for (const label of Object.keys(fingerprint.parts)) {
    if (!label.startsWith('script:')) continue;
    const path = label.slice('script:'.length);
    snapshot.forget([path]);
    const now = snapshot.entry(path);
    if (now.kind === 'missing' || now.digest !== fingerprint.parts[label]) moved.push(path);
  }
  if (moved.length > 0) {
    const named = moved
      .slice(0, 5)
      .map((p) => `"${p}"`)
      .join(', ');
    throw new Failure(
      'input-moved',
      `${named} changed while the command ran: by the command itself, which must not write its own inputs, or by somebody else`,
    );
  }
}

/** Judges what an attempt wrote; a check that fails is a Failure that lists all that failed. */
export async function judgeAttempt(
  attempt: Attempt,
  collected: Collected,
  { workspace, graph }: { workspace: Workspace; graph: Graph },
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
  });
  const failed = judged.results.filter((c) => c.status === 'failed');
  if (failed.length > 0)
    throw new Failure(
      'check-failed',
      failed.map((c) => `check ${c.id}: ${c.message ?? 'failed'}`).join('; '),
    );
  const outputs: Record<string, OutputFile[]> = {};
  for (const [output, list] of collected) {
    outputs[output.name] = list.map(({ path, digest, bytes, members }) => {
      const facts = judged.facts.get(path);
      return {
        path,
        digest,
        bytes,
        ...(members === undefined ? {} : { members }),
        ...(facts === undefined ? {} : { facts }),
      };
    });
  }
  return { outputs, checks: judged.results };
}
