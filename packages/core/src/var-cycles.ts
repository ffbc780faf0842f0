// Cycles of vars: a text that is made of itself has no meaning.
import type { Pipeline } from './pipeline.ts';
import type { Problems } from './problem.ts';
import { isVarRef, pieces } from './template.ts';

/** Notes the first var that refers to itself, with the way around. */
export function checkVarCycles(pipeline: Pipeline, problems: Problems): void {
  const visit = (name: string, path: readonly string[]): void => {
    if (path.includes(name)) {
      problems.error(
        'var-cycle',
        ['vars', name],
        `the var "${name}" refers to itself: ${[...path, name].join(' -> ')}`,
      );
      return;
    }
    if (!Object.hasOwn(pipeline.vars, name)) return;
    for (const piece of pieces(pipeline.vars[name] as string).pieces) {
      if (typeof piece !== 'string' && isVarRef(piece)) visit(piece.path[0] as string, [...path, name]);
    }
  };
  for (const name of Object.keys(pipeline.vars))
    if (!problems.list.some((p) => p.code === 'var-cycle')) visit(name, []);
}
