// Showing a report: of the state of now, in the form that was asked for, on the screen or in a file.
import { resolve } from 'node:path';
import { openFile } from './open-file.ts';
import type { Options } from './options.ts';
import { type Format, renderReport } from './report/formats.ts';
import { reportOf } from './report-data.ts';
import { standing } from './select.ts';
import { openSession, planSession, Stopped } from './session.ts';
import { sizeText } from './style.ts';

/** Where the page goes that is only looked at. */
const pagePath = '.evalmake/report.html';

/** Renders the report of what is now: of the targets that were named, else of the whole pipeline. */
export async function showReport(options: Options, format: Format): Promise<number> {
  const session = await openSession(options, false);
  if (session instanceof Stopped) return session.exit;
  const { records } = session.workspace.world;
  const plan = await (options.targets.length > 0
    ? planSession(session)
    : planSession(
        session,
        standing((id) => records.journal(id).length > 0),
      ));
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
  await showReport({ ...options, targets: [], json: false, output: undefined, open: true }, 'html');
}
