// The failures: what failed or is blocked since the last build, with the end of its log, and the checks that results did not pass.
import { copyButton } from './copy.ts';
import { count, cut } from './format.ts';
import { type Content, type Html, html } from './html.ts';
import type { BuildReport, ReportTaskRun } from './model.ts';
import { lastRun } from './standing.ts';
import { outcomes } from './state.ts';
import { region, table } from './table.ts';

const shown = 50;

// Colours, movements of the cursor, links: what a terminal would have eaten.
const escapes = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\^_])/g;

function taskLink(report: BuildReport, ids: ReadonlyMap<string, number>, id: string): Html {
  const at = ids.get(id);
  const name = html`<bdi>${cut(id, 200)}</bdi>`;
  return at === undefined || report.tasks[at] === undefined ? name : html`<a href="#t-${at}">${name}</a>`;
}

function failureItem(report: BuildReport, ids: ReadonlyMap<string, number>, run: ReportTaskRun): Html {
  const tail = run.tail ?? [];
  const why =
    run.why.length === 0
      ? undefined
      : html`<dt>why it ran</dt><dd>${run.why.slice(0, 8).map((line) => html`<div>${line}</div>`)}</dd>`;
  const log =
    run.log === undefined
      ? undefined
      : html`<dt>log</dt><dd><code>${run.log}</code>${copyButton(run.log, 'Copy the path of the log')}</dd>`;
  const again = `evalmake build ${/^[\w@.,:/=-]+$/.test(run.task) ? run.task : `'${run.task.replaceAll("'", "'\\''")}'`}`;
  return html`<li class="failure edge-blocked"><h3><span class="pill s-blocked"><span aria-hidden="true">${outcomes[run.outcome].glyph}</span> ${outcomes[run.outcome].word}</span> ${taskLink(report, ids, run.task)}</h3>
${run.message === undefined ? undefined : html`<p class="message">${run.message}</p>`}<dl>${why}${log}<dt>again</dt><dd><code>${again}</code>${copyButton(again, 'Copy the command')}</dd></dl>${tail.length === 0 ? undefined : html`<pre class="log"${region(`End of the log of ${run.task}`)}>${tail.join('\n').replace(escapes, '')}</pre>`}</li>
`;
}

/** Checks of the results that stand which did not pass. */
function failedChecks(report: BuildReport): { task: number; id: string; message: string | undefined }[] {
  return report.tasks.flatMap(({ last }, task) =>
    (last?.checks ?? []).filter(({ passed }) => !passed).map(({ id, message }) => ({ task, id, message })),
  );
}

function checkTable(report: BuildReport): Content {
  const failed = failedChecks(report);
  if (failed.length === 0) return undefined;
  const rows = failed
    .slice(0, shown)
    .map(({ task, id, message }) => [
      html`<a href="#t-${task}"><bdi>${report.tasks[task]?.id}</bdi></a>`,
      html`<span class="key s-blocked">✗</span> <code>${id}</code>`,
      message ?? '',
    ]);
  const rest = failed.length - rows.length;
  const columns = ['task', 'check', ['grow', 'expected and found']] as const;
  return html`<div class="card">${table({ caption: 'Failed checks', columns, rows })}${rest > 0 ? html`<p class="note">${count(rest, 'more')} with their tasks.</p>` : undefined}</div>`;
}

/** The section. */
export function failureList(report: BuildReport): Html {
  const ids = new Map(report.tasks.map(({ id }, at) => [id, at]));
  const tasks = lastRun(report)?.tasks ?? [];
  const failed = tasks.filter(({ outcome }) => outcome === 'failed' || outcome === 'stopped');
  const blocked = tasks.filter(({ outcome }) => outcome === 'blocked');
  const checks = checkTable(report);
  const items = failed.slice(0, shown).map((run) => failureItem(report, ids, run));
  const rest = failed.length - items.length;
  const held = blocked
    .slice(0, 20)
    .map(({ task }, at) => html`${at > 0 ? ', ' : ''}${taskLink(report, ids, task)}`);
  const behind =
    blocked.length === 0
      ? undefined
      : html`<p class="note">${count(blocked.length, 'task')} blocked by these: ${held}${blocked.length > held.length ? ' and more' : ''}.</p>`;
  const { passed } = report.summary.checks;
  const calm =
    items.length === 0 && checks === undefined
      ? html`<p class="band s-fresh"><span aria-hidden="true">✓</span> Nothing failed in the last build${passed > 0 ? `, and ${passed === 1 ? 'the check passes' : `all ${passed} checks pass`}` : '; no target declares checks'}.</p>`
      : undefined;
  return html`${calm}${items.length === 0 ? undefined : html`<ul class="failures">${items}</ul>`}${rest > 0 ? html`<p class="note">${count(rest, 'more')} failed.</p>` : undefined}${behind}${checks}`;
}
