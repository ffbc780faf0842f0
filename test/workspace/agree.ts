// Agreement: dry run, status, report and the build itself name the same tasks stale, since one function decides for all.
import * as assert from 'uvu/assert';
import type { BuildEvent, PlanDocument } from './documents.ts';
import type { RunOptions, Workspace } from './workspace.ts';

interface StatusDocument {
  readonly targets: readonly { readonly target: string; readonly counts: Readonly<Record<string, number>> }[];
}

interface ReportDocument {
  readonly tasks: readonly {
    readonly id: string;
    readonly verdict: string;
    readonly causes: readonly number[];
  }[];
  readonly summary: { readonly verdicts: Readonly<Record<string, number>> };
}

const sorted = (pairs: Iterable<readonly [string, unknown]>) =>
  [...pairs].sort(([a], [b]) => (a < b ? -1 : 1));

/** Every task with its verdict, by name. */
function verdictsIn(tasks: readonly { readonly id: string; readonly verdict: string }[]) {
  return sorted(tasks.map(({ id, verdict }) => [id, verdict] as const));
}

/** Holds what looks at a whole pipeline against its dry run. Nothing may have changed since. */
export async function assertLooksAgree(
  ws: Workspace,
  plan: PlanDocument,
  options: RunOptions,
): Promise<void> {
  const [status, report] = await Promise.all([
    ws.evalmake(['status', '--json'], options),
    ws.evalmake(['report', '--no-build', '--json'], options),
  ]);
  const made = JSON.parse(report.stdout) as ReportDocument;
  assert.equal(verdictsIn(made.tasks), verdictsIn(plan.tasks), 'the report and the dry run');
  assert.equal(
    sorted(Object.entries(made.summary.verdicts)),
    sorted(Object.entries(plan.counts)),
    'the sums of the report',
  );
  const stale = plan.tasks.filter((t) => t.reasons.some((r) => r.root)).map((t) => t.id);
  const caused = made.tasks.filter((t) => t.causes.length > 0).map((t) => t.id);
  assert.equal(caused.sort(), stale.sort(), 'tasks with causes are tasks with reasons of their own');
  const counts = (JSON.parse(status.stdout) as StatusDocument).targets.flatMap(({ target, counts }) =>
    Object.entries(counts).map(([verdict, n]) => [`${target} ${verdict}`, n] as const),
  );
  const expected = new Map<string, number>();
  for (const { target, verdict } of plan.tasks)
    expected.set(`${target} ${verdict}`, (expected.get(`${target} ${verdict}`) ?? 0) + 1);
  assert.equal(sorted(counts), sorted(expected), 'status and the dry run');
}

/** Holds the plan that a build tells first against the dry run before it. */
export function assertBuildAgrees(plan: PlanDocument, events: readonly BuildEvent[]): void {
  const planned = events.find((e) => e.event === 'planned') as { tasks?: PlanDocument['tasks'] } | undefined;
  const stale = plan.tasks.filter((t) => t.verdict !== 'fresh');
  assert.equal(verdictsIn(planned?.tasks ?? []), verdictsIn(stale), 'the build and the dry run');
}
