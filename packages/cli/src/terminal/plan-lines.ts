// Plan lines say before anything starts how much is to be done, and what a person must decide or set right.
import type { Event } from '@evalmake/core';
import { askAdvice, reasonLine } from '../explain.ts';
import { count, oneLine, type Paint } from '../style.ts';
import type { BuildState } from './build-state.ts';
import { type Eta, leftText } from './time-text.ts';

type Planned = Extract<Event, { event: 'planned' }>;

/** How many tasks of a target are shown that would cost more than may be spent. */
const shownDear = 3;

/** `evalmake: study, 34 tasks, 12 to build, about 8m`. */
export function openingLine({ pipeline, tasks, verdicts }: BuildState, eta: Eta | undefined): string {
  const { maybe = 0, blocked = 0, ask = 0, ...sure } = verdicts;
  const build = Object.values(sure).reduce((sum, n) => sum + n, 0);
  const parts = [
    oneLine(pipeline),
    count(tasks, 'task'),
    build > 0 || maybe === 0 ? `${build} to build` : '',
    maybe > 0 ? `${maybe} maybe` : '',
    blocked > 0 ? `${blocked} blocked` : '',
    ask > 0 ? `${ask} to decide` : '',
    leftText(eta).replace(/ left$/, ''),
  ];
  return `evalmake: ${parts.filter((part) => part !== '').join(', ')}`;
}

/** What cannot be built as it stands, with reasons and what to type. */
export function obstacles(event: Planned, { paint, verbose }: { paint: Paint; verbose: boolean }): string[] {
  const lines: string[] = [];
  const dear = new Map<string, number>();
  for (const task of event.tasks) {
    if (task.verdict !== 'ask' && !(task.verdict === 'blocked' && task.reasons.some((r) => r.root))) continue;
    // A target of many shards is one question of money, not one for each of them.
    if (task.reasons.some((r) => r.code === 'over-budget')) {
      const before = dear.get(task.target) ?? 0;
      dear.set(task.target, before + 1);
      if (before >= shownDear && !verbose) continue;
    }
    lines.push(`${paint.red(task.verdict)} ${oneLine(task.id)}`);
    for (const reason of task.reasons) lines.push(`    ${oneLine(reasonLine(reason))}`);
    if (task.verdict === 'ask')
      for (const line of askAdvice(task.id, task.reasons)) lines.push(`    ${oneLine(line)}`);
  }
  for (const [target, n] of dear)
    if (n > shownDear && !verbose)
      lines.push(`… and ${count(n - shownDear, 'more task')} of ${oneLine(target)} over budget`);
  return lines;
}
