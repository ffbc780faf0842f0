// A Frame is the live area of a build as lines of text: what waits, what runs, longest first, and one line of sums.
import { money, moneyText } from '@evalmake/core';
import { oneLine, type Paint } from '../style.ts';
import { type BuildState, familyOf, type RunningTask, targetOf, type WaitingTask } from './build-state.ts';
import { cutEnd, cutMiddle, displayWidth, padTo } from './display-width.ts';
import type { Glyphs } from './glyphs.ts';
import { type Eta, leftText, shortTime } from './time-text.ts';

/** What a frame is drawn for. */
export interface FrameView {
  readonly columns: number;
  readonly rows: number;
  /** Milliseconds since its user began to wait. */
  readonly nowMs: number;
  readonly paint: Paint;
  readonly glyphs: Glyphs;
  readonly eta?: Eta | undefined;
  /** Targets with more open tasks than this are one line. */
  readonly foldAbove: number;
}

/** One line of the live area before it is laid out. */
interface Entry {
  readonly kind: 'running' | 'waiting';
  readonly name: string;
  readonly ms: number;
  readonly done?: number;
  readonly of?: number;
  readonly text: string;
  /** Of a family: those of its tasks that are worth a line of their own, where there is room. */
  readonly members?: readonly Entry[];
}

/** A command that is silent for so long is said to be. */
const silentMs = 30_000;
/** A task of a family gets a line of its own when it has run for so long. */
const slowMs = 10_000;
const mostShown = 999_999_999;

/** The lines of the live area: at most two fewer than the terminal has, each narrower than it. None when nothing goes on. */
export function frame(state: BuildState, view: FrameView): string[] {
  if (!state.going) return [];
  const room = Math.max(0, view.rows - 3);
  const running = runningEntries(state, view);
  const waiting = waitingEntries(state, view);
  const forWaiting = Math.max(room - running.length, waiting.length > 0 && room >= 3 ? 1 : 0);
  const above = waiting.slice(0, forWaiting);
  const below = running.slice(0, room - above.length);
  const shown = [...above, ...withMembers(below, room - above.length - below.length)];
  return [...layOut(shown, view), statusLine(state, view)];
}

const byAge = (a: Entry, b: Entry): number => b.ms - a.ms;

function runningEntries(state: BuildState, view: FrameView): Entry[] {
  const entries: Entry[] = [];
  const folded = new Map<string, RunningTask[]>();
  for (const one of state.running.values()) {
    const family = familyOf(state, one.task);
    if (family.size <= view.foldAbove) entries.push(runningEntry(one, view));
    else folded.set(family.target, [...(folded.get(family.target) ?? []), one]);
  }
  for (const [target, tasks] of folded) {
    const { size, settled, sinceMs = view.nowMs } = familyOf(state, target);
    const members = tasks
      .filter((t) => t.progress !== undefined || view.nowMs - t.sinceMs >= slowMs)
      .map((t) => runningEntry(t, view))
      .sort(byAge);
    const text = `${tasks.length} at a time`;
    const name = oneLine(target);
    entries.push({ kind: 'running', name, ms: view.nowMs - sinceMs, done: settled, of: size, text, members });
  }
  return entries.sort(byAge);
}

function runningEntry({ task, sinceMs, progress, attempt }: RunningTask, { nowMs }: FrameView): Entry {
  const again = attempt > 1 ? `attempt ${attempt}` : '';
  const base = { kind: 'running', name: oneLine(task), ms: nowMs - sinceMs, text: again } as const;
  if (progress === undefined) return base;
  const silent = nowMs - progress.atMs;
  const text = [oneLine(progress.text), silent < silentMs ? '' : `(silent ${shortTime(silent)})`, again];
  return { ...base, done: progress.done, of: progress.of, text: text.filter((t) => t !== '').join(' ') };
}

function waitingEntries(state: BuildState, view: FrameView): Entry[] {
  const entries: Entry[] = [];
  const folded = new Map<string, WaitingTask[]>();
  for (const one of state.waiting.values()) {
    if (familyOf(state, one.task).size <= view.foldAbove)
      entries.push(waitingEntry(oneLine(one.task), one, view));
    else folded.set(targetOf(one.task), [...(folded.get(targetOf(one.task)) ?? []), one]);
  }
  for (const [target, [first, ...rest]] of folded)
    if (first !== undefined)
      entries.push(
        waitingEntry(`${oneLine(target)}${rest.length > 0 ? ` (${rest.length + 1})` : ''}`, first, view),
      );
  return entries.sort(byAge);
}

function waitingEntry(name: string, { sinceMs, until, text, jobs }: WaitingTask, view: FrameView): Entry {
  const names = jobs.map((job) => oneLine(`${job.provider} ${job.id}`)).join(', ');
  const again = `looked at again at ${until.slice(11, 16)} UTC`;
  const parts = [names, oneLine(text), again].filter((part) => part !== '');
  return { kind: 'waiting', name, ms: view.nowMs - sinceMs, text: parts.join(view.glyphs.between) };
}

/** Puts below each family those of its tasks for which there is room, the longest running of all first. */
function withMembers(entries: readonly Entry[], room: number): Entry[] {
  const all = entries.flatMap((e) => e.members ?? []).sort(byAge);
  const chosen = new Set(all.slice(0, Math.max(0, room)));
  return entries.flatMap((entry) => [
    entry,
    ...(entry.members ?? []).filter((m) => chosen.has(m)).map((m) => ({ ...m, name: `  ${m.name}` })),
  ]);
}

const countsText = ({ done, of }: Entry): string =>
  done === undefined || of === undefined ? '' : `${Math.min(done, mostShown)}/${ofText(of)}`;

const ofText = (of: number): string => (of > mostShown ? '?' : String(of));

/** Lays lines out in columns: sign, name, bar, counts, time, text. */
function layOut(entries: readonly Entry[], view: FrameView): string[] {
  const { glyphs, columns, paint } = view;
  const signWidth = Math.max(glyphs.running.length, glyphs.waiting.length) + 1;
  const counts = Math.max(0, ...entries.map((e) => (e.of === undefined ? 0 : 2 * ofText(e.of).length + 1)));
  const room = Math.max(1, columns - 1 - signWidth);
  const left = room - 7 - (counts === 0 ? 0 : counts + 1);
  const bar = counts === 0 ? 0 : left >= 48 ? 16 : left >= 28 ? 8 : 0;
  const longest = Math.max(0, ...entries.map((e) => displayWidth(e.name)));
  const forText = columns >= 60 && entries.some((e) => e.text !== '') ? 12 : 0;
  const name = Math.min(longest, Math.max(6, left - (bar === 0 ? 0 : bar + 1) - forText));
  return entries.map((entry) => {
    const sign = padTo(glyphs[entry.kind], signWidth);
    const head = [
      padTo(cutMiddle(entry.name, name, glyphs.cut), name),
      ...(bar === 0 ? [] : [barText(entry, bar, glyphs)]),
      ...(counts === 0 ? [] : [countsText(entry).padStart(counts)]),
      shortTime(entry.ms).padStart(6),
    ].join(' ');
    const text = entry.text === '' ? '' : `  ${entry.text}`;
    const line = cutEnd(head + text, room, glyphs.cut);
    const color = entry.kind === 'running' ? paint.cyan : paint.yellow;
    const split = Math.min(head.length, line.length);
    return color(sign) + line.slice(0, split) + (split < line.length ? paint.dim(line.slice(split)) : '');
  });
}

function barText({ done, of }: Entry, width: number, { full, empty }: Glyphs): string {
  if (done === undefined || of === undefined) return ' '.repeat(width);
  const share = of > 0 ? Math.min(1, done / of) : 0;
  const filled = Math.floor((Number.isFinite(share) ? share : 0) * width);
  return full.repeat(filled) + empty.repeat(width - filled);
}

/** The sums. When they do not fit, what can be missed most easily goes first. */
function statusLine(state: BuildState, view: FrameView): string {
  const { paint, glyphs } = view;
  const { size: done } = state.settled;
  const failed = state.failures.size;
  const parts: { text: string; color?: (text: string) => string; rank: number }[] = [
    { text: `[${done}/${Math.max(state.total, done)}]`, rank: 9 },
    { text: `${state.running.size} running`, rank: 5 },
    { text: state.waiting.size === 0 ? '' : `${state.waiting.size} waiting`, rank: 4 },
    failed === 0 ? { text: '0 failed', rank: 1 } : { text: `${failed} failed`, color: paint.red, rank: 8 },
    { text: state.spentUsd === 0 ? '' : moneyText(money(state.spentUsd)), rank: 3 },
    { text: shortTime(view.nowMs), rank: 6 },
    { text: leftText(view.eta), rank: 7 },
  ];
  let shown = parts.filter(({ text }) => text !== '');
  // Room for the ^C that a terminal echoes: it must not wrap.
  const room = Math.max(1, view.columns - 3);
  const sum = (): number =>
    shown.reduce((n, { text }) => n + displayWidth(text), 0) + (shown.length - 2) * glyphs.between.length + 1;
  while (shown.length > 1 && sum() > room) {
    const least = Math.min(...shown.map(({ rank }) => rank));
    shown = shown.filter(({ rank }) => rank !== least);
  }
  const [head, ...rest] = shown;
  if (head === undefined) return '';
  const sums = rest.map(({ text, color }) => (color === undefined ? text : color(text)));
  return `${paint.bold(cutEnd(head.text, room, glyphs.cut))} ${sums.join(glyphs.between)}`.trimEnd();
}
