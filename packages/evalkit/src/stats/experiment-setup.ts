// The setup of an experiment as an analysis sees it: which condition is the control, and what the scores hold.
import type { Config } from '../config.ts';
import { Failure } from '../failure.ts';
import { metricsOf, type ScoreTable, UNSTATED } from './scores.ts';
import type { Metric, QuestionType } from './terms.ts';

export interface Setup {
  /** The first of the configured conditions. */
  readonly control: string;
  /** The others, in their configured order; each is compared with the control. */
  readonly treatments: readonly string[];
  readonly notes: readonly string[];
}

/**
 * Reads `conditions` and compares it with the scores.
 * @param scoresPath for messages
 * @throws Failure when fewer than two conditions are configured, one is named twice, or the control has no scores
 */
export function readSetup(config: Config, table: ScoreTable, scoresPath: string): Setup {
  const [control, ...treatments] = config.textList('conditions');
  if (control === undefined || treatments.length === 0) {
    return config.reject('conditions', 'the control and at least one treatment');
  }
  if (new Set([control, ...treatments]).size !== treatments.length + 1) {
    return config.reject('conditions', 'every condition once');
  }
  if (!table.conditions.includes(control)) {
    const found = table.conditions.length > 0 ? `only ${table.conditions.join(', ')}` : 'no rows at all';
    throw new Failure(
      `${scoresPath}: condition: no row of the control ${control} (first of \`conditions\`); the file has ${found}`,
    );
  }
  const configured = [control, ...treatments];
  const missing = treatments.filter((treatment) => !table.conditions.includes(treatment));
  const extra = table.conditions.filter((condition) => !configured.includes(condition));
  return {
    control,
    treatments,
    notes: [
      ...missing.map((name) => `treatment ${name} has no scores`),
      ...extra.map(
        (name) => `condition ${name} is in the scores and not in the configuration; it is left out`,
      ),
      ...table.types.flatMap((type) => absentMetrics(table, type)),
    ],
  };
}

/** What no score of a type holds is never computed, and every result says so. */
function absentMetrics(table: ScoreTable, type: QuestionType): string[] {
  const measured = table.measured(type);
  const absent = metricsOf(type).filter((metric) => !measured.includes(metric));
  const of = table.types.length > 1 ? `${type}: ` : '';
  return absent.length === 0 ? [] : [`${of}not measured in these scores and left out: ${absent.join(', ')}`];
}

/** Where the primary endpoint stands. */
export interface PrimaryKey {
  readonly metric: Metric;
  readonly type: QuestionType;
  /** As written in the scores. */
  readonly temp: string;
}

/**
 * Reads `stats.primary` and finds it in the scores; the temperature is compared as a number. Type and temperature may be
 * left out where the scores have one only.
 * @throws Failure when the scores have no such metric, type or temperature
 */
export function readPrimary(config: Config, table: ScoreTable): PrimaryKey {
  const metric = config.oneOf('stats.primary.metric', [
    'em',
    'f1',
    'abstained',
    'false_answer',
    'unsupported',
  ]);
  const [only] = table.types;
  const typeMayLack = !config.has('stats.primary.type') && table.types.length === 1;
  const type = typeMayLack && only ? only : config.oneOf('stats.primary.type', ['open', 'closed']);
  if (type === 'closed' && (metric === 'false_answer' || metric === 'unsupported')) {
    config.reject('stats.primary.metric', 'a metric that closed-book questions have: em, f1 or abstained');
  }
  if (!table.types.includes(type)) {
    config.reject('stats.primary.type', `a type that is in the scores (${table.types.join(', ')})`);
  }
  if (!table.measured(type).includes(metric)) {
    const found = table.measured(type).join(', ') || 'none at all';
    config.reject('stats.primary.metric', `a metric that is in the ${type} scores (${found})`);
  }
  return { metric, type, temp: primaryTemp(config, table) };
}

function primaryTemp(config: Config, table: ScoreTable): string {
  const [only] = table.temps;
  if (!config.has('stats.primary.temp') && table.temps.length === 1 && only !== undefined) return only;
  const wanted = config.raw('stats.primary.temp');
  const found = table.temps.find((text) => (text === UNSTATED ? text : Number(text)) === wanted);
  const expected = `a temperature that is in the scores (${table.temps.join(', ')})`;
  return found ?? config.reject('stats.primary.temp', expected);
}
