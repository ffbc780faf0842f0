// PaidCare finds paid targets that could buy something bad, or buy without end.
import { type Finding, findingAt, type LintScene } from './finding.ts';

/** Paid targets without checks, or without a timeout. */
export function paidCare({ graph }: LintScene): Finding[] {
  return graph.pipeline.targets
    .filter(({ paid }) => paid !== undefined)
    .flatMap(({ name, checks, timeoutMs }) => [
      ...(checks.length > 0
        ? []
        : [
            findingAt(name, ['paid'], {
              code: 'paid-without-checks',
              message: `"${name}" is paid and has no checks: an empty or cut off answer counts as good`,
              hint: 'say under "checks:" what its outputs must hold, such as { non_empty: true, covers: { id: …, of: … } }',
            }),
          ]),
      ...(timeoutMs !== undefined
        ? []
        : [
            findingAt(name, ['paid'], {
              code: 'paid-without-timeout',
              message: `"${name}" is paid and has no timeout: a command that hangs is never ended`,
              hint: 'write a "timeout:" there or under "defaults:"; with ${{ state }} or "rows" nothing is bought twice',
            }),
          ]),
    ]);
}
