// The figure "costs" shows what all answers of a condition took, in money and in tokens.
import type { CostSum, Costs } from '../costs-result.ts';
import { roundNumber } from '../json-out.ts';
import { count } from '../report/format.ts';
import type { MaybeFigure, Spec } from './figure.ts';
import { amount, shortNames } from './label.ts';
import { INK, NAMES_AXIS, PALETTE } from './theme.ts';

const WIDTH = 210;
const KINDS = ['prompt', 'completion'] as const;

interface Total {
  readonly condition: string;
  readonly value: number;
  readonly text: string;
}

/** The number at the end of a bar. */
function endText(y: Spec, x: Spec, values: readonly Total[]): Spec {
  return {
    data: { values },
    mark: { type: 'text', align: 'left', dx: 4, baseline: 'middle', color: INK },
    encoding: { y, x, text: { field: 'text' } },
  };
}

function scaleFor(values: readonly number[]): Spec {
  return { domain: [0, 1.3 * Math.max(...values)], nice: false };
}

function rows(labels: readonly string[], shown: boolean): Spec {
  const axis = shown ? NAMES_AXIS : null;
  return { field: 'condition', type: 'nominal', scale: { domain: labels }, axis };
}

function money(totals: readonly Total[]): Spec {
  const y = rows(
    totals.map(({ condition }) => condition),
    true,
  );
  const x = {
    field: 'value',
    type: 'quantitative',
    scale: scaleFor(totals.map(({ value }) => value)),
    axis: { title: 'cost, USD', tickCount: 4 },
  };
  return {
    title: 'Money',
    width: WIDTH,
    height: 30 * totals.length,
    layer: [
      { data: { values: totals }, mark: { type: 'bar', height: 17, color: PALETTE[2] }, encoding: { y, x } },
      endText(y, x, totals),
    ],
  };
}

/** Tokens of a condition whose answers state them. */
interface Tokens {
  readonly condition: string;
  readonly prompt: number;
  readonly completion: number;
}

function tokensOf(costs: Costs, labels: ReadonlyMap<string, string>): Tokens[] {
  return Object.entries(costs.by_condition).flatMap(([name, sum]) => {
    const { prompt_tokens: prompt, completion_tokens: completion } = sum;
    const condition = labels.get(name) ?? '';
    return prompt === null || completion === null ? [] : [{ condition, prompt, completion }];
  });
}

function tokens(made: readonly Tokens[], withNames: boolean): Spec {
  const totals = made.map(({ condition, prompt, completion }) => ({
    condition,
    value: prompt + completion,
    text: count(prompt + completion),
  }));
  const y = rows(
    totals.map(({ condition }) => condition),
    withNames,
  );
  const values = made.flatMap(({ condition, prompt, completion }) => [
    { condition, kind: 'prompt', from: 0, to: prompt },
    { condition, kind: 'completion', from: prompt, to: prompt + completion },
  ]);
  const scale = scaleFor(totals.map(({ value }) => value));
  const x = {
    field: 'to',
    type: 'quantitative',
    scale,
    axis: { title: 'tokens', tickCount: 3, format: ',d' },
  };
  const color = {
    field: 'kind',
    type: 'nominal',
    scale: { domain: KINDS, range: [PALETTE[0], PALETTE[4]] },
    legend: { title: null },
  };
  return {
    title: 'Tokens',
    width: WIDTH,
    height: 30 * totals.length,
    layer: [
      {
        data: { values },
        mark: { type: 'bar', height: 17 },
        encoding: { y, x, x2: { field: 'from' }, color },
      },
      endText(y, { ...x, field: 'value' }, totals),
    ],
  };
}

/** What a condition took, in words; what no answer states is left out. */
function said(name: string, { usage_records, prompt_tokens, completion_tokens, usd }: CostSum): string {
  const parts = [`${count(usage_records)} answers`];
  if (prompt_tokens !== null && completion_tokens !== null)
    parts.push(`${count(prompt_tokens + completion_tokens)} tokens`);
  if (usd !== null) parts.push(`${amount(usd)} USD`);
  return `${name}: ${parts.join(', ')}`;
}

/** Bars of cost per condition: money where the answers cost any, and tokens, each where it is stated. */
export function costBars(costs: Costs): MaybeFigure {
  const entries = Object.entries(costs.by_condition);
  const labels = shortNames(entries.map(([name]) => name));
  const paid = entries.flatMap(([name, { usd }]) =>
    usd === null
      ? []
      : [{ condition: labels.get(name) ?? '', value: roundNumber(usd), text: `$${amount(usd)}` }],
  );
  const counted = tokensOf(costs, labels);
  const isPaid = paid.some(({ value }) => value > 0);
  const isCounted = counted.some(({ prompt, completion }) => prompt + completion > 0);
  if (!isPaid && !isCounted) return null;
  const panels = [...(isPaid ? [money(paid)] : []), ...(isCounted ? [tokens(counted, !isPaid)] : [])];
  const discount = costs.batch_discount_applied ? ', less the discount for batches' : '';
  const priced =
    costs.pricing === null
      ? ' Money as the results state it.'
      : ` Money at the configured prices${discount}.`;
  return {
    name: 'costs',
    title: 'Cost of each condition',
    caption: `All answers of a condition together.${isPaid ? priced : ''}${isCounted ? ' Tokens as the answers report them: prompt and completion.' : ''}`,
    alt: `Bars. ${entries.map(([name, sum]) => said(labels.get(name) ?? '', sum)).join('; ')}.`,
    sources: ['costs.json'],
    spec: { hconcat: panels, spacing: 24 },
  };
}
