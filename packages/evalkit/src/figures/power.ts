// The figure "power" shows how likely a next run finds an effect, by the number of its questions.
import { TYPE_NAMES } from '../report/format.ts';
import type { PowerAnalysis, PowerEndpoint } from '../results.ts';
import type { MaybeFigure, Spec } from './figure.ts';
import { inPoints, metricLabel, metricName, placeLabel, shortNames } from './label.ts';
import { PALETTE, ruleAt } from './theme.ts';

const WIDTH = 250;
const HEIGHT = 150;
const SHAPES = ['circle', 'square', 'triangle-up', 'diamond', 'cross', 'triangle-down'];

function pointsText(share: number): string {
  return `${Number((100 * share).toPrecision(3))} pp`;
}

/** What the endpoint of a panel is, and what this run could find. */
function headingOf(endpoint: PowerEndpoint, power: number, names: ReadonlyMap<string, string>): Spec {
  const mde = (endpoint.binary ?? endpoint.mean)?.mde ?? null;
  const whose = names.size > 1 ? [names.get(endpoint.treatment) ?? ''] : [];
  const found =
    mde === null
      ? 'smallest effect found: unknown'
      : `smallest effect found with ${Number((100 * power).toPrecision(4))} % power: ${pointsText(mde)}`;
  return {
    text: `${metricLabel(endpoint.metric)}${endpoint.primary ? ' (primary)' : ''}`,
    subtitle: [...whose, placeLabel(endpoint.type, endpoint.temp), `this run: n = ${endpoint.n}`, found],
  };
}

/** A channel that tells the sizes of effect apart. */
function effectChannel(effects: readonly string[], looks: readonly string[]): Spec {
  const range = effects.map((_, index) => looks[index % looks.length]);
  const legend = { title: 'effect, percentage points (pp)' };
  return { field: 'effect', type: 'nominal', scale: { domain: effects, range }, legend };
}

function panel(
  endpoint: PowerEndpoint,
  { settings }: PowerAnalysis,
  names: ReadonlyMap<string, string>,
): Spec | null {
  const curve = (endpoint.binary ?? endpoint.mean)?.curve ?? [];
  if (curve.length === 0) return null;
  const effects = settings.target_effects.map(pointsText);
  const values = curve.map(({ effect, n, power }) => ({
    effect: pointsText(effect),
    n,
    power: inPoints(power),
  }));
  const sizes = [...curve.map(({ n }) => n), ...(endpoint.n > 0 ? [endpoint.n] : [])];
  const domain = [Math.min(...sizes), Math.max(...sizes)];
  const ticks = [...new Set(curve.map(({ n }) => n))];
  const axis = {
    title: 'questions (log scale)',
    values: ticks,
    format: ',d',
    grid: false,
    labelOverlap: 'greedy',
  };
  const x = {
    field: 'n',
    type: 'quantitative',
    scale: { type: 'log', domain, nice: false, padding: 8 },
    axis,
  };
  const y = {
    field: 'power',
    type: 'quantitative',
    scale: { domain: [0, 100] },
    axis: { title: 'power, %', tickCount: 5 },
  };
  const color = effectChannel(effects, PALETTE);
  const shape = effectChannel(effects, SHAPES);
  return {
    title: headingOf(endpoint, settings.power, names),
    width: WIDTH,
    height: HEIGHT,
    data: { values },
    layer: [
      ruleAt('y', inPoints(settings.power), { strokeDash: [6, 3] }),
      ...(endpoint.n > 0 ? [ruleAt('x', endpoint.n, { strokeDash: [2, 3] })] : []),
      { mark: { type: 'line', strokeWidth: 2 }, encoding: { x, y, color } },
      { mark: { type: 'point', filled: true, opacity: 1, size: 40 }, encoding: { x, y, color, shape } },
    ],
  };
}

/** Power curves of every endpoint of the power analysis. */
export function power(analysis: PowerAnalysis): MaybeFigure {
  const names = shortNames(analysis.treatments);
  const ordered = [
    ...analysis.endpoints.filter(({ primary }) => primary),
    ...analysis.endpoints.filter(({ primary }) => !primary),
  ];
  const panels = ordered.flatMap((endpoint) => panel(endpoint, analysis, names) ?? []);
  if (panels.length === 0) return null;
  const said = ordered.flatMap((endpoint) => {
    const mde = (endpoint.binary ?? endpoint.mean)?.mde ?? null;
    const whose = names.size > 1 ? `, ${names.get(endpoint.treatment)}` : '';
    const where = `${metricName(endpoint.metric)}, ${TYPE_NAMES[endpoint.type]}, temperature ${endpoint.temp}${whose}`;
    return mde === null ? [] : [`${where}: ${pointsText(mde)} at n = ${endpoint.n}`];
  });
  const target = `${Number((100 * analysis.settings.power).toPrecision(4))} %`;
  return {
    name: 'power',
    title: 'How many questions a next run needs',
    caption: `Power against the number of paired questions, for effects of several sizes, at alpha = ${analysis.settings.alpha} without adjustment for the number of treatments or for clusters. Dashed: the wanted power, ${target}. Dotted: the questions of this run. An effect is found with the wanted power where its curve crosses the dashed line.`,
    alt: `Power curves. Smallest effect that is found with ${target} power: ${said.join('; ') || 'unknown'}.`,
    sources: ['power_analysis.json'],
    spec: {
      concat: panels,
      columns: 2,
      spacing: { row: 26, column: 30 },
      resolve: { scale: { color: 'shared', shape: 'shared' } },
    },
  };
}
