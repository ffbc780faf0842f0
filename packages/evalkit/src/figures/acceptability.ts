// The figure "acceptability" shows how likely a treatment is worth its cost, by what a better answer is worth.
import { roundNumber } from '../json-out.ts';
import type { CostComparison, CostEffectiveness } from '../results.ts';
import type { MaybeFigure, Spec } from './figure.ts';
import { controlName, inPoints, metricName, placeLabel, shortNames } from './label.ts';
import { type Place, places } from './place.ts';
import { ruleAt, treatmentColour } from './theme.ts';

interface Value {
  readonly treatment: string;
  readonly lambda: number;
  readonly probability: number;
}

interface Panel {
  readonly title: string;
  readonly curve: readonly Value[];
  /** At the lambdas of the configuration. */
  readonly points: readonly Value[];
}

function panelOf(place: Place<CostComparison>, names: ReadonlyMap<string, string>): Panel {
  const valuesOf = (
    of: (result: CostComparison) => readonly { lambda: number; probability: number | null }[],
  ): Value[] =>
    place.entries.flatMap(([name, result]) =>
      of(result).flatMap(({ lambda, probability }) =>
        probability === null || lambda <= 0
          ? []
          : [{ treatment: names.get(name) ?? '', lambda, probability: inPoints(probability) }],
      ),
    );
  const points = valuesOf((result) => result.net_benefit);
  const curve = valuesOf((result) => result.acceptability ?? []);
  return { title: placeLabel(place.type, place.temp), curve: curve.length > 0 ? curve : points, points };
}

/** Powers of ten for the axis, five or six of them at most. */
function decades(lambdas: readonly number[]): readonly number[] {
  const from = Math.ceil(Math.log10(Math.min(...lambdas)));
  const to = Math.floor(Math.log10(Math.max(...lambdas)));
  const step = Math.max(1, Math.ceil((to - from) / 5));
  const all = Array.from(
    { length: Math.max(0, Math.floor((to - from) / step) + 1) },
    (_, i) => from + i * step,
  );
  return all.map((exponent) => roundNumber(10 ** exponent));
}

function draw({ title, curve, points }: Panel, labels: readonly string[], worth: string): Spec {
  const color = treatmentColour(labels);
  const axis = {
    title: `worth of ${worth}, USD (log scale)`,
    grid: false,
    format: '~g',
    values: decades(curve.map(({ lambda }) => lambda)),
  };
  const x = { field: 'lambda', type: 'quantitative', scale: { type: 'log', nice: false }, axis };
  const y = {
    field: 'probability',
    type: 'quantitative',
    scale: { domain: [0, 100] },
    axis: { title: 'probability of being worth it, %', tickCount: 5 },
  };
  return {
    title,
    width: 250,
    height: 160,
    layer: [
      ruleAt('y', 50, { strokeDash: [2, 3] }),
      { data: { values: curve }, mark: { type: 'line', strokeWidth: 2 }, encoding: { x, y, color } },
      {
        data: { values: points },
        mark: { type: 'point', filled: true, opacity: 1, size: 45 },
        encoding: { x, y, color },
      },
    ],
  };
}

/** Acceptability curves, one panel per temperature and type of question. */
export function acceptability(result: CostEffectiveness): MaybeFigure {
  const names = shortNames(result.treatments);
  const panels = places(result.results)
    .map((place) => panelOf(place, names))
    .filter(({ curve }) => curve.length > 0);
  if (panels.length === 0) return null;
  const worth = result.metric === 'em' ? 'one more right answer' : `one unit of ${metricName(result.metric)}`;
  const said = panels.flatMap(({ title, points }) =>
    points.map(
      ({ treatment, lambda, probability }) => `${title}, ${treatment}: ${probability} % at ${lambda} USD`,
    ),
  );
  return {
    name: 'acceptability',
    title: 'Probability that the treatment is worth its cost',
    caption: `Share of the bootstrap draws in which the treatment has more net benefit than the ${controlName(result.control)}, by what ${worth} is worth in US dollars. Points: the worths that the configuration names. Dotted: even chances.`,
    alt: `Acceptability curves. ${said.join('; ')}.`,
    sources: ['cost_effectiveness.json'],
    spec: {
      concat: panels.map((panel) => draw(panel, [...names.values()], worth)),
      columns: 2,
      spacing: { row: 26, column: 30 },
      resolve: { scale: { color: 'shared' } },
    },
  };
}
