// A PictureGraph is what of a plan can be drawn: boxes with their states, folded so far that they can be read.
import { familiesOf, type Plan, type Task, type Verdict } from '@evalmake/core';
import { edgesBetween } from '@evalmake/core/build-report/report-edges';
import type { PictureGraph } from './page/picture.ts';

/** More boxes than these cannot be read. */
export const mostBoxes = 300;

/** A graph that can be drawn, and what has to be said of it; without one there are too many boxes whatever is folded. */
export interface Drawable {
  readonly graph: PictureGraph | undefined;
  readonly note: string | undefined;
}

/** One way of folding tasks into boxes. */
interface Fold {
  /** What its boxes are, one and several. */
  readonly what: readonly [one: string, many: string];
  readonly groups: readonly { readonly name: string; readonly tasks: readonly Task[] }[];
}

/**
 * The finest graph of some tasks that can be read.
 * @param all whether every task is wanted as a box of its own, instead of families
 */
export function drawable(plan: Plan, tasks: readonly Task[], all: boolean): Drawable {
  const { graph } = plan;
  const byTarget = new Map<string, Task[]>();
  for (const task of tasks) {
    const list = byTarget.get(task.target.name);
    if (list === undefined) byTarget.set(task.target.name, [task]);
    else list.push(task);
  }
  const targets = [...byTarget].map(([name, list]) => ({ name, tasks: list }));
  const single: Fold = {
    what: ['task', 'tasks'],
    groups: all ? tasks.map((task) => ({ name: task.id, tasks: [task] })) : [],
  };
  const families: Fold = { what: ['family', 'families'], groups: familiesOf(graph, tasks) };
  const coarse: Fold = { what: ['target', 'targets'], groups: targets };
  const folds = all ? [single, families, coarse] : [families, coarse];
  const fitting = folds.findIndex(({ groups }) => groups.length <= mostBoxes);
  const first = folds[0] as Fold;
  if (fitting === 0) return { graph: pictureOf(plan, tasks, first), note: undefined };
  const many = `${countText(first)} are more than ${mostBoxes} boxes`;
  const fold = folds[fitting];
  if (fold === undefined) return { graph: undefined, note: many };
  return {
    graph: pictureOf(plan, tasks, fold),
    note: `${many}: folded to ${countText(fold)}`,
  };
}

function countText({ what, groups }: Fold): string {
  return `${groups.length} ${what[groups.length === 1 ? 0 : 1]}`;
}

function pictureOf(plan: Plan, tasks: readonly Task[], { groups }: Fold): PictureGraph {
  const places = new Map(
    groups.flatMap(({ tasks: own }, at) => own.map(({ index }) => [index, at] as const)),
  );
  return {
    title: plan.graph.pipeline.name,
    nodes: groups.map(({ name, tasks: own }) => ({ name, counts: countsOf(plan, own) })),
    edges: edgesBetween(tasks, (index) => places.get(index)),
  };
}

/** How many of some tasks have each verdict; what no plan decides is off. */
function countsOf(plan: Plan, tasks: readonly Task[]): Partial<Record<Verdict, number>> {
  const counts: Partial<Record<Verdict, number>> = {};
  for (const { index } of tasks) {
    const verdict = plan.decisions[index]?.verdict ?? 'off';
    counts[verdict] = (counts[verdict] ?? 0) + 1;
  }
  return counts;
}
