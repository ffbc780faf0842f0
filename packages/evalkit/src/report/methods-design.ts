// The design in the methods: who was asked what, how it was scored, and what the unit of analysis is.
import type { ImportSummary } from '../importing/import-summary.ts';
import type { MetricResult } from '../results.ts';
import { count, TYPE_NAMES } from './format.ts';
import { toolOf } from './imported.ts';
import type { ReportInputs, RunInfo } from './inputs.ts';
import type { ReferenceKey } from './references.ts';

/** Cites publications: `(Holm 1979)`. */
export type Cite = (...keys: readonly ReferenceKey[]) => string;

/** The sentence when something was used, else nothing. */
export function when(used: boolean, sentence: () => string): string {
  return used ? sentence() : '';
}

/** Sentences on the design, of questions that evalkit asked or of imported results. */
export function designSentences(
  inputs: ReportInputs,
  results: readonly MetricResult[],
  cite: Cite,
): string[] {
  const clustered = results.some(({ intervals }) => intervals.cluster_t !== null);
  if (inputs.imported !== null) {
    return [
      ...importedSentences(inputs.run, inputs.imported),
      'The unit of analysis is the item: its answers under one condition and temperature were averaged, and every treatment was paired with the control by item.',
      when(
        clustered,
        () =>
          `Items of the same cluster are not independent, and standard errors are robust to that ${cite('miller')}.`,
      ),
    ];
  }
  return [
    ...askedSentences(inputs, cite),
    'The unit of analysis is the question: its samples under one system prompt and temperature were averaged, and every treatment was paired with the control by question.',
    when(
      clustered,
      () =>
        `Questions to the same passage form a cluster, and standard errors are robust to dependence within clusters ${cite('miller')}.`,
    ),
  ];
}

/** What was asked and scored elsewhere. */
function importedSentences(run: RunInfo, { datasets, sources }: ImportSummary): string[] {
  const [control = '', ...treatments] = run.conditions;
  const items = Object.values(datasets).reduce((sum, set) => sum + set.items, 0);
  const tools = [...new Set(sources.map(toolOf))].join(', ');
  const samples = run.temps.map((temp, index) => `up to ${run.samples[index] ?? 1} at temperature ${temp}`);
  return [
    `The answers to ${count(items)} items under ${run.conditions.length} conditions were asked for and scored by other programs (${tools}): the control “${control}” and ${treatments.map((name) => `“${name}”`).join(', ')}. Answers per item: ${samples.join(', ')}.`,
  ];
}

function askedSentences({ run, data, significance }: ReportInputs, cite: Cite): string[] {
  const samples = run.temps.map((temp, index) => `${run.samples[index] ?? 1} at temperature ${temp}`);
  const [control = '', ...treatments] = run.conditions;
  const asked = (type: 'open' | 'closed'): string[] => {
    const sum = data.filter((set) => set.type === type).reduce((total, set) => total + set.questions, 0);
    return sum === 0 ? [] : [`${count(sum)} ${TYPE_NAMES[type]}`];
  };
  const questions = `${[...asked('open'), ...asked('closed')].join(' and ') || 'the same'} questions`;
  const scored = Object.values(significance.results).some((types) =>
    [types.open, types.closed].some((treatments) =>
      Object.values(treatments ?? {}).some(
        ({ metrics }) => metrics.em !== undefined || metrics.f1 !== undefined,
      ),
    ),
  );
  return [
    `The model ${run.model} (provider ${run.provider})${run.provider === 'embedded' ? ', which is a small extractive reader and no language model,' : ''} answered ${questions} under ${run.conditions.length} system prompts: the control “${control}” and ${treatments.map((name) => `“${name}”`).join(', ')}. Answers per question: ${samples.join(', ')}.`,
    when(
      scored,
      () =>
        `Exact match and token F1 compare normalised answers with the accepted ones ${cite('rajpurkar')}.`,
    ),
  ];
}
