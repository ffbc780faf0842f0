// `evalmake verify`: whether what was recorded is still what lies there; every file and every check is looked at again.
import type { Graph, Plan } from '@evalmake/core';
import type { Mismatch, Verification } from '@evalmake/engine/verify';
import { shownValue } from './explain.ts';
import type { Options } from './options.ts';
import { openSession, planSession, type Session, Stopped } from './session.ts';
import { count, type Paint, paint, printable, sizeText, useColor } from './style.ts';

/** Runs the command; gives the exit code: 4 when anything contradicts its record. */
export async function verify(options: Options): Promise<number> {
  const opened = await openSession(options, false);
  if (opened instanceof Stopped) return opened.exit;
  const engine = await import('@evalmake/engine/verify');
  const { freshLook } = await import('@evalmake/engine/fresh-look');
  const session: Session = { ...opened, workspace: freshLook(opened.workspace) };
  const whole = !namesAny(options);
  const request = whole ? { ...session.request, select: everything } : session.request;
  const plan = await planSession({ ...session, request });
  if (plan instanceof Stopped) return plan.exit;
  const found = await engine.verify(session.workspace, plan, wanted(plan, whole));
  if (found.building !== undefined) {
    const { pid, host, command } = found.building;
    process.stderr.write(
      `evalmake: note: a build is running (process ${pid} on ${host}, "${command}"): what it writes meanwhile may be told wrongly\n`,
    );
  }
  if (options.json) process.stdout.write(`${JSON.stringify(document(found))}\n`);
  else {
    const isTty = process.stdout.isTTY === true;
    const colors = paint(useColor({ when: options.color, env: process.env, isTty }));
    process.stdout.write(
      `${[...found.mismatches.flatMap((m) => lines(m, colors)), closing(found)].join('\n')}\n`,
    );
  }
  return found.mismatches.length > 0 ? 4 : 0;
}

function namesAny({ targets, only, from, until, skip }: Options): boolean {
  return targets.length + only.length + from.length + until.length + skip.length > 0;
}

/** Not only what the pipeline builds by default. */
function everything(graph: Graph): { wanted: number[]; problems: [] } {
  return { wanted: graph.tasks.filter((t) => !t.off).map((t) => t.index), problems: [] };
}

/** A target that is off has outputs all the same, when it was built by name. */
function wanted(plan: Plan, whole: boolean): number[] {
  return plan.graph.order.filter((i) => whole || plan.decisions[i] !== undefined);
}

function document({ mismatches, counts, building }: Verification): object {
  const inFlux = building !== undefined;
  return { format: 'evalmake.verify', version: 1, mismatches, counts, inFlux };
}

function lines(mismatch: Mismatch, colors: Paint): string[] {
  const { code, task, path, subject, expected, found, message, downstream } = mismatch;
  const about = [task, path, subject].filter((word) => word !== undefined).map(printable);
  const out = [`${colors.red(code)}  ${about.join('  ')}`];
  if (message !== undefined) out.push(...message.split('\n').map((line) => `    ${printable(line)}`));
  if (expected !== undefined || found !== undefined)
    out.push(`    recorded ${shownValue(expected)}, found ${shownValue(found)}`);
  if (downstream !== undefined && downstream.count > 0) {
    const more = downstream.count - downstream.tasks.length;
    out.push(`    downstream: ${downstream.tasks.join(', ')}${more > 0 ? ` and ${more} more` : ''}`);
  }
  return out;
}

function closing({ mismatches, counts }: Verification): string {
  const { tasks, files, bytes, checks, stale, unrecorded } = counts;
  const seen = `${count(tasks, 'task')}, ${count(files, 'file')}, ${sizeText(bytes)}, ${count(checks, 'check')}`;
  const others = [
    ...(stale > 0 ? [`${stale} stale`] : []),
    ...(unrecorded > 0 ? [`${unrecorded} without a record`] : []),
  ];
  const rest = others.length === 0 ? '' : ` (${others.join(', ')})`;
  const n = mismatches.length;
  const result = n === 0 ? 'everything is as recorded' : n === 1 ? '1 mismatch' : `${n} mismatches`;
  return `evalmake: ${result}: ${seen}${rest}`;
}
