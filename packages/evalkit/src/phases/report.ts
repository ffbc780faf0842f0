// report: writes the evaluation report, as Markdown and as one HTML page, from the results of the other phases.
import { dirname } from 'node:path';
import { type Config, readConfig } from '../config.ts';
import { readCosts } from '../costs-result.ts';
import { Failure } from '../failure.ts';
import { readJson } from '../json-in.ts';
import { writeText } from '../out-file.ts';
import { runPhase } from '../phase.ts';
import { type ArtifactFile, expectUnchanged, readArtifacts } from '../report/artifact.ts';
import { writeCosts, writeExamples, writeFamilies } from '../report/closing.ts';
import { writeComparisons } from '../report/comparisons.ts';
import { Document } from '../report/document.ts';
import { renderHtml } from '../report/html-page.ts';
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

/** The report; the order of its sections. */
function compose(inputs: ReportInputs): Document {
  const page = new Document();
  writeOpening(page, inputs);
  writeShortAnswer(page, inputs);
  writePrompts(page, inputs);
  writeData(page, inputs);
  writeComparisons(page, inputs);
  writeFamilies(page, inputs);
  writeExamples(page, inputs);
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
An analysis whose flag is absent is named in the report with the configuration key that turns it on.`,
  run: async (values) => {
    const folder = readPictureFolder(values.figures);
    const artifacts = await readArtifacts([...givenFiles(values), ...folder.files]);
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
