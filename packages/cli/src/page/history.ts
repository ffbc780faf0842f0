// The history of tasks: what each of the last builds did with each task.
import { originText } from '@evalmake/core/origin';
import { usd } from './format.ts';
import { type Html, html } from './html.ts';
import type { ReportRun, ReportTaskRun } from './model.ts';
import { outcomes } from './state.ts';

/** By task: what each of the builds did with it, oldest first. */
export type History = ReadonlyMap<string, readonly (readonly [run: number, did: ReportTaskRun])[]>;

export function historyOf(runs: readonly ReportRun[]): History {
  const out = new Map<string, [number, ReportTaskRun][]>();
  for (const { run, tasks = [] } of runs)
    for (const did of tasks) {
      const known = out.get(did.task);
      if (known === undefined) out.set(did.task, [[run, did]]);
      else known.push([run, did]);
    }
  return out;
}

const looks = (did: ReportTaskRun): string =>
  did.outcome === 'failed'
    ? 's-blocked'
    : did.outcome === 'ran'
      ? did.changed === false
        ? 's-off'
        : 's-recheck'
      : 's-off';

/** A sign for each build that dealt with the task. */
export function historySigns(history: History, task: string): Html {
  const all = history.get(task) ?? [];
  if (all.length === 0) return html`<p class="note">None of the last builds dealt with it.</p>`;
  return html`<div class="signs"><span class="dim">last builds</span><ol>${all.map(([run, did]) => {
    const { glyph, word } = outcomes[did.outcome];
    const from = did.origin === undefined ? '' : ` ${originText(did.origin)}`;
    const same = did.outcome === 'ran' && did.changed === false;
    const says = `run ${run}: ${word}${from}${same ? ', the output came out equal' : ''}${did.paidUsd ? `, paid ${usd(did.paidUsd)}` : ''}`;
    return html`<li class="${looks(did)}" title="${says}"><span aria-hidden="true">${same ? '=' : glyph}</span><span class="sr">${says}</span></li>`;
  })}</ol></div>`;
}
