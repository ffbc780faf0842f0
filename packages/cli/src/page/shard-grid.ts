// The shard grid shows where in a family the tasks stand that are not fresh: a square each, its shape by state.
import type { Verdict } from '@evalmake/core/decision';
import { type Html, html } from './html.ts';
import type { BuildReport, ReportFamily } from './model.ts';
import { countsText, verdicts } from './state.ts';

/** Squares in a row, and the distance from one to the next. */
export const columns = 72;
export const pitch = 13;

/** Shapes in a square of 11: told apart without colour. */
const shapes: Readonly<Partial<Record<Verdict, string>>> = {
  fresh: 'h11v11h-11z',
  off: 'm0 5h11v1h-11z',
  blocked: 'l2-2 3.5 3.5 3.5-3.5 2 2-3.5 3.5 3.5 3.5-2 2-3.5-3.5-3.5 3.5-2-2 3.5-3.5z',
};
const ring = 'h11v11h-11zm3 3v5h5v-5z';

/** One path for each verdict: a thousand squares in some kilobytes. */
export function shardGrid(report: BuildReport, family: ReportFamily, index: number): Html {
  const { tasks, name, verdicts: counts } = family;
  const paths = new Map<Verdict, string>();
  for (const [at, task] of tasks.entries()) {
    const verdict = report.tasks[task]?.verdict ?? 'off';
    const dy = verdict === 'blocked' ? 2 : 0;
    const start = `M${(at % columns) * pitch} ${Math.floor(at / columns) * pitch + dy}`;
    paths.set(verdict, (paths.get(verdict) ?? '') + start + (shapes[verdict] ?? ring));
  }
  const width = Math.min(tasks.length, columns) * pitch;
  const height = Math.ceil(tasks.length / columns) * pitch;
  const drawn = verdicts.flatMap((verdict) => {
    const path = paths.get(verdict);
    return path === undefined ? [] : [html`<path class="f-${verdict}" d="${path}"/>`];
  });
  return html`<svg class="shards" data-family="${index}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="The ${tasks.length} tasks of ${name} in order: ${countsText(counts)}">${drawn}</svg>`;
}
