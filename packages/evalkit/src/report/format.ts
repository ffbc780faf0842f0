// A format turns a number of a result into the text that stands in the report; what does not exist is a dash.
import type { CiMethod, Interval, Metric, OpenInterval, PMethod, QuestionType } from '../results.ts';

/** Shown where a number does not exist. */
export const NONE = '–';

const metricNames: Record<Metric, string> = {
  em: 'exact match',
  f1: 'token F1',
  abstained: 'abstained',
  false_answer: 'false answers',
  unsupported: 'unsupported answers',
};

const typeNames: Record<QuestionType, string> = {
  open: 'open-book',
  closed: 'closed-book',
};

/** Names of the metrics in tables. */
export const METRIC_NAMES: Readonly<Record<Metric, string>> = metricNames;

/** Names of the two kinds of question. */
export const TYPE_NAMES: Readonly<Record<QuestionType, string>> = typeNames;

/** Names what a report shows, where it is not what evalkit itself measures; called before its first line is written. */
export function nameAs(
  metrics: Readonly<Partial<Record<Metric, string>>>,
  types: Readonly<Partial<Record<QuestionType, string>>>,
): void {
  Object.assign(metricNames, metrics);
  Object.assign(typeNames, types);
}

/** A share as a percentage with one decimal, without the sign: 0.902 -> 90.2. */
export function percent(value: number | null): string {
  return value === null ? NONE : fixed(100 * value, 1);
}

/** The level of an interval in per cent, without superfluous digits: alpha 0.05 -> 95. */
export function level(alpha: number): string {
  return String(Number((100 * (1 - alpha)).toFixed(4)));
}

/** A difference of shares in percentage points, with its sign: -0.25 -> -25.2. */
export function points(value: number | null): string {
  if (value === null) return NONE;
  const text = fixed(100 * value, 1);
  return Number(text) > 0 ? `+${text}` : text;
}

/** `[83.7, 94.3]` */
export function percentInterval(interval: Interval | null): string {
  return interval === null ? NONE : `[${percent(interval.low)}, ${percent(interval.high)}]`;
}

/** `[-33.0, -17.4]` */
export function pointsInterval(interval: Interval | null): string {
  return interval === null ? NONE : `[${points(interval.low)}, ${points(interval.high)}]`;
}

/** An interval of a ratio; an end that is not bounded is infinity. */
export function ratioInterval(interval: OpenInterval | null): string {
  if (interval === null) return NONE;
  const end = (value: number | null): string => (value === null ? '∞' : ratio(value));
  return `[${end(interval.low)}, ${end(interval.high)}]`;
}

/** A ratio or effect size with two decimals. */
export function ratio(value: number | null): string {
  return value === null ? NONE : fixed(value, 2);
}

/** A p-value: four decimals, and `<0.0001` below. */
export function pValue(value: number | null): string {
  if (value === null) return NONE;
  return value < 0.0001 ? '<0.0001' : fixed(value, 4);
}

/** US dollars: four decimals from a cent up, three significant digits below. */
export function dollars(value: number | null): string {
  if (value === null) return NONE;
  if (value === 0) return '0';
  return Math.abs(value) >= 0.01 ? fixed(value, 4) : Number(value.toPrecision(3)).toString();
}

/** `[0.0001, 0.0002]` in US dollars. */
export function dollarsInterval(interval: Interval | null): string {
  return interval === null ? NONE : `[${dollars(interval.low)}, ${dollars(interval.high)}]`;
}

/** A whole number with commas between thousands. */
export function count(value: number | null): string {
  return value === null ? NONE : String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** A number with a fixed number of decimals; never `-0.0`. */
export function fixed(value: number, decimals: number): string {
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? (0).toFixed(decimals) : text;
}

const CI_NAMES: Readonly<Record<CiMethod, string>> = { newcombe_10: 'Newcombe', cluster_t: 't by cluster' };
const P_NAMES: Readonly<Record<PMethod, string>> = {
  mcnemar_mid_p: 'McNemar mid-p',
  sign_flip: 'sign flip',
};

/** How the headline interval and the headline p were made: `t by cluster; sign flip`. */
export function methodText(result: {
  readonly ci_method: CiMethod | null;
  readonly p_method: PMethod | null;
}): string {
  const names = [result.ci_method === null ? NONE : CI_NAMES[result.ci_method], testName(result.p_method)];
  return names.join('; ');
}

/** The name of a test. */
export function testName(method: PMethod | null): string {
  return method === null ? NONE : P_NAMES[method];
}
