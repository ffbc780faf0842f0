// report: writes the evaluation report as Markdown from the results of the other phases.
import { type Config, readConfig } from '../config.ts';
import { readCosts } from '../costs-result.ts';
import { Failure, UsageFailure } from '../failure.ts';
import type { ImportSummary } from '../importing/import-summary.ts';
import { readJson } from '../json-in.ts';
import { writeText } from '../out-file.ts';
import { runPhase } from '../phase.ts';
import { writeCosts, writeExamples, writeFamilies, writeMethods } from '../report/closing.ts';
import { writeComparisons } from '../report/comparisons.ts';
import {
  importedRun,
  nameImported,
  writeImportedExamples,
  writeImportedOpening,
  writeSources,
} from '../report/imported.ts';
import type { ReportInputs, RunInfo } from '../report/inputs.ts';
import { Markdown } from '../report/markdown.ts';
import { writeData, writeOpening, writePrompts, writeShortAnswer } from '../report/opening.ts';
import { writeOptional } from '../report/optional.ts';
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

/** The text of the report; the order of its sections. */
function render(inputs: ReportInputs): string {
  const page = new Markdown();
  if (inputs.imported) writeImportedOpening(page, inputs.imported, inputs.run);
  else writeOpening(page, inputs);
  writeShortAnswer(page, inputs);
  if (inputs.imported) writeSources(page, inputs.imported, inputs);
  else {
    writePrompts(page, inputs);
    writeData(page, inputs);
  }
  writeComparisons(page, inputs.significance);
  writeFamilies(page, inputs);
  if (inputs.imported) writeImportedExamples(page, inputs.imported, inputs.run);
  else writeExamples(page, inputs);
  writeCosts(page, inputs);
  writeOptional(page, inputs);
  writeMethods(page, inputs);
  return page.toString();
}

void runPhase({
  name: 'report',
  summary: 'Writes the evaluation report as Markdown.',
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
    out: { kind: 'value', placeholder: 'FILE', required: true, describe: 'the report (Markdown)' },
  },
  details: `
An analysis whose flag is absent is named in the report with the configuration key that turns it on. Without --import the
prompts, predictions and costs are needed; with it, only run_id, trial and conditions of the configuration are.`,
  run: async (values) => {
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
    const optional = {
      sensitivity: values['unsupported-sensitivity'],
      mixed: values['mixed-effects'],
      power: values['power-analysis'],
      cost: values['cost-effectiveness'],
    };
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
      sensitivity:
        optional.sensitivity === undefined
          ? null
          : readResult<UnsupportedSensitivity>(optional.sensitivity, ['results', 'notes']),
      mixedModels:
        optional.mixed === undefined ? null : readResult<MixedModels>(optional.mixed, ['fits', 'notes']),
      power:
        optional.power === undefined
          ? null
          : readResult<PowerAnalysis>(optional.power, ['settings', 'endpoints', 'notes']),
      costEffectiveness:
        optional.cost === undefined
          ? null
          : readResult<CostEffectiveness>(optional.cost, ['metric', 'results', 'notes']),
    };
    const text = render(inputs);
    writeText(values.out, text);
    return `${text.split('\n').length} lines of report`;
  },
});
