// The figure "discordance" shows the pairs that differ: how often only the treatment, how often only the control scores.
import type { Better, Comparison, McNemarResult, Metric, Significance } from '../results.ts';
import type { MaybeFigure, Spec } from './figure.ts';
import { controlName, metricLabel, placeLabel, shortNames } from './label.ts';
import { type Place, places } from './place.ts';
import { BAD, GOOD, INK, NAMES_AXIS, NEITHER, ruleAt } from './theme.ts';

const METRICS: readonly Metric[] = ['false_answer', 'em', 'abstained', 'unsupported'];
const WIDTH = 340;
const FAVOURS = ['speaks for the treatment', 'speaks for the control', 'neither'] as const;

interface Bar {
  readonly metric: string;
  readonly only: 'control' | 'treatment';
  /** Negative for the control, so that its bar goes left. */
  readonly pairs: number;
  readonly count: string;
  readonly favours: (typeof FAVOURS)[number];
}

interface Panel {
  readonly title: string;
  readonly bars: readonly Bar[];
  readonly texts: readonly { readonly metric: string; readonly text: string }[];
}

function barsOf(metric: Metric, better: Better, { b, c }: McNemarResult): readonly Bar[] {
  const name = metricLabel(metric);
  const treatment = { higher: FAVOURS[0], lower: FAVOURS[1], neither: FAVOURS[2] }[better];
  const control = { higher: FAVOURS[1], lower: FAVOURS[0], neither: FAVOURS[2] }[better];
  return [
    { metric: name, only: 'control', pairs: -c, count: String(c), favours: control },
    { metric: name, only: 'treatment', pairs: b, count: String(b), favours: treatment },
  ];
}

function panelsOf(place: Place<Comparison>, names: ReadonlyMap<string, string>): Panel[] {
  return place.entries.flatMap(([treatment, { metrics }]) => {
    const bars: Bar[] = [];
    const texts: { metric: string; text: string }[] = [];
    for (const metric of METRICS) {
      const result = metrics[metric];
      const test = result?.tests.mcnemar;
      if (result === undefined || test === null || test === undefined || result.kind !== 'binary') continue;
      bars.push(...barsOf(metric, result.better, test));
      const pairs = test.both + test.b + test.c + test.neither;
      texts.push({ metric: metricLabel(metric), text: `${test.b + test.c} of ${pairs} differ` });
    }
    const whose = names.size > 1 ? `: ${names.get(treatment)}` : '';
    return bars.length > 0 ? [{ title: `${placeLabel(place.type, place.temp)}${whose}`, bars, texts }] : [];
  });
}

function draw({ title, bars, texts }: Panel, widest: number): Spec {
  const domain = texts.map(({ metric }) => metric);
  const y = {
    field: 'metric',
    type: 'nominal',
    scale: { domain },
    axis: NAMES_AXIS,
  };
  const scale = { domain: [-widest, widest], nice: true };
  const axis = {
    title: '← only the control · pairs · only the treatment →',
    labelExpr: 'format(abs(datum.value), "d")',
    tickMinStep: 1,
  };
  const x = { field: 'pairs', type: 'quantitative', scale, axis };
  const color = {
    field: 'favours',
    type: 'nominal',
    scale: { domain: FAVOURS, range: [GOOD, BAD, NEITHER] },
    legend: { title: null },
  };
  const number = (side: Bar['only'], align: string, dx: number): Spec => ({
    transform: [{ filter: { field: 'only', equal: side } }],
    mark: { type: 'text', align, dx, baseline: 'middle', color: INK },
    encoding: { x, y, text: { field: 'count' } },
  });
  return {
    title,
    width: WIDTH,
    height: 26 * domain.length,
    data: { values: bars },
    layer: [
      { mark: { type: 'bar', height: 15 }, encoding: { x, y, color } },
      ruleAt('x', 0),
      number('control', 'right', -4),
      number('treatment', 'left', 4),
      {
        data: { values: texts },
        mark: { type: 'text', align: 'left', baseline: 'middle', color: INK },
        encoding: { x: { value: WIDTH + 12 }, y, text: { field: 'text' } },
      },
    ],
  };
}

/** Discordant pairs of every yes-or-no metric. */
export function discordance(significance: Significance): MaybeFigure {
  const names = shortNames(significance.treatments);
  const panels = places(significance.results, significance.primary).flatMap((place) =>
    panelsOf(place, names),
  );
  if (panels.length === 0) return null;
  const widest = Math.max(
    1,
    ...panels.flatMap(({ bars }) => bars.map(({ pairs }) => 1.12 * Math.abs(pairs))),
  );
  const [first] = panels as [Panel];
  const said = first.texts.map(({ metric, text }) => {
    const [c, b] = first.bars.filter((bar) => bar.metric === metric);
    return `${metric.toLowerCase()} ${c?.count} only under the control, ${b?.count} only under the treatment (${text})`;
  });
  const spec = {
    vconcat: panels.map((panel) => draw(panel, widest)),
    resolve: { scale: { color: 'shared' } },
  };
  return {
    name: 'discordance',
    title: 'Questions on which the conditions differ',
    caption: `Pairs in which a metric is met under one condition only: under the ${controlName(significance.control)} to the left, under the treatment to the right. Pairs that agree say nothing about the difference and are not drawn. Only metrics that are yes or no for each question.`,
    alt: `Bars of discordant pairs. ${first.title}: ${said.join('; ')}.`,
    sources: ['significance.json'],
    spec,
  };
}
