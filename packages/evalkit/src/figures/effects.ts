// The figure "effects" is a forest plot: each paired difference with its interval, metric by metric.
import type { Comparison, Metric, MetricResult, Significance } from '../results.ts';
import type { Figure, MaybeFigure, Spec } from './figure.ts';
import {
  controlName,
  inPoints,
  levelOf,
  metricLabel,
  metricName,
  placeLabel,
  shortName,
  shortNames,
  signed,
  signedInterval,
} from './label.ts';
import { type Place, places } from './place.ts';
import { INK, NAMES_AXIS, ruleAt, treatmentColour } from './theme.ts';

const METRICS: readonly Metric[] = ['false_answer', 'em', 'f1', 'abstained', 'unsupported'];
const WIDTH = 300;
const ENDPOINTS = ['primary endpoint', 'other'] as const;

interface Row {
  /** Metric and the direction that is better: one row of the axis. */
  readonly row: string;
  readonly treatment: string;
  readonly delta: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly endpoint: (typeof ENDPOINTS)[number];
  readonly text: string;
}

/** Which way on the axis is better, beside the name of the metric. */
function rowLabel(metric: Metric, { better }: MetricResult): string {
  const way = { higher: ' (better →)', lower: ' (← better)', neither: '' }[better];
  return `${metricLabel(metric)}${way}`;
}

function rowsOf(
  place: Place<Comparison>,
  { primary }: Significance,
  labels: ReadonlyMap<string, string>,
): Row[] {
  const here = primary.temp === place.temp && primary.type === place.type;
  return METRICS.flatMap((metric) =>
    place.entries.flatMap(([treatment, { metrics }]) => {
      const result = metrics[metric];
      if (result === undefined || result.delta === null) return [];
      const { delta, ci, n } = result;
      const interval = ci === null ? '(no interval)' : signedInterval(ci);
      return {
        row: rowLabel(metric, result),
        treatment: labels.get(treatment) ?? '',
        delta: inPoints(delta),
        low: ci === null ? null : inPoints(ci.low),
        high: ci === null ? null : inPoints(ci.high),
        endpoint: here && metric === primary.metric ? ENDPOINTS[0] : ENDPOINTS[1],
        text: `${signed(delta)} ${interval}, n = ${n}`,
      };
    }),
  );
}

/** All panels have one axis, so that lengths can be compared. */
function domainOf(rows: readonly Row[]): readonly [number, number] {
  const ends = rows.flatMap(({ delta, low, high }) => [delta, low ?? delta, high ?? delta]);
  return [Math.min(0, ...ends), Math.max(0, ...ends)];
}

function panel(
  title: string,
  rows: readonly Row[],
  shared: { domain: readonly [number, number]; labels: readonly string[] },
): Spec {
  const { domain, labels } = shared;
  const names = [...new Set(rows.map(({ row }) => row))];
  const y = {
    field: 'row',
    type: 'nominal',
    scale: { domain: names },
    axis: NAMES_AXIS,
  };
  const several = labels.length > 1;
  const shift = { yOffset: { field: 'treatment', type: 'nominal', scale: { domain: labels } } };
  const at = { y, ...(several ? shift : {}) };
  const scale = { domain, nice: true, zero: false };
  const x = {
    field: 'delta',
    type: 'quantitative',
    scale,
    axis: { title: 'treatment − control, percentage points' },
  };
  const color = treatmentColour(labels);
  const endpoint = { field: 'endpoint', type: 'nominal', legend: { title: 'endpoint' } };
  const shape = { ...endpoint, scale: { domain: ENDPOINTS, range: ['diamond', 'circle'] } };
  const primary = { test: `datum.endpoint === '${ENDPOINTS[0]}'`, value: 160 };
  const size = { condition: primary, value: 60 };
  return {
    title,
    width: WIDTH,
    height: names.length * (several ? 17 * labels.length + 6 : 22),
    data: { values: rows },
    layer: [
      ruleAt('x', 0),
      {
        mark: { type: 'rule', strokeWidth: 2 },
        encoding: { ...at, x: { ...x, field: 'low' }, x2: { field: 'high' }, color },
        transform: [{ filter: 'isValid(datum.low)' }],
      },
      { mark: { type: 'point', filled: true, opacity: 1 }, encoding: { ...at, x, color, shape, size } },
      {
        mark: { type: 'text', align: 'left', baseline: 'middle', color: INK },
        encoding: { ...at, x: { value: WIDTH + 12 }, text: { field: 'text' } },
      },
    ],
  };
}

function altOf(significance: Significance, control: string): string {
  const said = significance.primary.results.map(({ treatment, delta, ci, n, verdict }) => {
    if (delta === null) return `${shortName(treatment)}: no data`;
    const interval = ci === null ? '' : ` ${signedInterval(ci)}`;
    return `${shortName(treatment)}: ${signed(delta)} percentage points${interval}, n = ${n}, ${verdict}`;
  });
  const { metric, type, temp } = significance.primary;
  return `Forest plot of differences from ${control}. Primary endpoint, ${metricName(metric)}, ${placeLabel(type, temp).toLowerCase()}: ${said.join('; ')}.`;
}

/** Paired differences of every metric. */
export function effects(significance: Significance): MaybeFigure {
  const names = shortNames(significance.treatments);
  const labels = [...names.values()];
  const control = shortName(significance.control);
  const panels = places(significance.results, significance.primary)
    .map((place) => ({ title: placeLabel(place.type, place.temp), rows: rowsOf(place, significance, names) }))
    .filter(({ rows }) => rows.length > 0);
  if (panels.length === 0) return null;
  const domain = domainOf(panels.flatMap(({ rows }) => rows));
  const level = levelOf(significance.settings.alpha);
  const figure: Figure = {
    name: 'effects',
    title:
      labels.length === 1 ? `Differences between ${labels[0]} and ${control}` : `Differences from ${control}`,
    caption: `Paired differences, treatment minus ${controlName(significance.control)}, with ${level} intervals, in percentage points. Arrows say which way is better; a metric without an arrow is a description. n is the number of paired questions. The diamond is the primary endpoint, declared in the configuration; intervals are not adjusted for the number of comparisons.`,
    alt: altOf(significance, control),
    sources: ['significance.json'],
    spec: {
      vconcat: panels.map(({ title, rows }) => panel(title, rows, { domain, labels })),
      resolve: { scale: { color: 'shared', shape: 'shared' } },
    },
  };
  return figure;
}
