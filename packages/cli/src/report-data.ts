// What a report is made from: the plan of now, the logs of past builds, the ledger, and files that nobody owns.
import { readFileSync } from 'node:fs';
import {
  type BuildReport,
  causesOf,
  type Event,
  makeBuildReport,
  money,
  type Plan,
  type ReportCost,
  type RunSummary,
  reportCauses,
  summarise,
  usdOf,
} from '@evalmake/core';
import { readEventLine } from '@evalmake/core/event-line';
import { eventsPath, type LedgerEntry, runNumbers, type Workspace } from '@evalmake/engine';
import { findOrphans } from '@evalmake/engine/orphans';
import { sourcesOf } from './explanation.ts';
import type { Session } from './session.ts';
import { version } from './version.ts';

/** Runs that a report tells of. */
const shownRuns = 50;

/** Makes the report of a session's plan. Writes nothing. */
export async function reportOf(session: Session, plan: Plan): Promise<BuildReport> {
  const { workspace, options } = session;
  const causes = causesOf(plan);
  return makeBuildReport(plan, {
    tool: version,
    file: workspace.options.file,
    jobs: options.jobs,
    causes: reportCauses(plan, causes, await sourcesOf(session, plan, causes)),
    runs: lastRuns(workspace),
    costs: costsOf(workspace.ledger.entries),
    orphans: findOrphans(workspace, plan.graph).map(({ path, bytes, why }) => ({ path, bytes, why })),
    timeOf: (at) => Date.parse(at),
  });
}

function lastRuns({ root }: Workspace): RunSummary[] {
  return runNumbers(root)
    .slice(-shownRuns)
    .map((run) => ({ ...summarise(eventsOf(root, run)), run }));
}

/** The events of a run; of one that was cut off those before. */
function eventsOf(root: string, run: number): Event[] {
  try {
    const text = readFileSync(eventsPath(root, run), 'utf8');
    return text.split('\n').flatMap((line) => (line.startsWith('{"event":"progress"') ? [] : parsed(line)));
  } catch {
    return [];
  }
}

/** A run that was cut off leaves a torn last line: it is left out, like any line that is no event. */
function parsed(line: string): Event[] {
  const event = readEventLine(line);
  return typeof event === 'string' ? [] : [event];
}

/** Payments by run and target, in the order of the ledger. */
function costsOf(entries: readonly LedgerEntry[]): ReportCost[] {
  const sums = new Map<string, { -readonly [K in keyof ReportCost]: ReportCost[K] }>();
  for (const entry of entries) {
    if (entry.kind !== 'paid') continue;
    const { run, target } = entry;
    const key = `${run}\0${target}`;
    const sum = sums.get(key) ?? { run, target, usd: 0, tokensIn: 0, tokensOut: 0 };
    sums.set(key, sum);
    sum.usd = usdOf(money(sum.usd) + money(entry.usd));
    sum.tokensIn += entry.in;
    sum.tokensOut += entry.out;
  }
  return [...sums.values()];
}
