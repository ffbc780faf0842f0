// The figure "risk-by-threshold" shows how the difference depends on the support threshold and on the policy below it.

import { roundNumber } from '../json-out.ts';
import type {
  PolicySweep,
  SensitivityPoint,
  SensitivityResult,
  UnsupportedPolicy,
  UnsupportedSensitivity,
} from '../results.ts';
import type { MaybeFigure, Spec } from './figure.ts';
import { controlName, inPoints, levelOf, metricName, shortName, shortNames } from './label.ts';
import { INK, PALETTE, ruleAt } from './theme.ts';

const WIDTH = 150;
const HEIGHT = 150;
const RATE_COLOUR = PALETTE[3];
const POLICIES: Readonly<Record<UnsupportedPolicy, { readonly title: string; readonly colour: string }>> = {
  wrong: { title: 'Counted as wrong', colour: PALETTE[0] },
  right: { title: 'Counted as right', colour: PALETTE[1] },
  excluded: { title: 'Left out', colour: PALETTE[2] },
};

interface Values {
  readonly threshold: number;
  readonly delta: number;
  readonly low: number | null;
  readonly high: number | null;
}

interface Panel {
  readonly title: string;
  readonly subtitle: readonly string[];
  readonly quantity: string;
  readonly colour: string;
  readonly values: readonly Values[];
  readonly tips: number | null;
}

function valuesOf(points: readonly SensitivityPoint[]): readonly Values[] {
  return points.flatMap(({ threshold, delta, ci }) => {
    if (threshold === null || delta === null) return [];
    const [low, high] = ci === null ? [null, null] : [inPoints(ci.low), inPoints(ci.high)];
    return { threshold, delta: inPoints(delta), low, high };
  });
}

function policyPanel(policy: UnsupportedPolicy, { points, tipping_point: tip }: PolicySweep): Panel {
  return {
    ...POLICIES[policy],
    subtitle:
      tip === null
        ? ['verdict never changes', ' ']
        : [`tips at ${tip.threshold}:`, `${tip.from} → ${tip.to}`],
    quantity: `${metricName('em')}, difference, pp`,
    values: valuesOf(points),
    tips: tip?.threshold ?? null,
  };
}

function panelsOf({ unsupported_rate: rate, policies }: SensitivityResult): readonly Panel[] {
  const first: Panel = {
    title: 'Unsupported answers',
    subtitle: ['how many there are', ' '],
    quantity: 'rate, difference, pp',
    colour: RATE_COLOUR,
    values: valuesOf(rate),
    tips: null,
  };
  const sweeps = Object.entries(policies) as [UnsupportedPolicy, PolicySweep][];
  return [first, ...sweeps.map(([policy, sweep]) => policyPanel(policy, sweep))].filter(
    ({ values }) => values.length > 0,
  );
}

function domainOf(panels: readonly Panel[], also: readonly number[]): readonly [number, number] {
  const ends = panels.flatMap(({ values }) =>
    values.flatMap(({ delta, low, high }) => [delta, low ?? delta, high ?? delta]),
  );
  const low = Math.min(0, ...ends, ...also);
  const high = Math.max(0, ...ends, ...also);
  const room = 0.08 * (high - low || 1);
  return [roundNumber(low - room), roundNumber(high + room)];
}

function draw(panel: Panel, domain: readonly [number, number], reference: number | null): Spec {
  const { title, subtitle, quantity, colour, values, tips } = panel;
  const x = {
    field: 'threshold',
    type: 'quantitative',
    scale: { zero: false, nice: false, padding: 6 },
    axis: { title: 'support threshold', grid: false, tickCount: 5, format: '~g' },
  };
  const y = {
    field: 'delta',
    type: 'quantitative',
    scale: { domain, nice: false },
    axis: { title: quantity, tickCount: 5, minExtent: 26, labelBound: 1 },
  };
  return {
    title: { text: title, subtitle },
    width: WIDTH,
    height: HEIGHT,
    data: { values },
    layer: [
      {
        mark: { type: 'area', color: colour, opacity: 0.25, invalid: 'break-paths-filter-domains' },
        encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' } },
      },
      ruleAt('y', 0),
      ...(reference === null ? [] : [ruleAt('y', reference, { strokeDash: [2, 3] })]),
      ...(tips === null ? [] : [ruleAt('x', tips, { strokeDash: [6, 3], strokeWidth: 1.5 })]),
      {
        mark: { type: 'line', color: colour, strokeWidth: 2, point: { color: colour, size: 28 } },
        encoding: { x, y },
      },
    ],
  };
}

function row(heading: string, result: SensitivityResult): Spec | null {
  const [rate, ...policies] = panelsOf(result);
  if (rate === undefined) return null;
  const reference = result.reference.delta === null ? null : inPoints(result.reference.delta);
  const domain = domainOf(policies, reference === null ? [] : [reference]);
  const isRate = rate.colour === RATE_COLOUR;
  return {
    title: { text: heading, color: INK, offset: 12 },
    hconcat: [
      draw(rate, isRate ? domainOf([rate], []) : domain, isRate ? null : reference),
      ...policies.map((panel) => draw(panel, domain, reference)),
    ],
    spacing: 18,
  };
}

/** Sensitivity to unsupported answers, one row of panels per temperature and treatment. */
export function riskByThreshold(sensitivity: UnsupportedSensitivity): MaybeFigure {
  const names = shortNames(sensitivity.treatments);
  const tips: string[] = [];
  const rows: Spec[] = [];
  for (const [temp, byTreatment] of Object.entries(sensitivity.results)) {
    for (const [treatment, result] of Object.entries(byTreatment)) {
      const whose = names.size > 1 ? `, ${names.get(treatment)}` : '';
      const heading = `Open-book questions, temperature ${shortName(temp)}${whose}`;
      const drawn = row(heading, result);
      if (drawn === null) continue;
      rows.push(drawn);
      for (const [policy, { tipping_point: tip }] of Object.entries(result.policies))
        if (tip !== null)
          tips.push(
            `temperature ${shortName(temp)}${whose}, ${policy}: at ${tip.threshold} from ${tip.from} to ${tip.to}`,
          );
    }
  }
  if (rows.length === 0) return null;
  const level = levelOf(sensitivity.settings.alpha);
  return {
    name: 'risk-by-threshold',
    title: 'What unsupported answers do to the conclusion',
    caption: `Difference, treatment minus ${controlName(sensitivity.control)}, with its ${level} band (pp: percentage points). Left: how often an answer has less support than the threshold. Then: exact match when such answers count as wrong, as right, or not at all; no band where no interval could be computed. Dotted: exact match without any policy. Dashed: the tipping point, the lowest threshold with another verdict.`,
    alt: `Lines over the support threshold. ${tips.length === 0 ? 'No policy changes the verdict' : `Tipping points: ${tips.join('; ')}`}.`,
    sources: ['unsupported_sensitivity.json'],
    spec: { vconcat: rows, spacing: 30 },
  };
}
