// What a report is made from: the plan of now, the logs of past builds, the ledger, and files that nobody owns.
import {
  type BuildReport,
  causesOf,
  makeBuildReport,
  money,
  type Plan,
  type ReportCost,
  type RunSummary,
  reportCauses,
  usdOf,
} from '@evalmake/core';
import type { LedgerEntry, Workspace } from '@evalmake/engine';
import { findOrphans } from '@evalmake/engine/orphans';
import { RunHistory } from '@evalmake/engine/run-history';
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

/** Runs of which a report tells the tasks; of those before it tells what they came to. */
const detailedRuns = 10;

function lastRuns({ root }: Workspace): RunSummary[] {
  const history = new RunHistory(root);
  const shown = history.numbers.slice(-shownRuns);
  return shown.map((run, i) =>
    shown.length - i > detailedRuns ? history.headline(run) : history.summary(run),
  );
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
