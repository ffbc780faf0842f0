// The planner makes the Plan of a workspace: expand, decide, and expand again when a set turned out to be another.
import {
  acceptedRecord,
  type Budget,
  type Consent,
  expand,
  type Graph,
  hasErrors,
  limitOf,
  type Parsed,
  type Plan,
  type PlanInput,
  type Problem,
  plan,
  restoringRecord,
  type Task,
} from '@evalmake/core';
import type { Workspace } from './workspace.ts';

/** What to plan. */
export interface PlanRequest {
  /** Chooses the wanted tasks of a graph; gives problems for names that mean nothing. */
  readonly select: (graph: Graph) => { wanted: readonly number[]; problems: readonly Problem[] };
  readonly excluded?: ((graph: Graph) => (task: Task) => boolean) | undefined;
  readonly forced?: ((task: Task) => boolean) | undefined;
  readonly carried?: PlanInput['carried'] | undefined;
  /** What a person has said about spending. */
  readonly consent?: Consent | undefined;
  /** What is set aside for tasks that run already, by name. */
  readonly aside?: PlanInput['aside'] | undefined;
  /** Whether tasks that are forced ask all their rows again, and pay for them again, instead of none. */
  readonly forceRows?: boolean | undefined;
}

/**
 * Plans a workspace as it is now.
 * @returns the plan; its absence means that the problems hold an error
 */
export function makePlan(workspace: Workspace, request: PlanRequest): Parsed<Plan> {
  const { pipeline, config, world } = workspace;
  const budget = budgetOf(workspace, request.consent);
  const fresh = new Map<string, readonly string[]>();
  for (let round = 0; ; round++) {
    const expanded = expand({ pipeline, config, world, fresh });
    if (expanded.value === undefined) return { value: undefined, problems: expanded.problems };
    const graph = expanded.value;
    const selected = request.select(graph);
    const problems = [...expanded.problems, ...selected.problems];
    if (hasErrors(problems)) return { value: undefined, problems };
    const made = plan({
      graph,
      config,
      world,
      wanted: selected.wanted,
      ...(request.excluded === undefined ? {} : { excluded: request.excluded(graph) }),
      ...(request.forced === undefined ? {} : { forced: request.forced }),
      ...(request.carried === undefined ? {} : { carried: request.carried }),
      ...(request.aside === undefined ? {} : { aside: request.aside }),
      ...(request.forceRows === undefined ? {} : { forceRows: request.forceRows }),
      ...(budget === undefined ? {} : { budget }),
    });
    if (round >= 8 || !correctSets(made, fresh)) return { value: made, problems };
  }
}

/** What may be spent; undefined where nothing is paid: then no ledger is read. */
function budgetOf(workspace: Workspace, consent: Consent | undefined): Budget | undefined {
  const { pipeline, ledger, spending } = workspace;
  if (pipeline.targets.every((t) => t.paid === undefined)) return undefined;
  // Asked for each task, and the same for the whole plan: what ends meanwhile does not change what was told.
  const known = new Map(pipeline.targets.map((t) => [t.name, t.paid && ledger.accuracy(t.name)]));
  return { limit: limitOf(consent, pipeline), spending, accuracy: (target) => known.get(target) };
}

/** Notes sets that differ between the record a producer is fresh by, or is put back by, and the one expansion used. */
function correctSets(made: Plan, fresh: Map<string, readonly string[]>): boolean {
  let changed = false;
  for (const [key, used] of made.graph.sets) {
    const [id, output] = key.split('\0') as [string, string];
    const index = made.graph.byId.get(id);
    if (index === undefined) continue;
    const back = restoringRecord(made, index);
    if (back === undefined && made.decisions[index]?.verdict !== 'fresh') continue;
    const members = (back ?? acceptedRecord(made, index))?.outputs[output]?.map((f) => f.path);
    if (members === undefined || used?.join('\0') === members.join('\0')) continue;
    fresh.set(key, members);
    changed = true;
  }
  return changed;
}
