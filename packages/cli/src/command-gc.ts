// `evalmake gc`: removes from .evalmake what no build, no record and no attempt needs any more.
import { statSync } from 'node:fs';
import type { Graph } from '@evalmake/core';
import { stateDir } from '@evalmake/engine';
import type { Gc } from '@evalmake/engine/gc';
import { UsageError } from './exit.ts';
import type { Options } from './options.ts';
import { openSession, planSession, type Session, Stopped } from './session.ts';
import { count, printable, sizeText } from './style.ts';
import { startWritingSession } from './write-session.ts';

const nouns: Readonly<Record<string, string>> = {
  attempt: 'attempt',
  run: 'run',
  state: 'state folder',
  temporary: 'temporary file',
  cache: 'cache file',
  stored: 'stored file',
};

/** Runs the command; gives the exit code. */
export async function gc(options: Options): Promise<number> {
  const { targets, only, from, until, skip } = options;
  if (targets.length + only.length + from.length + until.length + skip.length > 0)
    throw new UsageError('evalmake gc takes no targets: it looks after all of .evalmake');
  const session = await openSession(options, !options.dryRun);
  if (session instanceof Stopped) return session.exit;
  if (options.dryRun) return collect(session);
  const writing = await startWritingSession(session);
  if (writing instanceof Stopped) return writing.exit;
  try {
    return await collect(session);
  } finally {
    writing.end();
  }
}

async function collect(session: Session): Promise<number> {
  const { workspace, options } = session;
  const { dryRun, keep } = options;
  const plan = await planSession({ ...session, request: { select: everything } });
  if (plan instanceof Stopped) return plan.exit;
  const { planGc, performGc } = await import('@evalmake/engine/gc');
  const found = planGc(workspace, plan, keep);
  const before = journalSize(session);
  const failed = dryRun ? [] : performGc(found, workspace);
  const not = new Set(failed.map(({ path }) => path));
  const done: Gc = { ...found, prune: found.prune.filter(({ path }) => !not.has(path)) };
  const shrunk = Math.max(0, before - journalSize(session));
  const bytes = done.prune.reduce((sum, item) => sum + item.bytes, shrunk);
  if (options.json) {
    const { prune, forget } = done;
    const document = {
      format: 'evalmake.gc',
      version: 1,
      dryRun,
      removed: prune,
      forgotten: forget,
      bytes,
      failed,
    };
    process.stdout.write(`${JSON.stringify(document)}\n`);
  } else tell(done, options, bytes);
  for (const { path, message } of failed)
    process.stderr.write(`evalmake: ${printable(path)} could not be removed: ${message}\n`);
  return failed.length > 0 ? 1 : 0;
}

/** Fingerprints of all tasks count, not only of those that are built by default. */
function everything(graph: Graph): { wanted: number[]; problems: [] } {
  return { wanted: graph.tasks.filter((t) => !t.off).map((t) => t.index), problems: [] };
}

function journalSize({ workspace }: Session): number {
  const path = `${workspace.root}/${stateDir}/journal.jsonl`;
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function tell({ prune, forget }: Gc, { dryRun, verbose }: Options, bytes: number): void {
  const lines: string[] = [];
  if (dryRun || verbose) {
    for (const { path, bytes: size, kind } of prune)
      lines.push(`${dryRun ? 'remove ' : 'removed'}  ${printable(path)}  ${sizeText(size)}  ${nouns[kind]}`);
    for (const task of forget)
      lines.push(`${dryRun ? 'forget ' : 'forgot '}  ${printable(task)}  in the journal`);
  }
  const kinds = Object.entries(nouns).flatMap(([kind, noun]) => {
    const n = prune.filter((item) => item.kind === kind).length;
    return n === 0 ? [] : [count(n, noun)];
  });
  if (forget.length > 0) kinds.push(`${count(forget.length, 'task')} of the journal`);
  const what = kinds.length === 0 ? 'nothing' : kinds.join(', ');
  lines.push(`evalmake: ${dryRun ? 'would remove' : 'removed'} ${what}; ${sizeText(bytes)}`);
  process.stdout.write(`${lines.join('\n')}\n`);
}
