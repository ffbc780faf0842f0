// Selective risk: how often an answer is wrong, among the questions that were answered at all.
import { percentileInterval } from './bca.ts';
import { bootstrapSums } from './bootstrap.ts';
import { numberClusters, type Pair } from './pairs.ts';
import type { RandomStream } from './random.ts';
import type { Score } from './scores.ts';
import type { RiskPoint, SelectiveRisk, StatsSettings } from './significance-result.ts';
import type { Interval } from './terms.ts';

/** What the interval is drawn by. */
interface Drawing {
  readonly stream: RandomStream;
  readonly settings: Pick<StatsSettings, 'alpha' | 'bootstrap_samples' | 'risk_thresholds'>;
}

/** Share of the item's samples that answered, and that answered wrongly. */
function answers({ abstained, em, unanswerable }: Score): { answered: number; wrong: number } {
  const answered = 1 - (abstained ?? 0);
  // EM counts an abstention on an unanswerable question as right; every answer to one is wrong.
  const right = unanswerable ? 0 : Math.min(em ?? 0, answered);
  return { answered, wrong: answered - right };
}

function pointOf(scores: readonly Score[], accept: (score: Score) => boolean): RiskPoint {
  let [answered, wrong] = [0, 0];
  for (const score of scores) {
    if (!accept(score)) continue;
    const one = answers(score);
    answered += one.answered;
    wrong += one.wrong;
  }
  return { coverage: answered / scores.length, risk: answered > 0 ? wrong / answered : null };
}

/**
 * Coverage and risk of both conditions (El-Yaniv & Wiener, JMLR 11 (2010) 1605-1641). Abstention is yes or no, so it gives
 * one point; more points accept an answer when its support score (closed-book: the provider's confidence) reaches a
 * threshold. No area under the curve: that needs a confidence for every answer. The interval is a percentile cluster bootstrap.
 * @param stream draws the clusters of the interval
 * @returns null without pairs, and where abstention or EM was not measured
 */
export function selectiveRisk(pairs: readonly Pair[], { stream, settings }: Drawing): SelectiveRisk | null {
  const measured = ({ em, abstained }: Score): boolean => em !== null && abstained !== null;
  if (!pairs.every((pair) => measured(pair.control) && measured(pair.treatment))) return null;
  if (pairs.length === 0) return null;
  const control = pairs.map((pair) => pair.control);
  const treatment = pairs.map((pair) => pair.treatment);
  const all = { control: pointOf(control, () => true), treatment: pointOf(treatment, () => true) };
  const delta =
    all.treatment.risk === null || all.control.risk === null ? null : all.treatment.risk - all.control.risk;
  const scored = pairs.some((pair) => pair.control.support !== null || pair.treatment.support !== null);
  return {
    ...all,
    delta_risk: delta,
    delta_risk_ci: delta === null ? null : riskInterval(pairs, { stream, settings }),
    points: (scored ? settings.risk_thresholds : []).map((threshold) => {
      const accept = (score: Score): boolean => score.support !== null && score.support >= threshold;
      return { threshold, control: pointOf(control, accept), treatment: pointOf(treatment, accept) };
    }),
  };
}

/**
 * Null when some replicate has no answer at all on one side, and when no replicate differs from another, as with one
 * cluster: nothing varied then, which is not to say that nothing is uncertain.
 */
function riskInterval(pairs: readonly Pair[], { stream, settings }: Drawing): Interval | null {
  const { cluster, clusters } = numberClusters(pairs.map((pair) => pair.control.cluster));
  const columns = [0, 1, 2, 3].map(() => new Float64Array(clusters));
  pairs.forEach((pair, i) => {
    const left = answers(pair.control);
    const right = answers(pair.treatment);
    const at = cluster[i] as number;
    [left.wrong, left.answered, right.wrong, right.answered].forEach((value, c) => {
      const column = columns[c] as Float64Array;
      column[at] = (column[at] as number) + value;
    });
  });
  const sums = bootstrapSums(columns, settings.bootstrap_samples, stream);
  const [wrongC, answeredC, wrongT, answeredT] = sums as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const deltas = wrongT.map((wrong, r) => {
    return wrong / (answeredT[r] as number) - (wrongC[r] as number) / (answeredC[r] as number);
  });
  if (!deltas.every(Number.isFinite)) return null;
  const first = deltas[0] as number;
  const varied = deltas.some((delta) => Math.abs(delta - first) > 1e-12);
  return varied ? percentileInterval(deltas, settings.alpha) : null;
}
