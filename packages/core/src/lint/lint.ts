// Lint holds a pipeline that works against all rules.

import { unusedConfig } from './config-use.ts';
import type { Finding, LintRule, LintScene } from './finding.ts';
import { noCode } from './no-code.ts';
import { noOutputs } from './no-outputs.ts';
import { paidCare } from './paid-care.ts';
import { plainSecrets } from './plain-secret.ts';
import { undeclaredReads } from './undeclared-read.ts';
import { unreachedTargets } from './unreached-target.ts';
import { volatileValues } from './volatile-value.ts';

const rules: readonly LintRule[] = [
  noCode,
  volatileValues,
  undeclaredReads,
  noOutputs,
  paidCare,
  unreachedTargets,
  unusedConfig,
  plainSecrets,
];

/** All findings, in the order of the rules; their places are filled in by `locate`. Reads the world, and changes nothing. */
export function lint(scene: LintScene): Finding[] {
  return rules.flatMap((rule) => rule(scene));
}
