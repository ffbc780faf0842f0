// `evalmake orphans`: lists files that tasks wrote and no target owns any more, and files in sets that nobody wrote.
import type { Orphan } from '@evalmake/engine/orphans';
import type { Options } from './options.ts';
import { openSession, planSession, type Session, Stopped } from './session.ts';
import { count, type Paint, paint, printable, sizeText, useColor } from './style.ts';

/** Runs the command; gives the exit code. */
export async function orphans(options: Options): Promise<number> {
  const opened = await openSession(options, false);
  if (opened instanceof Stopped) return opened.exit;
  const { freshLook } = await import('@evalmake/engine/fresh-look');
  const { findOrphans } = await import('@evalmake/engine/orphans');
  const session: Session = { ...opened, workspace: freshLook(opened.workspace) };
  const plan = await planSession({ ...session, request: { select: () => ({ wanted: [], problems: [] }) } });
  if (plan instanceof Stopped) return plan.exit;
  const found = findOrphans(session.workspace, plan.graph);
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ format: 'evalmake.orphans', version: 1, orphans: found })}\n`);
    return 0;
  }
  const isTty = process.stdout.isTTY === true;
  const colors = paint(useColor({ when: options.color, env: process.env, isTty }));
  const bytes = found.reduce((sum, orphan) => sum + orphan.bytes, 0);
  const total = found.length === 0 ? 'no orphans' : `${count(found.length, 'orphan')}, ${sizeText(bytes)}`;
  const next = found.some((o) => o.state === 'as-recorded') ? '; evalmake clean --orphans -n' : '';
  process.stdout.write(`${[...found.map((o) => line(o, colors)), `evalmake: ${total}${next}`].join('\n')}\n`);
  return 0;
}

function line({ path, bytes, state, why, task, at, run }: Orphan, colors: Paint): string {
  const name = printable(task);
  const who =
    why === 'unrecorded'
      ? `in an output of ${name}, which did not write it`
      : `written by ${name}${run === undefined ? '' : ` in run ${run}`}${at === undefined ? '' : `, ${at}`}`;
  const how = state === 'modified' ? ', modified since' : '';
  return `${printable(path)}  ${sizeText(bytes)}  ${colors.dim(`${who}${how}`)}`;
}
