// A task in the page: one line that says how it stands, and below it reasons, outputs, history, parts, and how it was made.
import { copyButton } from './copy.ts';
import { cut, duration, moment, number, short, size, usd } from './format.ts';
import { type History, historySigns } from './history.ts';
import { type Content, type Html, html } from './html.ts';
import type { BuildReport, ReportOutput, ReportTask } from './model.ts';
import { provenance } from './provenance.ts';
import { pill } from './state.ts';
import { region, table } from './table.ts';

const shownOutputs = 40;
const shownParts = 200;

function digestText(sha256: string): Html {
  return html`<code class="digest" title="${sha256}">${short(sha256)}</code>${copyButton(sha256, 'Copy the digest')}`;
}

function foundText({ found, foundSha256 }: ReportOutput): Content {
  if (found === 'same') return html`<span class="key s-fresh">✓ as recorded</span>`;
  if (found === 'missing') return html`<span class="key s-blocked">✗ missing</span>`;
  return html`<span class="key s-blocked">✗ changed</span>${foundSha256 === undefined ? undefined : html` to ${digestText(foundSha256)}`}`;
}

function outputTable(task: ReportTask): Content {
  const outputs = task.last?.outputs ?? [];
  if (outputs.length === 0) return undefined;
  const rows = outputs
    .slice(0, shownOutputs)
    .map((output) => [
      html`<code>${output.path}</code>`,
      size(output.bytes),
      output.rows === undefined ? '' : number(output.rows),
      digestText(output.sha256),
      foundText(output),
    ]);
  const rest = outputs.length - rows.length;
  const columns = ['output', ['n', 'size'], ['n', 'rows'], 'SHA-256', 'found'] as const;
  return html`${table({ caption: `Outputs of ${task.id}`, quiet: true, columns, rows })}${rest > 0 ? html`<p class="note">and ${number(rest)} more</p>` : undefined}`;
}

function partList(task: ReportTask): Content {
  const parts = Object.entries(task.last?.parts ?? {});
  if (parts.length === 0) return undefined;
  const rows = parts
    .slice(0, shownParts)
    .map(([label, value]) => [html`<code>${label}</code>`, html`<code>${cut(value, 200)}</code>`]);
  const columns = ['part', 'value or digest'];
  return html`<details><summary>Made from ${parts.length} parts</summary>${table({ caption: `Parts of ${task.id}`, quiet: true, columns, rows })}</details>`;
}

/** Why it is not fresh, each in a line: its own causes, then what follows from others. */
export function reasonLines(report: BuildReport, task: ReportTask): string[] {
  const own = task.causes.flatMap((at) => {
    const cause = report.causes[at];
    if (cause === undefined) return [];
    const change =
      cause.was === undefined && cause.now === undefined
        ? ''
        : `: ${cut(cause.was ?? 'nothing', 60)} → ${cut(cause.now ?? 'nothing', 60)}`;
    return [cause.text + change];
  });
  return [...own, ...task.follows];
}

/** All that is known of a task, below its line. */
export function taskBody(report: BuildReport, index: number, history: History): Html {
  const task = report.tasks[index] as ReportTask;
  const { last } = task;
  const reasons = reasonLines(report, task);
  const text = provenance(report, task);
  const made =
    last === undefined
      ? html`<p class="note">It has no result yet.</p>`
      : html`<p class="facts">${last.adopted === undefined ? html`<span>made by run ${last.run}, ${moment(last.at)} UTC</span>` : html`<span>adopted, ${moment(last.at)} UTC: ${last.adopted}</span>`} <span>took ${duration(last.ms)}</span>${last.costUsd === undefined ? undefined : html` <span>cost ${usd(last.costUsd)}</span>`}${Object.entries(last.metrics ?? {}).map(([name, value]) => html` <span>${name} = ${String(value)}</span>`)}</p>`;
  const checks = (last?.checks ?? []).map(
    ({ id, passed, message }) =>
      html`<li class="key s-${passed ? 'fresh' : 'blocked'}">${passed ? '✓' : '✗'} <code>${id}</code> ${passed ? '' : (message ?? 'failed')}</li>`,
  );
  const needs = (task.needs ?? [])
    .slice(0, 12)
    .map((at) => html` <a href="#t-${at}"><bdi>${report.tasks[at]?.id}</bdi></a>`);
  return html`${reasons.length === 0 ? undefined : html`<ul class="reasons">${reasons.map((line) => html`<li>${line}</li>`)}</ul>`}${made}${outputTable(task)}${checks.length === 0 ? undefined : html`<ul class="checks" aria-label="Checks">${checks}</ul>`}${needs.length === 0 ? undefined : html`<p class="note">needs${needs}${(task.needs ?? []).length > 12 ? ' and more' : ''}</p>`}${historySigns(history, task.id)}${partList(task)}${text === '' ? undefined : html`<details class="made"><summary>How was this made</summary>${copyButton(text, 'Copy how it was made')}<pre${region(`How ${task.id} was made`)}>${text}</pre></details>`}`;
}

/** A task as one line that opens; what is below is filled when it is opened, unless it is given. */
export function taskLine(report: BuildReport, index: number, body: Content): Html {
  const task = report.tasks[index] as ReportTask;
  const { last } = task;
  const why = task.verdict === 'fresh' ? '' : cut(reasonLines(report, task)[0] ?? '', 100);
  return html`<details class="task" id="t-${index}" data-task="${index}"><summary>${pill(task.verdict)}<bdi class="name">${task.id}</bdi><span class="why">${why}</span><span class="n">${last === undefined ? '' : duration(last.ms)}</span><span class="n">${last?.costUsd === undefined ? '' : usd(last.costUsd)}</span></summary><div class="body">${body}</div></details>
`;
}
