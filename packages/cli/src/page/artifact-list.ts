// The artifacts: every published file with its digest, those that are the same, and files that no task owns.

import { copyButton } from './copy.ts';
import { count, number, short, size } from './format.ts';
import { type Content, type Html, html } from './html.ts';
import type { BuildReport, ReportOutput } from './model.ts';
import { table } from './table.ts';

const shown = 40;

interface Artifact {
  readonly task: number;
  readonly output: ReportOutput;
}

const foundWords = {
  same: html`<span class="key s-fresh">✓ same</span>`,
  changed: html`<span class="key s-blocked">✗ changed</span>`,
  missing: html`<span class="key s-blocked">✗ missing</span>`,
};

function artifactTable(report: BuildReport, artifacts: readonly Artifact[]): Html {
  const rows = artifacts.map(({ task, output }) => [
    html`<code>${output.path}</code>`,
    html`<a href="#t-${task}"><bdi>${report.tasks[task]?.id}</bdi></a>`,
    size(output.bytes),
    html`<code class="digest" title="${output.sha256}">${short(output.sha256)}</code>${copyButton(output.sha256, 'Copy the digest')}`,
    foundWords[output.found],
  ]);
  const columns = ['path', 'task', ['n', 'size'], 'SHA-256', 'found'] as const;
  return table({ caption: 'Artifacts', quiet: true, columns, rows });
}

/** Files of one content under several names, most bytes first. */
function duplicates(artifacts: readonly Artifact[]): Content {
  const groups = new Map<string, ReportOutput[]>();
  for (const { output } of artifacts)
    groups.set(output.sha256, [...(groups.get(output.sha256) ?? []), output]);
  const many = [...groups.values()].filter((group) => group.length > 1);
  if (many.length === 0) return undefined;
  const waste = (group: readonly ReportOutput[]): number => (group.length - 1) * (group[0]?.bytes ?? 0);
  many.sort((a, b) => waste(b) - waste(a));
  const items = many
    .slice(0, 12)
    .map(
      (group) =>
        html`<li>${number(group.length)} times ${size(group[0]?.bytes ?? 0)}: ${group.slice(0, 4).map(({ path }, at) => html`${at > 0 ? ', ' : ''}<code>${path}</code>`)}${group.length > 4 ? ' and more' : ''}</li>`,
    );
  return html`<details><summary>${count(many.length, 'content')} under several names</summary><ul>${items}</ul></details>`;
}

function orphans({ files }: BuildReport): Content {
  if (files.orphans.length === 0)
    return html`<p class="note">Every file in the folders of outputs belongs to a task.</p>`;
  const items = files.orphans
    .slice(0, shown)
    .map(
      ({ path, bytes, why }) =>
        html`<li><code>${path}</code> <span class="dim">${size(bytes)}, ${why}</span></li>`,
    );
  const rest = files.orphans.length - items.length;
  return html`<details open><summary>${count(files.orphans.length, 'file')} that no task owns</summary><ul>${items}</ul>${rest > 0 ? html`<p class="note">and ${number(rest)} more: <code>evalmake orphans</code></p>` : undefined}</details>`;
}

/** The section. */
export function artifactList(report: BuildReport): Html {
  const all: Artifact[] = report.tasks.flatMap(({ last }, task) =>
    (last?.outputs ?? []).map((output) => ({ task, output })),
  );
  const odd = all.filter(({ output }) => output.found !== 'same');
  const others = all
    .filter(({ output }) => output.found === 'same')
    .sort((a, b) => b.output.bytes - a.output.bytes || a.task - b.task);
  const rows = [...odd, ...others].slice(0, Math.max(shown, Math.min(odd.length, 2 * shown)));
  const rest = all.length - rows.length;
  const { count: files, bytes } = report.files;
  const lead = html`<p class="lead"><b>${count(files, 'file')}</b>, <b>${size(bytes)}</b>${odd.length > 0 ? html`; ${count(odd.length, 'file')} not as recorded` : all.length > 0 ? ', all as recorded' : undefined}.</p>`;
  return html`<div class="card">${lead}${all.length === 0 ? html`<p class="note">No results are recorded yet.</p>` : artifactTable(report, rows)}${rest > 0 ? html`<p class="note">The largest are shown; ${number(rest)} more stand with their tasks.</p>` : undefined}${duplicates(all)}${orphans(report)}</div>`;
}
