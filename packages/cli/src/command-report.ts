// `evalmake report`: builds the target "report" when there is one, then says what was built, and where it lies.
import { resolve } from 'node:path';
import type { Plan } from '@evalmake/core';
import { buildOnce } from './build-once.ts';
import { openFile } from './open-file.ts';
import type { Options } from './options.ts';
import { type Format, formatOf, renderReport } from './report/formats.ts';
import { reportOf } from './report-data.ts';
import { wholePipeline } from './select.ts';
import { openSession, planSession, Stopped } from './session.ts';
import { sizeText } from './style.ts';

/** Where the page goes that is only looked at. */
const pagePath = '.evalmake/report.html';

/** Runs the command; gives the exit code. */
export async function report(options: Options): Promise<number> {
  const format = formatOf(options);
  if (options.dryRun)
    return (await import('./command-build.ts')).build({ ...options, targets: await reportTargets(options) });
  if (options.noBuild) return show(options, format);
  const done = await buildOnce({ ...options, targets: await reportTargets(options) }, { where: whereReport });
  if (done.workspace === undefined || done.plan === undefined) return done.exit;
  // With --json the stream of events is the answer; `report --no-build --json` is the document.
  if (options.json && options.output === undefined) return done.exit;
  // When nothing ran, the closing line has said it all.
  if (!done.nothingRan || format !== 'text' || options.output !== undefined) {
    const shown = await show(options, format);
    return done.exit === 0 ? shown : done.exit;
  }
  return done.exit;
}

/** `report TARGET…` builds these; `report` alone builds the target of that name, or the default. */
async function reportTargets(options: Options): Promise<readonly string[]> {
  if (options.targets.length > 0) return options.targets;
  const session = await openSession(options, false);
  if (session instanceof Stopped) return [];
  return session.workspace.pipeline.targets.some((t) => t.name === 'report') ? ['report'] : [];
}

/** Where the result of the target "report" lies: the end of the closing line. */
function whereReport(plan: Plan): string {
  const index = plan.graph.byId.get('report');
  const record = index === undefined ? undefined : plan.decisions[index]?.record;
  if (record === undefined || plan.decisions[index as number]?.verdict !== 'fresh') return '';
  const paths = Object.values(record.outputs)
    .flat()
    .map((f) => f.path);
  return paths.length === 0 ? '' : `; the report: ${paths.join(', ')}`;
}

/** Renders the report of what is now: of the targets that were named, else of the whole pipeline. */
async function show(options: Options, format: Format): Promise<number> {
  const session = await openSession(options, false);
  if (session instanceof Stopped) return session.exit;
  const plan = await (options.targets.length > 0
    ? planSession(session)
    : planSession(session, wholePipeline));
  if (plan instanceof Stopped) return plan.exit;
  const made = await reportOf(session, plan);
  const text =
    format === 'html'
      ? await (await import('./page/page.ts')).renderPage(made)
      : await renderReport(made, { format, options });
  const output = options.output ?? (options.open ? resolve(session.workspace.root, pagePath) : '-');
  if (output === '-') {
    process.stdout.write(text);
    return 0;
  }
  const { writeAtomic } = await import('@evalmake/engine/disk');
  const path = resolve(options.dir, output);
  writeAtomic(path, text, false);
  const left = made.omitted.length === 0 ? '' : `; left out: ${made.omitted.join('; ')}`;
  const shown = options.output ?? pagePath;
  const size = sizeText(Buffer.byteLength(text));
  const opened = options.open && !(await openFile(path)) ? '; there is no program here that opens it' : '';
  process.stdout.write(`${shown} (${size}${left})${opened}\n`);
  return 0;
}

/** Shows the page of a whole pipeline to whoever watches it. */
export async function openReport(options: Options): Promise<void> {
  await show({ ...options, targets: [], json: false, output: undefined, open: true }, 'html');
}
