// `evalmake report`: builds the target "report" when there is one, then says what was built, and where it lies.
import type { Plan } from '@evalmake/core';
import { buildOnce } from './build-once.ts';
import type { Options } from './options.ts';
import { formatOf } from './report/formats.ts';
import { openSession, Stopped } from './session.ts';
import { showReport } from './show-report.ts';

/** Runs the command; gives the exit code. */
export async function report(options: Options): Promise<number> {
  const format = formatOf(options);
  if (options.dryRun)
    return (await import('./command-build.ts')).build({ ...options, targets: await reportTargets(options) });
  if (options.noBuild) return showReport(options, format);
  const done = await buildOnce({ ...options, targets: await reportTargets(options) }, { where: whereReport });
  if (done.workspace === undefined || done.plan === undefined) return done.exit;
  // With --json the stream of events is the answer; `report --no-build --json` is the document.
  if (options.json && options.output === undefined) return done.exit;
  // When nothing ran, the closing line has said it all.
  if (!done.nothingRan || format !== 'text' || options.output !== undefined) {
    const shown = await showReport(options, format);
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
