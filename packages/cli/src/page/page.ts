// The page is the build report as one HTML file that needs no other: server-rendered, styled, and with its data inside.
import { createHash } from 'node:crypto';
import { script, stylesheet } from '../generated/page-assets.ts';
import { artifactList } from './artifact-list.ts';
import { causes } from './causes.ts';
import { configTable } from './config-table.ts';
import { costTable } from './cost-table.ts';
import { failureList } from './failure-list.ts';
import { familyList } from './family-list.ts';
import { foot } from './foot.ts';
import { forecast } from './forecast.ts';
import { graph } from './graph.ts';
import { header, metadata } from './head.ts';
import { type Content, Html, html, textOf } from './html.ts';
import type { BuildReport } from './model.ts';
import { pageData } from './page-data.ts';
import { runList } from './run-list.ts';
import { standingOf } from './standing.ts';
import { stale } from './state.ts';
import { tiles } from './tiles.ts';
import { timeline } from './timeline.ts';
import { trimmedReport } from './trimmed-report.ts';

// The picture lies in the same library: it is drawn with the same code.
export { drawPicture } from './picture.ts';

/** How a page is made. */
export interface PageOptions {
  /** Light or dark for all who read it, else as their system has it. */
  readonly theme?: 'auto' | 'light' | 'dark';
}

interface Section {
  readonly id: string;
  /** As the jump links name it. */
  readonly jump: string;
  readonly title: string;
  readonly content: Content;
}

function digestOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** Nothing may be loaded; the one style and the one script are named by their digests. */
function policy(): string {
  return `default-src 'none'; style-src ${digestOf(stylesheet)}; script-src ${digestOf(script)}; img-src data:; base-uri 'none'; form-action 'none'`;
}

async function sectionsOf(report: BuildReport): Promise<Section[]> {
  const fresh = stale(report.summary.verdicts) === 0;
  const last = report.runs.findLast((run) => run.tasks !== undefined);
  return [
    { id: 'why', jump: 'Why', title: fresh ? 'Fresh' : 'Why it is not fresh', content: causes(report) },
    { id: 'next', jump: 'Next', title: 'What a build would do', content: forecast(report) },
    { id: 'graph', jump: 'Graph', title: 'Graph', content: await graph(report) },
    {
      id: 'timeline',
      jump: 'Timeline',
      title: last === undefined ? 'Timeline' : `Timeline, run ${last.run}`,
      content: timeline(report.runs),
    },
    { id: 'runs', jump: 'Runs', title: 'Runs', content: runList(report) },
    { id: 'failures', jump: 'Failures', title: 'Failures and checks', content: failureList(report) },
    { id: 'costs', jump: 'Costs', title: 'Costs', content: costTable(report) },
    { id: 'targets', jump: 'Targets', title: 'Targets', content: familyList(report) },
    { id: 'artifacts', jump: 'Artifacts', title: 'Artifacts', content: artifactList(report) },
    { id: 'config', jump: 'Config', title: 'Config', content: configTable(report) },
  ];
}

/** Renders the report. The same report gives the same bytes. */
export async function renderPage(whole: BuildReport, options: PageOptions = {}): Promise<string> {
  const report = trimmedReport(whole);
  const standing = standingOf(report);
  const sections = await sectionsOf(report);
  const theme =
    options.theme === undefined || options.theme === 'auto'
      ? undefined
      : html` data-theme="${options.theme}"`;
  const jumps = sections.map(({ id, jump }) => ({ id, title: jump }));
  const body = sections.map(
    ({ id, title, content }) => html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${content}
</section>
`,
  );
  const page = html`<!DOCTYPE html>
<html lang="en"${theme}>
<head>
${metadata(report, standing, policy())}
<style>${new Html(stylesheet)}</style>
</head>
<body>
${header(report, standing, jumps)}
<main id="main" class="wide" tabindex="-1">
${tiles(report)}
${body}
</main>
${foot(report)}
${pageData(report)}
<script>${new Html(script)}</script>
</body>
</html>
`;
  return textOf(page);
}
