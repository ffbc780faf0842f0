// The figure "selective-risk" shows what a threshold of support buys: how much is answered, and how much of that is wrong.
import type { Comparison, Significance } from '../results.ts';
import type { MaybeFigure, Spec } from './figure.ts';
import { controlName, inPoints, placeLabel, shortNames } from './label.ts';
import { type Place, places } from './place.ts';
import { PALETTE } from './theme.ts';

const WIDTH = 230;
const HEIGHT = 150;
const SHAPES = ['circle', 'square', 'triangle-up', 'diamond', 'cross', 'triangle-down'];

/** A condition at one threshold, in per cent; `wrong` is null where nothing is accepted. */
interface Point {
  readonly condition: string;
  readonly threshold: number;
  readonly answered: number;
  readonly wrong: number | null;
}

/** The points of all conditions of a place. The control is the same beside every treatment. */
function pointsOf(place: Place<Comparison>, names: ReadonlyMap<string, string>, control: string): Point[] {
  const points: Point[] = [];
  place.entries.forEach(([treatment, { selective_risk: made }], index) => {
    if (made === null) return;
    const all = [{ threshold: 0, control: made.control, treatment: made.treatment }, ...made.points];
    for (const at of all) {
      const sides = [[names.get(treatment) ?? '', at.treatment] as const];
      if (index === 0) sides.unshift([control, at.control]);
      for (const [condition, { coverage, risk }] of sides) {
        const wrong = risk === null ? null : inPoints(risk);
        points.push({ condition, threshold: at.threshold, answered: inPoints(coverage), wrong });
      }
    }
  });
  return points;
}

function panel(field: 'answered' | 'wrong', title: string, conditions: readonly string[]): Spec {
  const x = {
    field: 'threshold',
    type: 'quantitative',
    axis: { title: 'support an answer needs to be accepted', grid: false, tickCount: 5 },
  };
  const y = { field, type: 'quantitative', scale: { domain: [0, 100] }, axis: { title, tickCount: 5 } };
  const looks = (range: readonly string[]): Spec => ({
    field: 'condition',
    type: 'nominal',
    scale: { domain: conditions, range: conditions.map((_, index) => range[index % range.length]) },
    legend: { title: null },
  });
  const color = looks(PALETTE);
  return {
    width: WIDTH,
    height: HEIGHT,
    transform: [{ filter: `isValid(datum.${field})` }],
    layer: [
      { mark: { type: 'line', strokeWidth: 2 }, encoding: { x, y, color } },
      {
        mark: { type: 'point', filled: true, opacity: 1, size: 40 },
        encoding: { x, y, color, shape: looks(SHAPES) },
      },
    ],
  };
}

/** Risk and coverage by the support that an answer needs, for every place that has them. */
export function selectiveRisk(significance: Significance): MaybeFigure {
  const names = shortNames(significance.treatments);
  const control = controlName(significance.control);
  const panels = places(significance.results, significance.primary).flatMap((place) => {
    const points = pointsOf(place, names, control);
    return points.length === 0 ? [] : [{ title: placeLabel(place.type, place.temp), points }];
  });
  const [first] = panels;
  if (first === undefined) return null;
  const conditions = [control, ...names.values()];
  const said = first.points
    .filter(({ threshold }) => threshold === 0)
    .map(
      ({ condition, answered, wrong }) =>
        `${condition} answered ${answered} %, of which ${wrong ?? 0} % wrong`,
    );
  return {
    name: 'selective-risk',
    title: 'Risk among what is answered',
    caption:
      'An answer is accepted when its support reaches the threshold; at 0 everything that is not an abstention is. Left, the wrong answers among those accepted (exact match is 0); right, the share of all questions that still has an accepted answer. A condition is better when its risk is lower at the same share. Shares are descriptive, without intervals.',
    alt: `Lines of risk and of accepted answers by threshold. ${first.title}, everything accepted: ${said.join('; ')}.`,
    sources: ['significance.json'],
    spec: {
      vconcat: panels.map(({ title, points }) => ({
        title,
        data: { values: points },
        hconcat: [
          panel('wrong', 'wrong, % of accepted', conditions),
          panel('answered', 'accepted, % of questions', conditions),
        ],
      })),
      resolve: { scale: { color: 'shared', shape: 'shared' } },
    },
  };
}
