// The head of the page: what the browser is told first, and the header that stays in sight, with the state before all else.
import { moment } from './format.ts';
import { type Html, html } from './html.ts';
import type { BuildReport } from './model.ts';
import { lastRun, type Standing } from './standing.ts';

/** A section that can be jumped to. */
export interface Jump {
  readonly id: string;
  readonly title: string;
}

/** Colours of the icon by state, which stands in no style sheet. */
const colors: Readonly<Record<string, string>> = {
  fresh: '%230b7a55',
  run: '%23b26a00',
  ask: '%2396368f',
  waiting: '%235a4fb8',
  blocked: '%23b3301a',
  off: '%235d626c',
};

/** Shapes of the icon by state: told apart without colour. */
const shapes: Readonly<Record<string, string>> = {
  fresh: "<path d='M4 8.5l3 3 5-6' fill='none' stroke='white' stroke-width='2'/>",
  run: "<path d='M11.5 6A4 4 0 1 0 12 9M12 3v3H9' fill='none' stroke='white' stroke-width='1.8'/>",
  ask: "<path d='M6 6q0-2 2-2t2 2q0 1-2 2v1.5M8 11v1.5' fill='none' stroke='white' stroke-width='1.8'/>",
  waiting:
    "<circle cx='8' cy='8' r='3.5' fill='none' stroke='white' stroke-width='1.8' stroke-dasharray='2 2'/>",
  blocked: "<path d='M5 5l6 6M11 5l-6 6' fill='none' stroke='white' stroke-width='2'/>",
  off: "<path d='M4 8h8' stroke='white' stroke-width='2'/>",
};

function icon({ verdict }: Standing): string {
  const body =
    verdict === 'fresh'
      ? `<circle cx='8' cy='8' r='8' fill='${colors[verdict]}'/>`
      : `<rect width='16' height='16' rx='3' fill='${colors[verdict]}'/>`;
  const svg = `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'>${body}${shapes[verdict]}</svg>`;
  return `data:image/svg+xml,${svg.replaceAll('<', '%3C').replaceAll('>', '%3E')}`;
}

/** What stands before the style sheet. */
export function metadata(report: BuildReport, standing: Standing, policy: string): Html {
  return html`<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${standing.title} · ${report.pipeline}</title>
<link rel="icon" href="${icon(standing)}">`;
}

/** The header with its jump links. */
export function header(report: BuildReport, standing: Standing, jumps: readonly Jump[]): Html {
  const last = lastRun(report);
  const built = last === undefined ? undefined : html`<span>run ${last.run} · ${moment(last.at)} UTC</span>`;
  return html`<a class="skip" href="#main">Skip to the report</a>
<header>
<div class="wide">
<h1><bdi>${report.pipeline}</bdi></h1>
<span class="pill big s-${standing.verdict}"><span aria-hidden="true">${standing.glyph}</span> ${standing.says}</span>
<p class="about">${built}<span><code>${report.file}</code></span></p>
</div>
<nav aria-label="Sections"><div class="wide">${jumps.map(({ id, title }) => html`<a href="#${id}">${title}</a>`)}</div></nav>
</header>`;
}
