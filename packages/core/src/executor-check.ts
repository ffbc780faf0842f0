// Where commands run is held against what they write: on a cluster nobody can keep a dead attempt from its outputs.
import type { Pipeline, Target } from './pipeline.ts';
import type { Problem } from './problem.ts';
import { usageOf } from './usage.ts';

/** The outputs of a target that its command writes at places it knows itself. */
function ownPlaces(target: Target, pipeline: Pipeline): string[] {
  if (target.rows !== undefined || target.run === undefined) return [];
  const { task, staged } = usageOf(target, pipeline);
  if (task || staged.has('*')) return [];
  return target.outputs.filter((o) => !staged.has(o.name)).map((o) => o.path);
}

/**
 * Problems of targets that run on a cluster: an attempt that was given up may go on there and write. Only what it
 * writes below its own folder can do no harm.
 */
export function executorProblems(pipeline: Pipeline): Problem[] {
  return pipeline.targets.flatMap((target): Problem[] => {
    if (target.executor === 'local') return [];
    return ownPlaces(target, pipeline).map((path) => ({
      code: 'slurm-fixed-output',
      severity: 'error',
      pointer: ['targets', target.name, 'outputs'],
      message: `on slurm, the command of "${target.name}" must be told where to write "${path}"`,
      hint: 'write ${{ outputs }} in "run", or executor: local for this target',
    }));
  });
}
