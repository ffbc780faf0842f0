// The provenance of a result as text: what made it from what, with digests, to be copied into the appendix of a paper.
import { duration, size, usd } from './format.ts';
import type { BuildReport, ReportTask } from './model.ts';

const digest = /^(?:sha256:)?[0-9a-f]{64}$/;

/** Parts by their kind, `config:a` as `config` and `a`. */
function partsOf(parts: Readonly<Record<string, string>>): Map<string, [name: string, value: string][]> {
  const out = new Map<string, [string, string][]>();
  for (const [label, value] of Object.entries(parts)) {
    const colon = label.indexOf(':');
    const kind = colon < 0 ? 'made by' : label.slice(0, colon);
    const name = colon < 0 ? label : label.slice(colon + 1);
    out.set(kind, [...(out.get(kind) ?? []), [name, value]]);
  }
  return out;
}

/** How the results of a task were made; empty when it has none. */
export function provenance(report: BuildReport, task: ReportTask): string {
  const { last } = task;
  if (last === undefined) return '';
  const target = report.targets[report.families[task.family]?.target ?? -1];
  const lines = [
    `${task.id} of ${report.pipeline} (${report.file})`,
    last.adopted === undefined
      ? `made by run ${last.run} on ${last.at} in ${duration(last.ms)}${last.costUsd === undefined ? '' : `, paid ${usd(last.costUsd)}`}, with evalmake ${report.tool}`
      : `adopted on ${last.at}: ${last.adopted}`,
    '',
    'outputs',
    ...last.outputs.map(
      ({ path, bytes, rows, sha256 }) =>
        `  ${path}\n    ${size(bytes)}${rows === undefined ? '' : `, ${rows} rows`}, sha256 ${sha256}`,
    ),
  ];
  if (target?.command !== undefined)
    lines.push(
      '',
      'command',
      ...target.command
        .trimEnd()
        .split('\n')
        .map((l) => `  ${l}`),
    );
  for (const [kind, parts] of partsOf(last.parts))
    lines.push(
      '',
      kind,
      ...parts.map(
        ([name, value]) =>
          `  ${name}${digest.test(value) ? `\n    sha256 ${value.replace('sha256:', '')}` : ` = ${value}`}`,
      ),
    );
  for (const { id, passed, message } of last.checks)
    lines.push(
      '',
      `check ${id}: ${passed ? 'passed' : `failed${message === undefined ? '' : `, ${message}`}`}`,
    );
  return `${lines.join('\n')}\n`;
}
