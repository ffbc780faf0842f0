// Model data are the scores of one type of question, laid out for regression on condition and temperature.
import type { ItemCells } from './glmm.ts';
import type { Observation } from './lmm.ts';
import type { BinomialCell, DesignRows } from './logistic.ts';
import { numberClusters } from './pairs.ts';
import type { Score, ScoreTable } from './scores.ts';
import type { QuestionType } from './terms.ts';

/** The part of the scores that a model is fitted to. */
export interface ModelFrame {
  readonly type: QuestionType;
  readonly temps: readonly string[];
  /** Control first. */
  readonly conditions: readonly string[];
  readonly notes: readonly string[];
}

/** Leaves out treatments that lack scores at some temperature, since their effects could not be told apart. */
export function modelFrame(
  table: ScoreTable,
  type: QuestionType,
  { control, treatments }: { readonly control: string; readonly treatments: readonly string[] },
): ModelFrame {
  const temps = table.temps.filter((temp) => table.group(temp, type, control).size > 0);
  const complete = (condition: string): boolean =>
    temps.length > 0 && temps.every((temp) => table.group(temp, type, condition).size > 0);
  const kept = treatments.filter(complete);
  return {
    type,
    temps,
    conditions: [control, ...kept],
    notes: treatments
      .filter((treatment) => !complete(treatment))
      .map((treatment) => `${treatment} lacks scores at some temperature and is left out of the models`),
  };
}

/** Names of the fixed effects of condition * temperature, first levels as reference. */
export function termNames({ conditions, temps }: Pick<ModelFrame, 'conditions' | 'temps'>): string[] {
  const condition = conditions.slice(1).map((name) => `condition[${name}]`);
  const temp = temps.slice(1).map((text) => `temp[${text}]`);
  return ['(Intercept)', ...condition, ...temp, ...temp.flatMap((t) => condition.map((c) => `${c}:${t}`))];
}

/** The covariates of one condition and temperature, by position; columns as in termNames. */
export function designRow(
  frame: Pick<ModelFrame, 'conditions' | 'temps'>,
  condition: number,
  temp: number,
): Float64Array {
  const treatments = frame.conditions.length - 1;
  const temps = frame.temps.length - 1;
  const row = new Float64Array(1 + treatments + temps + treatments * temps);
  row[0] = 1;
  if (condition > 0) row[condition] = 1;
  if (temp > 0) row[treatments + temp] = 1;
  if (condition > 0 && temp > 0) row[treatments + temps + (temp - 1) * treatments + condition] = 1;
  return row;
}

/** Design rows of every combination; the cell of condition c at temperature t refers to row t * conditions + c. */
export function designRows(frame: ModelFrame): DesignRows {
  return frame.temps.flatMap((_, temp) =>
    frame.conditions.map((_, condition) => designRow(frame, condition, temp)),
  );
}

/** The weights that give a treatment's effect at one temperature from the fixed effects. */
export function contrastWeights(frame: ModelFrame, condition: number, temp: number): Float64Array {
  const control = designRow(frame, 0, temp);
  return designRow(frame, condition, temp).map((value, j) => value - (control[j] as number));
}

/** Right answers (EM) of every item in binomial cells, items in code-unit order; clusters numbered by appearance. */
export function binomialItems(
  table: ScoreTable,
  frame: ModelFrame,
): { items: ItemCells[]; clusters: number } {
  const cells = new Map<string, { cluster: string; cells: BinomialCell[] }>();
  frame.temps.forEach((temp, t) => {
    frame.conditions.forEach((condition, c) => {
      for (const score of table.group(temp, frame.type, condition).values()) {
        if (score.em === null) continue;
        const entry = cells.get(score.item) ?? { cluster: score.cluster, cells: [] };
        cells.set(score.item, entry);
        const design = t * frame.conditions.length + c;
        entry.cells.push({ design, successes: Math.round(score.em * score.samples), trials: score.samples });
      }
    });
  });
  const ordered = [...cells.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
  const { cluster, clusters } = numberClusters(ordered.map((entry) => entry.cluster));
  return {
    items: ordered.map((entry, i) => ({ cells: entry.cells, cluster: cluster[i] as number })),
    clusters,
  };
}

/** F1 of every item and condition at one temperature, in code-unit order of the items. */
export function f1Observations(
  table: ScoreTable,
  frame: ModelFrame,
  temp: string,
): { data: Observation[]; clusterOf: number[]; items: number; clusters: number } {
  const rows: { score: Score; f1: number; condition: number }[] = [];
  frame.conditions.forEach((name, condition) => {
    for (const score of table.group(temp, frame.type, name).values()) {
      if (score.f1 !== null) rows.push({ score, f1: score.f1, condition });
    }
  });
  rows.sort((a, b) => {
    if (a.score.item !== b.score.item) return a.score.item < b.score.item ? -1 : 1;
    return a.condition - b.condition;
  });
  const item = numberClusters(rows.map((row) => row.score.item));
  const cluster = numberClusters(rows.map((row) => row.score.cluster));
  const one = { conditions: frame.conditions, temps: [temp] };
  return {
    data: rows.map((row, i) => ({
      x: designRow(one, row.condition, 0),
      y: row.f1,
      item: item.cluster[i] as number,
    })),
    clusterOf: Array.from(cluster.cluster),
    items: item.clusters,
    clusters: cluster.clusters,
  };
}
