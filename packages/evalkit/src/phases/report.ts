// report: writes the evaluation report as Markdown from the results of the other phases.
import { type Config, readConfig } from '../config.ts';
import { readCosts } from '../costs-result.ts';
import { Failure } from '../failure.ts';
import { readJson } from '../json-in.ts';
import { writeText } from '../out-file.ts';
import { runPhase } from '../phase.ts';
import { writeCosts, writeExamples, writeFamilies, writeMethods } from '../report/closing.ts';
import { writeComparisons } from '../report/comparisons.ts';
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

/** The text of the report; the order of its sections. */
function render(inputs: ReportInputs): string {
  const page = new Markdown();
  writeOpening(page, inputs);
  writeShortAnswer(page, inputs);
  writePrompts(page, inputs);
  writeData(page, inputs);
  writeComparisons(page, inputs.significance);
  writeFamilies(page, inputs);
  writeExamples(page, inputs);
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
      required: true,
      describe: 'system prompts, named <condition>.md',
    },
    open: { kind: 'value', placeholder: 'FILE', describe: 'prepared open-book questions' },
    closed: { kind: 'value', placeholder: 'FILE', describe: 'prepared closed-book questions' },
    predictions: {
      kind: 'value',
      placeholder: 'FILE',
      required: true,
      describe: 'predictions of parse, for examples',
    },
    significance: {
      kind: 'value',
      placeholder: 'FILE',
      required: true,
      describe: 'significance.json of stats',
    },
    costs: { kind: 'value', placeholder: 'FILE', required: true, describe: 'costs.json of costs' },
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
An analysis whose flag is absent is named in the report with the configuration key that turns it on.`,
  run: async (values) => {
    const run = runInfo(readConfig(values.config));
    const { open, closed, predictions } = values;
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
      prompts: summarisePrompts(values.prompts, run.conditions),
      data: summariseData(open, closed),
      examples: await findExamples({ predictions, open, closed, conditions: run.conditions, temp: lowest }),
      significance,
      costs: readCosts(readJson(values.costs)),
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
