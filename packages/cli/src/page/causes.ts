// The causes say why the workspace is not fresh: each said once, with what it was and is, where, what follows, and what to type.
import type { ReasonCode } from '@evalmake/core/reason';
import { copyButton } from './copy.ts';
import { count, cut, number, short, usd } from './format.ts';
import { type Content, type Html, html, join } from './html.ts';
import type { BuildReport, DiffPart, ReportCause } from './model.ts';
import { neverBuilt } from './standing.ts';
import { stale } from './state.ts';
import { region } from './table.ts';

const shownTasks = 6;
const shownCauses = 100;
const openCauses = 6;
const longValue = 80;

/** What a cause is about, for the colour of its edge and the words before it. */
function kindOf(code: ReasonCode): readonly [state: string, words: string] {
  if (/^(never-built|record-lost)$/.test(code)) return ['off', 'Never built'];
  if (/^(check-failed|previous-run|upstream-failed|input-missing|secret)/.test(code))
    return ['blocked', words(code)];
  if (/^output-/.test(code)) return ['waiting', words(code)];
  if (/^(paid|over-budget|outcome-unknown|keep|nondeterministic|frozen|upstream-asks)/.test(code))
    return ['ask', words(code)];
  if (/waits|attempt-open/.test(code)) return ['waiting', words(code)];
  if (code === 'disabled') return ['off', 'Off'];
  return ['run', words(code)];
}

function words(code: ReasonCode): string {
  const text = code.replaceAll('-', ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A digest, by its first digits; the pointer tells the rest. */
function digest(text: string, kind: 'del' | 'ins'): Html {
  const shown = short(text.slice('sha256:'.length));
  return kind === 'del'
    ? html`<del title="${text}"><code>${shown}</code></del>`
    : html`<ins title="${text}"><code>${shown}</code></ins>`;
}

/** A value that may be long: its beginning, and all of it on demand. */
function value(text: string, kind: 'del' | 'ins'): Html {
  if (/^sha256:[0-9a-f]{64}$/.test(text)) return digest(text, kind);
  const shown = cut(text, longValue);
  const tagged = (inner: string): Html =>
    kind === 'del' ? html`<del><code>${inner}</code></del>` : html`<ins><code>${inner}</code></ins>`;
  if (shown === text) return tagged(text);
  return html`<details class="long"><summary>${tagged(shown)}</summary>${tagged(text)}</details>`;
}

function change({ was, now, diff, sizes }: ReportCause): Content {
  if (diff !== undefined && diff.length > 0) return differences(diff);
  if (was === undefined && now === undefined) return undefined;
  const before = was === undefined ? html`<span class="none">nothing</span>` : value(was, 'del');
  const after = now === undefined ? html`<span class="none">nothing</span>` : value(now, 'ins');
  return html`<div class="change"><span class="sr">was </span>${before} <span aria-hidden="true">→</span><span class="sr"> is now </span> ${after}${sizes === undefined ? undefined : html`, ${sizes[0]} → ${sizes[1]}`}</div>`;
}

/** Two texts held against each other, word by word. */
function differences(diff: readonly DiffPart[]): Html {
  const parts = diff.map(({ kind, text }) =>
    kind === 'gone'
      ? html`<del>${text}</del>`
      : kind === 'new'
        ? html`<ins>${text}</ins>`
        : html`<span>${text}</span>`,
  );
  return html`<pre class="diff"${region('What changed')}>${parts}</pre>`;
}

function holdsFor({ tasks }: BuildReport, cause: ReportCause): Html {
  const links = cause.tasks
    .slice(0, shownTasks)
    .map((at) => html`<a href="#t-${at}"><bdi>${tasks[at]?.id}</bdi></a>`);
  const rest = cause.tasks.length - links.length;
  const more = rest > 0 ? html` and ${number(rest)} more` : undefined;
  return html`<p class="holds"><b>${count(cause.tasks.length, 'task')}</b>: ${join(links, ', ')}${more}</p>`;
}

/** What it is; the kind is said apart where the words do not begin with it. */
function title(kind: string, text: string): Html {
  const first = kind.split(' ')[0]?.toLowerCase() ?? '';
  if (text.toLowerCase().startsWith(first)) return html`<bdi class="kind">${text}</bdi>`;
  return html`<span class="kind">${kind}</span> <bdi>${text}</bdi>`;
}

function causeItem(report: BuildReport, cause: ReportCause): Html {
  const [state, kind] = kindOf(cause.code);
  const facts: Content[] = [
    cause.where === undefined ? undefined : html`<span>at <code>${cause.where}</code></span>`,
    cause.downstream === 0
      ? undefined
      : html`<span>${count(cause.downstream, 'more task')} ${cause.downstream === 1 ? 'follows' : 'follow'} from it</span>`,
    cause.usd === undefined ? undefined : html`<span>costs ${usd(cause.usd)}</span>`,
  ].filter((fact) => fact !== undefined);
  const advice = cause.advice.map(
    (line) => html`<li><code>${line}</code>${copyButton(line, 'Copy this advice')}</li>`,
  );
  return html`<li class="cause edge-${state}">
<div class="says"><h3>${title(kind, cause.text)}</h3>${change(cause)}</div>
<div class="facts">${holdsFor(report, cause)}${facts}</div>${advice.length === 0 ? undefined : html`<ul class="advice" aria-label="What you can type">${advice}</ul>`}
</li>`;
}

/** What stands there when there is nothing to explain. */
function calm(report: BuildReport): Html {
  const last = report.runs.at(-1);
  return html`<p class="band s-fresh"><span aria-hidden="true">✓</span> Everything matches its record${last === undefined ? '.' : ` since run ${last.run}.`}</p>`;
}

/** The section. */
export function causes(report: BuildReport): Html {
  const open = stale(report.summary.verdicts);
  if (report.summary.tasks === 0)
    return html`<p class="band s-off">No target is defined yet: <code>evalmake init</code> starts a pipeline.</p>`;
  if (open === 0) return calm(report);
  const first = neverBuilt(report)
    ? html`<p class="band s-off">Nothing has been built yet. ${count(report.summary.tasks, 'task')} ${report.summary.tasks === 1 ? 'is' : 'are'} defined: <code>evalmake build</code>${copyButton('evalmake build', 'Copy the command')}</p>`
    : undefined;
  return html`${first}${causeList(report)}`;
}

/** The causes of most tasks at once, the others on demand. */
function causeList(report: BuildReport): Html {
  const items = report.causes.slice(0, shownCauses).map((cause) => causeItem(report, cause));
  const [open, folded] = [items.slice(0, openCauses), items.slice(openCauses)];
  const rest = report.causes.length - items.length;
  const more = html`<details class="more"><summary>${count(folded.length, 'more cause')}</summary><ol class="causes" start="${openCauses + 1}">${folded}</ol></details>`;
  return html`<ol class="causes">${open}</ol>${folded.length === 0 ? undefined : more}${rest > 0 ? html`<p class="note">${count(rest, 'more cause')}, each told with its tasks below.</p>` : undefined}`;
}
