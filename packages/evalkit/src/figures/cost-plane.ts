// The figure "cost-plane" sets the difference of cost against the difference of effect, with the cloud of the bootstrap.

import { roundNumber } from '../json-out.ts';
import type { CostComparison, CostEffectiveness, CostQuadrant } from '../results.ts';
import type { MaybeFigure, Spec } from './figure.ts';
import {
  amount,
  controlName,
  inPoints,
  levelOf,
  metricName,
  placeLabel,
  shortNames,
  signed,
} from './label.ts';
import { type Place, places } from './place.ts';
import { INK, ruleAt, treatmentColour } from './theme.ts';

const SIDE = 260;

/** Answers that a cost is told for, so that its numbers are readable. */
function answersFor(results: readonly Place<CostComparison>[]): number {
  const costs = results.flatMap(({ entries }) =>
    entries.map(([, { delta_cost: cost }]) => Math.abs(cost ?? 0)),
  );
  const most = Math.max(0, ...costs);
  return most === 0 || most >= 0.1 ? 1 : most >= 0.0001 ? 1000 : 1_000_000;
}

interface Point {
  readonly treatment: string;
  readonly effect: number;
  readonly cost: number;
}

interface Estimate extends Point {
  readonly effect_low: number;
  readonly effect_high: number;
  readonly cost_low: number;
  readonly cost_high: number;
}

interface Panel {
  readonly title: string;
  readonly cloud: readonly Point[];
  readonly estimates: readonly Estimate[];
}

function panelOf(place: Place<CostComparison>, names: ReadonlyMap<string, string>, per: number): Panel {
  const cloud: Point[] = [];
  const estimates: Estimate[] = [];
  for (const [name, result] of place.entries) {
    const { delta_cost: cost, delta_effect: effect, delta_cost_ci: costs, delta_effect_ci: effects } = result;
    if (cost === null || effect === null) continue;
    const treatment = names.get(name) ?? '';
    const money = (usd: number): number => roundNumber(per * usd);
    for (const point of result.cloud_sample ?? [])
      cloud.push({ treatment, effect: inPoints(point.effect), cost: money(point.cost) });
    estimates.push({
      treatment,
      effect: inPoints(effect),
      cost: money(cost),
      effect_low: inPoints(effects?.low ?? effect),
      effect_high: inPoints(effects?.high ?? effect),
      cost_low: money(costs?.low ?? cost),
      cost_high: money(costs?.high ?? cost),
    });
  }
  return { title: placeLabel(place.type, place.temp), cloud, estimates };
}

/** Half a side of the plane: all four quadrants are seen, with room for their names at the corners. */
function reach(numbers: readonly number[]): number {
  const most = Math.max(0, ...numbers.map(Math.abs));
  return most === 0 ? 1 : roundNumber(Number((1.4 * most).toPrecision(2)));
}

/** The four quadrants in words, at the corners. */
function corners(effect: number, cost: number): Spec[] {
  const places = [
    { x: -effect, y: cost, lines: ['worse and dearer'], align: 'left', baseline: 'top' },
    { x: effect, y: cost, lines: ['better and dearer'], align: 'right', baseline: 'top' },
    { x: -effect, y: -cost, lines: ['worse and cheaper'], align: 'left', baseline: 'bottom' },
    { x: effect, y: -cost, lines: ['better and cheaper'], align: 'right', baseline: 'bottom' },
  ];
  return places.map(({ x, y, lines, align, baseline }) => ({
    data: { values: [{ x, y, text: lines.join(' ') }] },
    mark: {
      type: 'text',
      align,
      baseline,
      dx: align === 'left' ? 4 : -4,
      dy: baseline === 'top' ? 4 : -4,
      color: INK,
      fontStyle: 'italic',
    },
    encoding: {
      x: { field: 'x', type: 'quantitative' },
      y: { field: 'y', type: 'quantitative' },
      text: { field: 'text' },
    },
  }));
}

interface Axes {
  readonly effect: number;
  readonly cost: number;
  readonly labels: readonly string[];
  readonly titles: { readonly effect: string; readonly cost: string };
}

function draw({ title, cloud, estimates }: Panel, { effect, cost, labels, titles }: Axes): Spec {
  const color = treatmentColour(labels);
  const axis = { tickCount: 5, grid: true };
  const x = {
    field: 'effect',
    type: 'quantitative',
    scale: { domain: [-effect, effect], nice: false },
    axis: { ...axis, title: titles.effect },
  };
  const y = {
    field: 'cost',
    type: 'quantitative',
    scale: { domain: [-cost, cost], nice: false },
    axis: { ...axis, title: titles.cost },
  };
  const data = { values: estimates };
  return {
    title,
    width: SIDE,
    height: SIDE - 40,
    layer: [
      {
        data: { values: cloud },
        mark: { type: 'circle', size: 10, opacity: 0.35 },
        encoding: { x, y, color },
      },
      ruleAt('x', 0),
      ruleAt('y', 0),
      {
        data,
        mark: { type: 'rule', strokeWidth: 2 },
        encoding: { x: { ...x, field: 'effect_low' }, x2: { field: 'effect_high' }, y, color },
      },
      {
        data,
        mark: { type: 'rule', strokeWidth: 2 },
        encoding: { y: { ...y, field: 'cost_low' }, y2: { field: 'cost_high' }, x, color },
      },
      {
        data,
        mark: {
          type: 'point',
          filled: true,
          shape: 'diamond',
          size: 110,
          opacity: 1,
          stroke: INK,
          strokeWidth: 1,
        },
        encoding: { x, y, color },
      },
      ...corners(effect, cost),
    ],
  };
}

const IN_WORDS: Readonly<Record<CostQuadrant, string>> = {
  dominant: 'better and cheaper',
  dominated: 'worse and dearer',
  'trade-off: better and dearer': 'better and dearer',
  'trade-off: worse and cheaper': 'worse and cheaper',
  'no difference': 'no difference',
};

function altOf(
  result: CostEffectiveness,
  all: readonly Place<CostComparison>[],
  names: ReadonlyMap<string, string>,
): string {
  const said = all.flatMap(({ temp, type, entries }) =>
    entries.flatMap(([name, { quadrant, delta_cost: cost, delta_effect: effect }]) => {
      if (quadrant === null || cost === null || effect === null) return [];
      return [
        `${placeLabel(type, temp)}, ${names.get(name)}: ${IN_WORDS[quadrant]} (${signed(effect)} percentage points, ${amount(cost)} USD an answer)`,
      ];
    }),
  );
  return `Cost-effectiveness plane against the ${controlName(result.control)}. ${said.join('; ')}.`;
}

/** The cost-effectiveness plane, one panel per temperature and type of question. */
export function costPlane(result: CostEffectiveness): MaybeFigure {
  const names = shortNames(result.treatments);
  const all = places(result.results);
  const per = answersFor(all);
  const panels = all
    .map((place) => panelOf(place, names, per))
    .filter(({ estimates }) => estimates.length > 0);
  if (panels.length === 0) return null;
  const points = panels.flatMap(({ cloud, estimates }) => [...cloud, ...estimates]);
  const unit = per === 1 ? 'USD an answer' : `USD per ${per === 1000 ? '1,000' : 'million'} answers`;
  const turned = result.better === 'lower' ? ', turned so that right is better' : '';
  const axes: Axes = {
    effect: reach(points.map(({ effect }) => effect)),
    cost: reach(points.map(({ cost }) => cost)),
    labels: [...names.values()],
    titles: {
      effect: `${metricName(result.metric)}, difference, pp`,
      cost: `cost, difference, ${unit}`,
    },
  };
  return {
    name: 'cost-plane',
    title: 'Cost against effect',
    caption: `Differences from the ${controlName(result.control)}: ${metricName(result.metric)} in percentage points${turned}, and cost. Diamond and cross: the estimate with its ${levelOf(result.settings.alpha)} intervals. Dots: ${Math.max(...panels.map(({ cloud }) => cloud.length))} of the ${result.settings.bootstrap_samples} bootstrap draws. Better and cheaper is worth having and worse and dearer is not, at any price; the other two quadrants depend on what an answer is worth.`,
    alt: altOf(result, all, names),
    sources: ['cost_effectiveness.json'],
    spec: {
      concat: panels.map((panel) => draw(panel, axes)),
      columns: 2,
      spacing: { row: 26, column: 30 },
      resolve: { scale: { color: 'shared' } },
    },
  };
}
