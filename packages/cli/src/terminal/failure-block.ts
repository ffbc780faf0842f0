// A failure block tells one failure whole: what failed, why it ran, the end of its log, what it blocks, how to run it again.
import type { Reason } from '@evalmake/core';
import { reasonLine } from '../explain.ts';
import { count, oneLine, type Paint, uncoloured } from '../style.ts';
import type { BuildState, Failure } from './build-state.ts';

/** How failures are told. */
export interface FailureLook {
  readonly paint: Paint;
  /** The path of a log as it is shown: as text, or as a link. */
  readonly link: (path: string) => string;
  /** What to type to run a task again. */
  readonly again: (task: string) => string;
  /** Makes a line safe for where it is shown. */
  readonly safe: (line: string) => string;
  /** What stands around the lines that a command printed. */
  readonly quote: (task: string, lines: readonly string[]) => readonly string[];
}

const shownBlocked = 3;

/** Why a task runs, in one line. */
export function whyText(reasons: readonly Reason[]): string {
  const first = reasons[0];
  if (first === undefined) return '';
  return `${reasonLine(first)}${reasons.length > 1 ? ` (and ${reasons.length - 1} more)` : ''}`;
}

/** The lines of one failure. */
export function failureBlock(
  { event, reasons, attempt }: Failure,
  blocked: readonly string[],
  look: FailureLook,
): string[] {
  const { paint } = look;
  const [first = '', ...more] = event.message.split('\n');
  const why = `${oneLine(whyText(reasons))}${attempt > 1 ? `; attempt ${attempt}` : ''}`;
  const tail = (event.tail ?? []).map(uncoloured);
  const names = blocked.slice(0, shownBlocked).map(oneLine).join(', ');
  const rest = blocked.length > shownBlocked ? ', …' : '';
  const head = [
    `${paint.red('FAILED')} ${paint.bold(oneLine(event.task))}: ${oneLine(first)}`,
    ...more.map((line) => `    ${oneLine(line)}`),
    ...(reasons.length === 0 ? [] : [paint.dim(`    why it ran: ${why}`)]),
    ...(event.log === undefined ? [] : [paint.dim(`    log: ${look.link(event.log)}`)]),
  ];
  const foot = [
    ...(blocked.length === 0 ? [] : [`    blocks ${count(blocked.length, 'task')}: ${names}${rest}`]),
    `    again: ${oneLine(look.again(event.task))}`,
  ];
  const quote = tail.length === 0 ? [] : look.quote(event.task, tail);
  return [...head.map(look.safe), ...quote, ...foot.map(look.safe)];
}

/** The lines of a command's output as they are quoted. */
export function quoted(lines: readonly string[]): string[] {
  return lines.map((line) => `    │ ${line}`);
}

/** Which tasks each failed one keeps from being built: directly, or by another that is blocked. */
export function blockedByFailures(state: BuildState): Map<string, string[]> {
  const causes = new Map<string, ReadonlySet<string>>();
  const causesOf = (task: string): ReadonlySet<string> => {
    if (state.failures.has(task)) return new Set([task]);
    const known = causes.get(task);
    if (known !== undefined) return known;
    causes.set(task, new Set());
    const found = new Set((state.blockedBy.get(task) ?? []).flatMap((need) => [...causesOf(need)]));
    causes.set(task, found);
    return found;
  };
  const blocked = new Map<string, string[]>();
  for (const task of state.blockedBy.keys()) {
    for (const cause of state.failures.has(task) ? [] : causesOf(task)) {
      const list = blocked.get(cause);
      if (list === undefined) blocked.set(cause, [task]);
      else list.push(task);
    }
  }
  return blocked;
}
