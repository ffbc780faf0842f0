// `evalmake clean`: removes built outputs whose bytes are as recorded; names what stays, and why.
import type { Graph, Task } from '@evalmake/core';
import type { Cleaning, Kept, KeptWhy } from '@evalmake/engine/clean';
import { UsageError } from './exit.ts';
import type { Options } from './options.ts';
import { openSession, planSession, type Session, Stopped } from './session.ts';
import { count, type Paint, paint, printable, sizeText, useColor } from './style.ts';
import { startWritingSession } from './write-session.ts';

const reasons: Readonly<Record<KeptWhy, string>> = {
  keep: 'its target says "keep"',
  frozen: 'its target is frozen',
  nondeterministic: 'its target is nondeterministic',
  paid: 'it cost money',
  modified: 'it was modified since it was recorded',
  unrecorded: 'no record knows it',
  'outside-workspace': 'a link on its way leads out of the workspace',
};

/** Runs the command; gives the exit code. */
export async function clean(options: Options): Promise<number> {
  const { only, from, until, skip } = options;
  if (only.length + from.length + until.length + skip.length > 0)
    throw new UsageError('evalmake clean takes no filters', 'name the targets: evalmake clean TARGET…');
  if (options.orphans && options.targets.length > 0)
    throw new UsageError('evalmake clean --orphans takes no targets: what it removes belongs to none');
  const opened = await openSession(options, false);
  if (opened instanceof Stopped) return opened.exit;
  const { freshLook } = await import('@evalmake/engine/fresh-look');
  const session: Session = { ...opened, workspace: freshLook(opened.workspace) };
  if (options.dryRun) return look(session, () => []);
  const { removePaths } = await import('@evalmake/engine/removal');
  const writing = await startWritingSession(session);
  if (writing instanceof Stopped) return writing.exit;
  try {
    return await look(session, (paths) => removePaths(session.workspace.root, paths));
  } finally {
    writing.end();
  }
}

type Remove = (paths: readonly string[]) => readonly { readonly path: string; readonly message: string }[];

/** Decides, does it and tells it. */
async function look(session: Session, remove: Remove): Promise<number> {
  const { options } = session;
  const cleaning = await decided(session);
  if (cleaning instanceof Stopped) return cleaning.exit;
  const failed = remove(cleaning.remove.map(({ path }) => path));
  const not = new Set(failed.map(({ path }) => path));
  const gone = cleaning.remove.filter(({ path }) => !not.has(path));
  if (options.json) {
    const { dryRun } = options;
    const document = {
      format: 'evalmake.clean',
      version: 1,
      dryRun,
      removed: gone,
      kept: cleaning.keep,
      failed,
    };
    process.stdout.write(`${JSON.stringify(document)}\n`);
  } else tell({ remove: gone, keep: cleaning.keep }, options);
  for (const { path, message } of failed)
    process.stderr.write(`evalmake: ${printable(path)} could not be removed: ${message}\n`);
  return failed.length > 0 ? 1 : 0;
}

async function decided(session: Session): Promise<Cleaning | Stopped> {
  const { options, workspace, request } = session;
  let chosen: readonly number[] = [];
  const select = (graph: Graph) => {
    const named = options.targets.length > 0 ? request.select(graph) : undefined;
    chosen = named?.wanted ?? graph.order;
    // Nothing is decided: whether a task is stale is no matter here.
    return { wanted: [], problems: named?.problems ?? [] };
  };
  const plan = await planSession({ ...session, request: { select } });
  if (plan instanceof Stopped) return plan;
  const forced = (task: Task) => request.forced?.(task) ?? false;
  if (options.orphans) {
    const { planOrphans } = await import('@evalmake/engine/orphans');
    return planOrphans(workspace, plan.graph, options.force !== undefined);
  }
  const { planClean } = await import('@evalmake/engine/clean');
  return planClean(
    workspace,
    chosen.map((i) => plan.graph.tasks[i] as Task),
    forced,
  );
}

function tell({ remove, keep }: Cleaning, options: Options): void {
  const isTty = process.stdout.isTTY === true;
  const colors = paint(useColor({ when: options.color, env: process.env, isTty }));
  const lines: string[] = [];
  const verb = options.dryRun ? 'remove ' : 'removed';
  if (options.dryRun || options.verbose) {
    for (const { path, task, bytes } of remove)
      lines.push(`${verb}  ${printable(path)}  ${sizeText(bytes)}  ${colors.dim(printable(task))}`);
  }
  lines.push(...keep.map((kept) => keptLine(kept, colors)));
  const bytes = remove.reduce((sum, item) => sum + item.bytes, 0);
  const total = `${count(remove.length, 'output')}, ${sizeText(bytes)}`;
  const rest = keep.length === 0 ? '' : `; ${keep.length} kept`;
  lines.push(`evalmake: ${options.dryRun ? 'would remove' : 'removed'} ${total}${rest}`);
  process.stdout.write(`${lines.join('\n')}\n`);
}

function keptLine({ path, why, forcible }: Kept, colors: Paint): string {
  return `${colors.yellow('kept   ')}  ${printable(path)}: ${reasons[why]}${forcible ? '; --force removes it' : ''}`;
}
