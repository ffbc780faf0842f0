// `evalmake report`: builds the target "report" when there is one, then says what was built, and where it lies.
import { readFileSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { type Event, makeReport, type Plan, type Report } from '@evalmake/core';
import { eventsPath, runNumbers, type Workspace } from '@evalmake/engine';
import { buildOnce } from './build-once.ts';
import { UsageError } from './exit.ts';
import type { Options } from './options.ts';
import { renderMarkdown, renderText } from './render-report.ts';
import { openSession, planSession, Stopped } from './session.ts';
import { paint, useColor } from './style.ts';

/** Runs the command; gives the exit code. */
export async function report(options: Options): Promise<number> {
  const format = formatOf(options);
  if (options.dryRun)
    return (await import('./command-build.ts')).build({ ...options, targets: await reportTargets(options) });
  if (options.noBuild) {
    const session = await openSession(options, false);
    if (session instanceof Stopped) return session.exit;
    const plan = await planSession(session);
    if (plan instanceof Stopped) return plan.exit;
    await show({
      workspace: session.workspace,
      plan,
      events: lastEvents(session.workspace),
      options,
      format,
    });
    return 0;
  }
  const done = await buildOnce({ ...options, targets: await reportTargets(options) }, whereReport);
  if (done.workspace === undefined || done.plan === undefined) return done.exit;
  // With --json the stream of events is the answer; `report --no-build --json` is the document.
  if (options.json && options.output === undefined) return done.exit;
  const events = done.nothingRan ? lastEvents(done.workspace) : done.events;
  // When nothing ran, the closing line has said it all.
  if (!done.nothingRan || format !== 'text' || options.output !== undefined)
    await show({ workspace: done.workspace, plan: done.plan, events, options, format });
  return done.exit;
}

/** `report TARGET…` builds these; `report` alone builds the target of that name, or the default. */
async function reportTargets(options: Options): Promise<readonly string[]> {
  if (options.targets.length > 0) return options.targets;
  const session = await openSession(options, false);
  if (session instanceof Stopped) return [];
  return session.workspace.pipeline.targets.some((t) => t.name === 'report') ? ['report'] : [];
}

function formatOf(options: Options): 'text' | 'md' | 'json' {
  if (options.output === undefined) return options.json ? 'json' : 'text';
  const ending = extname(options.output);
  if (ending === '.md' || ending === '.json') return ending.slice(1) as 'md' | 'json';
  if (ending === '.txt') return 'text';
  if (['.html', '.dot', '.mmd', '.trace'].includes(ending))
    throw new UsageError(
      `a report as ${ending} is not available in this version yet`,
      'write .md, .json or .txt',
    );
  throw new UsageError(`what kind of report is "${options.output}"?`, 'end its name in .md, .json or .txt');
}

function lastEvents(workspace: Workspace): Event[] {
  const last = runNumbers(workspace.root).at(-1);
  if (last === undefined) return [];
  try {
    return readFileSync(eventsPath(workspace.root, last), 'utf8')
      .split('\n')
      .flatMap((line) => parseEvent(line));
  } catch {
    return [];
  }
}

/** A run that was cut off leaves a torn last line: it is left out. */
function parseEvent(line: string): Event[] {
  try {
    return line === '' ? [] : [JSON.parse(line) as Event];
  } catch {
    return [];
  }
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

interface Shown {
  readonly workspace: Workspace;
  readonly plan: Plan;
  readonly events: readonly Event[];
  readonly options: Options;
  readonly format: 'text' | 'md' | 'json';
}

async function show({ plan, events, options, format }: Shown): Promise<void> {
  const made: Report = makeReport(plan, events);
  const colors = paint(
    options.output === undefined &&
      useColor({ when: options.color, env: process.env, isTty: process.stdout.isTTY === true }),
  );
  const document = { format: 'evalmake.report', version: 1, ...made };
  const text =
    format === 'json'
      ? `${JSON.stringify(document, null, 2)}\n`
      : format === 'md'
        ? renderMarkdown(made)
        : renderText(made, colors);
  if (options.output === undefined) {
    process.stdout.write(text);
    return;
  }
  const { writeAtomic } = await import('@evalmake/engine/disk');
  const path = resolve(options.dir, options.output);
  writeAtomic(path, text, false);
  process.stdout.write(`${options.output}\n`);
}
