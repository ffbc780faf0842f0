// UnreachedTarget finds targets that a call without words never builds, that nothing needs, and that nobody described.
import { dependents, type Task } from '../graph.ts';
import { type Finding, findingAt, type LintScene } from './finding.ts';

/** Only where a `default` says what is wanted. A target with a `desc` or a `when` is there to be called or switched on. */
export function unreachedTargets({ graph, reached }: LintScene): Finding[] {
  const { pipeline } = graph;
  if (pipeline.default === undefined) return [];
  const needed = dependents(graph);
  return pipeline.targets.flatMap(({ name, desc, when }) => {
    const tasks = graph.byTarget.get(name) ?? [];
    if (desc !== undefined || when !== undefined || name === 'report' || tasks.some(reached)) return [];
    if (tasks.some((task) => needed[task]?.some((by) => (graph.tasks[by] as Task).target.name !== name)))
      return [];
    return [
      findingAt(name, [], {
        code: 'target-unreached',
        message: `"${name}" is built only when it is named: it is not in "default", and nothing needs it`,
        hint: 'add it to "default", say with "desc:" what it is there for, or remove it',
      }),
    ];
  });
}
