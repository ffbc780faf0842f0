// A Family is the tasks of one target that differ only in their shard: what people think of as one thing, `infer@control`.
import type { Graph, Task } from '../graph.ts';
import type { EachDecl, Target } from '../pipeline.ts';

/** Tasks that are told together. */
export interface Family {
  readonly name: string;
  readonly target: Target;
  readonly tasks: readonly Task[];
}

/** A variable of more values than this is one of shards, wherever its values come from. */
const mostNamed = 12;

/** The families of some tasks, in the order in which their first tasks stand; a set that is not known yet is one of its own. */
export function familiesOf(graph: Graph, tasks: Iterable<Task>): Family[] {
  const shards = new Map<Target, ReadonlySet<string>>();
  const families = new Map<string, { name: string; target: Target; tasks: Task[] }>();
  for (const task of tasks) {
    const { target } = task;
    let names = shards.get(target);
    if (names === undefined) {
      names = shardVariables(graph, target);
      shards.set(target, names);
    }
    const name = familyName(task, names);
    const family = families.get(name);
    if (family === undefined) families.set(name, { name, target, tasks: [task] });
    else family.tasks.push(task);
  }
  return [...families.values()];
}

/** Files, ranges and sets of other targets are shards, and so is a list that nobody would want to read. */
function shardVariables(graph: Graph, target: Target): ReadonlySet<string> {
  const counted = (decl: EachDecl): number => {
    const labels = new Set<string>();
    for (const index of graph.byTarget.get(target.name) ?? []) {
      labels.add((graph.tasks[index] as Task).each[decl.name]?.label ?? '');
      if (labels.size > mostNamed) break;
    }
    return labels.size;
  };
  const isShard = (decl: EachDecl) =>
    decl.source.kind === 'list' || decl.source.kind === 'config' ? counted(decl) > mostNamed : true;
  return new Set(target.each.filter(isShard).map((decl) => decl.name));
}

function familyName(task: Task, shards: ReadonlySet<string>): string {
  if (task.placeholder) return task.id;
  const labels = Object.entries(task.each).flatMap(([name, value]) =>
    shards.has(name) ? [] : [value.label],
  );
  return labels.length === 0 ? task.target.name : `${task.target.name}@${labels.join(',')}`;
}
