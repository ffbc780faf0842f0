// The figure "costs" shows what all answers of a condition took, in money and in tokens.
import type { Costs } from '../costs-result.ts';
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

function tokens(costs: Costs, labels: ReadonlyMap<string, string>, withNames: boolean): Spec {
  const entries = Object.entries(costs.by_condition);
  const totals = entries.map(([name, sum]) => ({
    condition: labels.get(name) ?? '',
    value: sum.prompt_tokens + sum.completion_tokens,
    text: count(sum.prompt_tokens + sum.completion_tokens),
  }));
  const y = rows(
    totals.map(({ condition }) => condition),
    withNames,
  );
  const values = entries.flatMap(([name, sum]) => [
    { condition: labels.get(name) ?? '', kind: 'prompt', from: 0, to: sum.prompt_tokens },
    {
      condition: labels.get(name) ?? '',
      kind: 'completion',
      from: sum.prompt_tokens,
      to: sum.prompt_tokens + sum.completion_tokens,
    },
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

/** Bars of cost per condition: money where the answers cost any, and tokens. */
export function costBars(costs: Costs): MaybeFigure {
  const entries = Object.entries(costs.by_condition);
  if (!entries.some(([, sum]) => sum.prompt_tokens + sum.completion_tokens > 0 || sum.usd > 0)) return null;
  const labels = shortNames(entries.map(([name]) => name));
  const totals = entries.map(([name, { usd }]) => ({
    condition: labels.get(name) ?? '',
    value: roundNumber(usd),
    text: `$${amount(usd)}`,
  }));
  const paid = costs.usd > 0;
  const counted = costs.prompt_tokens + costs.completion_tokens > 0;
  const panels = [...(paid ? [money(totals)] : []), ...(counted ? [tokens(costs, labels, !paid)] : [])];
  const said = entries.map(
    ([name, sum]) =>
      `${labels.get(name)}: ${count(sum.usage_records)} answers, ${count(sum.prompt_tokens + sum.completion_tokens)} tokens, ${amount(sum.usd)} USD`,
  );
  const discount = costs.batch_discount_applied ? ', less the discount for batches' : '';
  return {
    name: 'costs',
    title: 'Cost of each condition',
    caption: `All answers of a condition together.${paid ? ` Money at the configured prices${discount}.` : ''} Tokens as the answers report them: prompt and completion.`,
    alt: `Bars. ${said.join('; ')}.`,
    sources: ['costs.json'],
    spec: { hconcat: panels, spacing: 24 },
  };
}
