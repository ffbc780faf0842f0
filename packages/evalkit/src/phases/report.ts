// report: writes the evaluation report, as Markdown and as one HTML page, from the results of the other phases.
import { dirname } from 'node:path';
import { type Config, readConfig } from '../config.ts';
import { readCosts } from '../costs-result.ts';
import { Failure, UsageFailure } from '../failure.ts';
import type { ImportSummary } from '../importing/import-summary.ts';
import { readJson } from '../json-in.ts';
import { writeText } from '../out-file.ts';
import { runPhase } from '../phase.ts';
import { type ArtifactFile, expectUnchanged, readArtifacts } from '../report/artifact.ts';
import { writeCosts, writeExamples, writeFamilies } from '../report/closing.ts';
import { writeComparisons } from '../report/comparisons.ts';
import { Document } from '../report/document.ts';
import { renderHtml } from '../report/html-page.ts';
import {
  importedRun,
  nameImported,
  writeImportedExamples,
  writeImportedOpening,
  writeSources,
} from '../report/imported.ts';
import { type ReportInputs, ROLES, type RunInfo } from '../report/inputs.ts';
import { renderMarkdown } from '../report/markdown.ts';
import { writeData, writeOpening, writePrompts, writeShortAnswer } from '../report/opening.ts';
import { writeOptional } from '../report/optional.ts';
import { picturesFor, readPictureFolder, readPictures } from '../report/pictures.ts';
import { writeArtifacts, writeMethods } from '../report/provenance.ts';
import { readResult } from '../report/result-file.ts';
import { findExamples, summariseData, summarisePrompts } from '../report/summaries.ts';
import { tempLabel } from '../request.ts';
import type {
  CostEffectiveness,
  MixedModels,
  PowerAnalysis,
  Significance,
  UnsupportedSensitivity,
} from '../results.ts';
import { VERSION } from '../version.ts';

function runInfo(config: Config): RunInfo {
  const temps = config.numberList('temps', { min: 0 });
  return {
    runId: config.text('run_id'),
    trial: config.text('trial'),
    provider: config.text('provider.name'),
    model: config.text('model'),
    conditions: config.textList('conditions'),
    temps: temps.map(tempLabel),
    samples: config.numberList('samples_per_item', { min: 1, integer: true }),
  };
}

/** The run: as the configuration describes it, or as imported results tell of it. */
function readRun(
  config: Config,
  values: {
    readonly import: string | undefined;
    readonly prompts: readonly string[];
    readonly predictions: string | undefined;
    readonly costs: string | undefined;
  },
): Pick<ReportInputs, 'run' | 'imported'> {
  if (values.import !== undefined) {
    const keys = ['sources', 'metrics', 'conditions', 'datasets', 'temps'] as const;
    const imported = readResult<ImportSummary>(values.import, keys);
    nameImported(imported);
    return { run: importedRun(config, imported), imported };
  }
  if (values.prompts.length === 0 || values.predictions === undefined || values.costs === undefined)
    throw new UsageFailure('--prompts, --predictions and --costs are required unless --import is given');
  return { run: runInfo(config), imported: null };
}

/** The report; the order of its sections. */
function compose(inputs: ReportInputs): Document {
  const page = new Document();
  const { imported } = inputs;
  if (imported) writeImportedOpening(page, imported, inputs.run);
  else writeOpening(page, inputs);
  writeShortAnswer(page, inputs);
  if (imported) writeSources(page, imported, inputs);
  else {
    writePrompts(page, inputs);
    writeData(page, inputs);
  }
  writeComparisons(page, inputs);
  writeFamilies(page, inputs);
  if (imported) writeImportedExamples(page, inputs);
  else writeExamples(page, inputs);
  writeCosts(page, inputs);
  writeOptional(page, inputs);
  const others = picturesFor(inputs.pictures, 'other');
  if (others.length > 0) page.heading(2, 'Further figures').figures(others);
  writeMethods(page, inputs);
  writeArtifacts(page, inputs);
  return page;
}

/** The flags that name one result document each, and whether it may be missing. */
const RESULT_FLAGS = {
  open: 'open',
  closed: 'closed',
  imported: 'import',
  predictions: 'predictions',
  significance: 'significance',
  costs: 'costs',
  sensitivity: 'unsupported-sensitivity',
  mixedModels: 'mixed-effects',
  power: 'power-analysis',
  costEffectiveness: 'cost-effectiveness',
} as const;

type Given = Readonly<
  Partial<Record<(typeof RESULT_FLAGS)[keyof typeof RESULT_FLAGS], string | undefined>>
> & {
  readonly config: string;
  readonly prompts: readonly string[];
};

/** The results of the optional analyses; null where one is off. */
function readAnalyses(
  values: Given,
): Pick<ReportInputs, 'sensitivity' | 'mixedModels' | 'power' | 'costEffectiveness'> {
  const read = <T extends { readonly schema_version: 2 }>(
    path: string | undefined,
    members: readonly (keyof T & string)[],
  ): T | null => (path === undefined ? null : readResult<T>(path, members));
  return {
    sensitivity: read<UnsupportedSensitivity>(values['unsupported-sensitivity'], ['results', 'notes']),
    mixedModels: read<MixedModels>(values['mixed-effects'], ['fits', 'notes']),
    power: read<PowerAnalysis>(values['power-analysis'], ['settings', 'endpoints', 'notes']),
    costEffectiveness: read<CostEffectiveness>(values['cost-effectiveness'], ['metric', 'results', 'notes']),
  };
}

/** Every file that the flags name, for the list of artifacts. */
function givenFiles(values: Given): ArtifactFile[] {
  const results = (Object.keys(RESULT_FLAGS) as (keyof typeof RESULT_FLAGS)[]).flatMap((member) => {
    const path = values[RESULT_FLAGS[member]];
    return path === undefined ? [] : [{ role: ROLES[member], path }];
  });
  return [
    { role: ROLES.config, path: values.config },
    ...values.prompts.map((path) => ({ role: ROLES.prompt, path })),
    ...results,
  ];
}

void runPhase({
  name: 'report',
  summary: 'Writes the evaluation report as Markdown, and as one HTML page that needs no other file.',
  options: {
    config: {
      kind: 'value',
      placeholder: 'FILE',
      required: true,
      describe: 'configuration: run_id, trial, provider, model, conditions, temps, samples_per_item',
    },
    prompts: {
      kind: 'list',
      placeholder: 'FILE',
      describe: 'system prompts, named <condition>.md',
    },
    open: { kind: 'value', placeholder: 'FILE', describe: 'prepared open-book questions' },
    closed: { kind: 'value', placeholder: 'FILE', describe: 'prepared closed-book questions' },
    predictions: {
      kind: 'value',
      placeholder: 'FILE',
      describe: 'predictions of parse, for examples',
    },
    import: {
      kind: 'value',
      placeholder: 'FILE',
      describe: 'import.json of import, instead of prompts, questions and predictions',
    },
    significance: {
      kind: 'value',
      placeholder: 'FILE',
      required: true,
      describe: 'significance.json of stats',
    },
    costs: { kind: 'value', placeholder: 'FILE', describe: 'costs.json of costs' },
    'unsupported-sensitivity': {
      kind: 'value',
      placeholder: 'FILE',
      describe: 'unsupported_sensitivity.json',
    },
    'mixed-effects': { kind: 'value', placeholder: 'FILE', describe: 'mixed_models.json' },
    'power-analysis': { kind: 'value', placeholder: 'FILE', describe: 'power_analysis.json' },
    'cost-effectiveness': { kind: 'value', placeholder: 'FILE', describe: 'cost_effectiveness.json' },
    figures: {
      kind: 'value',
      placeholder: 'DIR',
      describe: 'figures of figures; a folder without figures.json has none',
    },
    out: { kind: 'value', placeholder: 'FILE', required: true, describe: 'the report (Markdown)' },
    html: { kind: 'value', placeholder: 'FILE', describe: 'the report (HTML)' },
    at: {
      kind: 'value',
      placeholder: 'FILE',
      describe: 'where the Markdown will lie, if not at --out: its references to figures start there',
    },
  },
  details: `
An analysis whose flag is absent is named in the report with the configuration key that turns it on. Without --import the
prompts, predictions and costs are needed; with it, only run_id, trial and conditions of the configuration are.`,
  run: async (values) => {
    const folder = readPictureFolder(values.figures);
    const artifacts = await readArtifacts([...givenFiles(values), ...folder.files]);
    const { open, closed, predictions } = values;
    const { run, imported } = readRun(readConfig(values.config), values);
    const significance = readResult<Significance>(values.significance, [
      'primary',
      'results',
      'families',
      'settings',
      'methods',
    ]);
    const foreign = significance.treatments.filter((name) => !run.conditions.includes(name));
    if (foreign.length > 0)
      throw new Failure(`${values.significance}: treatment ${foreign.join(', ')} is not one of conditions`);
    const lowest = [...run.temps].sort((a, b) => Number(a) - Number(b))[0] ?? '';
    const inputs: ReportInputs = {
      run,
      imported,
      prompts: imported ? [] : summarisePrompts(values.prompts, run.conditions),
      data: summariseData(open, closed),
      examples:
        predictions === undefined
          ? []
          : await findExamples({ predictions, open, closed, conditions: run.conditions, temp: lowest }),
      significance,
      costs: values.costs === undefined ? null : readCosts(readJson(values.costs)),
      ...readAnalyses(values),
      software: `evalkit ${VERSION}`,
      artifacts,
      pictures: readPictures(folder, artifacts),
    };
    const page = compose(inputs);
    const text = renderMarkdown(page, { folder: dirname(values.at ?? values.out) });
    const html = values.html === undefined ? undefined : renderHtml(page);
    await expectUnchanged(artifacts);
    writeText(values.out, text);
    if (values.html !== undefined && html !== undefined) writeText(values.html, html);
    return `${text.split('\n').length} lines of report`;
  },
});
