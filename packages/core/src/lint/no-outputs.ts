// NoOutputs finds commands that declare nothing they write: what they did cannot be looked at.
import { type Finding, findingAt, type LintScene } from './finding.ts';

/** Targets that run something and have no outputs. */
export function noOutputs({ graph }: LintScene): Finding[] {
  return graph.pipeline.targets
    .filter(({ run, outputs }) => run !== undefined && outputs.length === 0)
    .map(({ name }) =>
      findingAt(name, [], {
        code: 'no-outputs',
        message: `"${name}" has no outputs: once it has run it counts as done, whatever became of what it made`,
        hint: 'declare what it writes under "outputs:"; a file that says it was done is enough',
      }),
    );
}
