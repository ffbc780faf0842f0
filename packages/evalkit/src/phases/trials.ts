// trials: sets the trials of a sweep side by side and adjusts their primary endpoint for their number.
import { basename, dirname, resolve } from 'node:path';
import { type Config, readConfig } from '../config.ts';
import { Failure } from '../failure.ts';
import { writeJson } from '../json-out.ts';
import { writeText } from '../out-file.ts';
import { runPhase } from '../phase.ts';
import { readResult } from '../report/result-file.ts';
import { trialsReport } from '../report/trials.ts';
import { readAlpha } from '../stats/analysis-phase.ts';
import type { Significance } from '../stats/significance-result.ts';
import { compareTrials, type Trial } from '../stats/trials.ts';

/** The names in `trials`: a list of names, or of maps with `name`. */
function readNames(config: Config): string[] {
  const value = config.raw('trials');
  if (!Array.isArray(value) || value.length === 0) return config.reject('trials', 'a non-empty list');
  const names = value.map((item: unknown) =>
    typeof item === 'object' && item !== null && 'name' in item ? item.name : item,
  );
  if (!names.every((name) => typeof name === 'string' && name !== ''))
    return config.reject('trials', 'names, or maps with a name');
  if (new Set(names).size !== names.length) return config.reject('trials', 'every name once');
  return names as string[];
}

/** A document lies in the folder of its trial: <trial>/significance.json. */
function readTrials(paths: readonly string[], names: readonly string[]): Trial[] {
  const pathOf = new Map<string, string>();
  for (const path of [...paths].sort()) {
    const name = basename(dirname(resolve(path)));
    if (!names.includes(name))
      throw new Failure(
        `${path}: lies in the folder ${name}, which is not one of trials (${names.join(', ')})`,
      );
    const before = pathOf.get(name);
    if (before !== undefined) throw new Failure(`${path}: trial ${name} has a document already: ${before}`);
    pathOf.set(name, path);
  }
  return names.map((name) => {
    const path = pathOf.get(name);
    if (path === undefined) throw new Failure(`--significance: no document of the trial ${name}`);
    const keys = ['primary', 'control', 'treatments'] as const;
    return { name, significance: readResult<Significance>(path, keys) };
  });
}

void runPhase({
  name: 'trials',
  summary: 'Sets the trials of a sweep side by side and adjusts their primary endpoint for their number.',
  options: {
    config: {
      kind: 'value',
      placeholder: 'FILE',
      required: true,
      describe: 'configuration: trials, stats.alpha',
    },
    significance: {
      kind: 'list',
      placeholder: 'FILE',
      required: true,
      describe: 'significance.json of every trial, each in the folder of its trial',
    },
    out: { kind: 'value', placeholder: 'FILE', required: true, describe: 'trials.json' },
    report: { kind: 'value', placeholder: 'FILE', describe: 'the same as a table (Markdown)' },
  },
  details: `
The trial of a document is the name of the folder it lies in. Each trial compares one treatment with its control, so each
holds one hypothesis of the primary endpoint; these are adjusted together by Holm, which holds under any dependence, also
that of a shared control. A document says when the controls of the trials differ.`,
  run: (values) => {
    const config = readConfig(values.config);
    const trials = readTrials(values.significance, readNames(config));
    const document = compareTrials(trials, readAlpha(config));
    writeJson(values.out, document);
    if (values.report !== undefined) writeText(values.report, trialsReport(document));
    return `${trials.length} trials -> ${values.out}`;
  },
});
