// Rows references: what the command of a target with rows must name, and what it must leave to evalmake.
import type { Pipeline, Target } from './pipeline.ts';
import type { Pointer, Problems } from './problem.ts';
import { openVars } from './template-references.ts';
import { usageOf } from './usage.ts';

/**
 * Checks the command of a target with rows: it reads the rows it is given, not the file of all rows, and writes answers
 * to the file it is given, not to the output, which evalmake makes of all answers.
 */
export function checkRowsUse(target: Target, pipeline: Pipeline, problems: Problems): void {
  const { rows, run } = target;
  if (rows === undefined || run === undefined) return;
  const at: Pointer = ['targets', target.name, 'run'];
  const usage = usageOf(target, pipeline);
  const missing = ['todo', 'done'].filter((word) => !usage.rows.has(word));
  if (missing.length > 0)
    problems.error('rows-unused', at, `the command does not use ${missing.map(written).join(' and ')}`, {
      hint: 'it reads the rows to ask from ${{ rows.todo }} and writes their answers to ${{ rows.done }}',
    });
  if (usage.staged.size > 0)
    problems.error('rows-output', at, 'the command names its output, which evalmake makes of all answers', {
      hint: 'write the answers to ${{ rows.done }}',
    });
  const texts = [...(typeof run === 'string' ? [run] : run), ...Object.values(target.env)];
  const refs = texts.flatMap((t) => openVars(t, pipeline.vars)).filter((p) => typeof p !== 'string');
  const whole = refs.find(
    ({ path }) =>
      path[0] === 'inputs' &&
      (path.length === 1 || path[1] === rows.from || path[1] === 'list' || path[1] === 'dir'),
  );
  if (whole !== undefined)
    problems.error(
      'rows-input',
      at,
      `the command reads \${{ ${whole.path.join('.')} }}, the file of all rows`,
      {
        hint: 'read ${{ rows.todo }}: only rows without an answer are to be asked',
      },
    );
  if (target.rebuild === 'missing' || target.depsFile !== undefined)
    problems.error(
      'rows-with',
      ['targets', target.name, 'rows'],
      '"rows" cannot stand beside "rebuild" or "deps_file"',
      {
        atKey: true,
      },
    );
}

function written(word: string): string {
  return `\${{ rows.${word} }}`;
}
