// costs: sums up tokens and money over all answers: costs.json.
import { type Config, readConfig } from '../config.ts';
import type { CostSum, Costs } from '../costs-result.ts';
import { type CsvRow, streamCsv } from '../csv.ts';
import { Failure, UsageFailure } from '../failure.ts';
import { writeJson } from '../json-out.ts';
import { runPhase } from '../phase.ts';
import { PREDICTION_COLUMNS, readPrediction } from '../prediction.ts';
import { costOf, type Price, readPrice } from '../price.ts';
import { SCORE_COLUMNS } from '../scoring/item-score.ts';

/** A sum in which nothing is unknown. */
type PricedSum = { readonly [K in keyof CostSum]: number };

/** Tokens of some answers, added up. */
class Tally {
  #records = 0;
  #prompt = 0;
  #completion = 0;

  add(promptTokens: number, completionTokens: number): void {
    this.#records += 1;
    this.#prompt += promptTokens;
    this.#completion += completionTokens;
  }

  get records(): number {
    return this.#records;
  }

  /** Money from the sums of tokens, so that it does not depend on the order of the answers. */
  sum(price: Price): PricedSum {
    return {
      prompt_tokens: this.#prompt,
      completion_tokens: this.#completion,
      total_tokens: this.#prompt + this.#completion,
      usd: costOf(price, this.#prompt, this.#completion),
      usage_records: this.#records,
    };
  }
}

/** Tokens and money of some items as their scores have them; what no item states stays unknown. */
class ScoreTally {
  #answers = 0;
  #records = 0;
  #prompt: number | null = null;
  #completion: number | null = null;
  #usd: number | null = null;

  add(row: CsvRow): void {
    const samples = row.number('samples');
    const prompt = row.optionalNumber('prompt_tokens');
    const completion = row.optionalNumber('completion_tokens');
    const usd = row.optionalNumber('usd');
    this.#answers += samples;
    if (prompt !== null || completion !== null || usd !== null) this.#records += samples;
    this.#prompt = plus(this.#prompt, prompt);
    this.#completion = plus(this.#completion, completion);
    this.#usd = plus(this.#usd, usd);
  }

  /** Answers, with usage or not. */
  get answers(): number {
    return this.#answers;
  }

  sum(): CostSum {
    const total = this.#prompt === null ? this.#completion : plus(this.#prompt, this.#completion);
    return {
      prompt_tokens: this.#prompt,
      completion_tokens: this.#completion,
      total_tokens: total,
      usd: this.#usd,
      usage_records: this.#records,
    };
  }
}

function plus(sum: number | null, value: number | null): number | null {
  return value === null ? sum : (sum ?? 0) + value;
}

async function costsOfPredictions(path: string, config: Config): Promise<Costs> {
  const price = readPrice(config);
  const total = new Tally();
  const byCondition = new Map<string, Tally>();
  for await (const row of streamCsv(path, PREDICTION_COLUMNS)) {
    const { condition, promptTokens, completionTokens } = readPrediction(row);
    const tally = byCondition.get(condition) ?? new Tally();
    byCondition.set(condition, tally);
    for (const one of [total, tally]) one.add(promptTokens, completionTokens);
  }
  if (total.records === 0) throw new Failure(`${path}: holds no predictions`);
  const sum = total.sum(price);
  return {
    schema_version: 2,
    prompt_tokens: sum.prompt_tokens,
    completion_tokens: sum.completion_tokens,
    total_tokens: sum.total_tokens,
    usd: sum.usd,
    batch_discount_applied: price.batch_discount > 0,
    usage_records: sum.usage_records,
    usage_source: `usage of each answer, as reported by the provider ${config.text('provider.name')}`,
    pricing: price,
    by_condition: Object.fromEntries(
      [...byCondition].map(([condition, tally]) => [condition, tally.sum(price)]),
    ),
  };
}

async function costsOfScores(path: string): Promise<Costs> {
  const total = new ScoreTally();
  const byCondition = new Map<string, ScoreTally>();
  for await (const row of streamCsv(path, SCORE_COLUMNS)) {
    const condition = row.text('condition');
    const tally = byCondition.get(condition) ?? new ScoreTally();
    byCondition.set(condition, tally);
    for (const one of [total, tally]) one.add(row);
  }
  if (total.answers === 0) throw new Failure(`${path}: holds no scores`);
  const { usage_records: records, ...sum } = total.sum();
  return {
    schema_version: 2,
    ...sum,
    batch_discount_applied: false,
    usage_records: records,
    usage_source: `the scores, which state tokens or money for ${records} of ${total.answers} answers`,
    pricing: null,
    by_condition: Object.fromEntries([...byCondition].map(([condition, tally]) => [condition, tally.sum()])),
  };
}

void runPhase({
  name: 'costs',
  summary: 'Sums up tokens and money over all answers, in total and by condition.',
  options: {
    config: {
      kind: 'value',
      placeholder: 'FILE',
      describe: 'configuration: pricing, provider; for predictions',
    },
    predictions: {
      kind: 'value',
      placeholder: 'FILE',
      describe: 'predictions of parse (CSV)',
    },
    scores: {
      kind: 'value',
      placeholder: 'FILE',
      describe: 'or scores of import (CSV), with the money they state',
    },
    out: { kind: 'value', placeholder: 'FILE', required: true, describe: 'costs (JSON)' },
  },
  run: async ({ config, predictions, scores, out }) => {
    if ((predictions === undefined) === (scores === undefined))
      throw new UsageFailure('give --predictions FILE, or --scores FILE');
    if (predictions !== undefined && config === undefined)
      throw new UsageFailure(
        '--config FILE is required: predictions have tokens, and pricing makes them money',
      );
    const costs =
      predictions !== undefined && config !== undefined
        ? await costsOfPredictions(predictions, readConfig(config))
        : await costsOfScores(scores ?? '');
    writeJson(out, costs);
    if (costs.usage_records === 0) return 'the scores state neither tokens nor money';
    const usd = costs.usd === null ? 'unknown' : costs.usd.toFixed(4);
    return `${costs.total_tokens ?? 'unknown'} tokens, ${usd} USD${costs.pricing ? ' at the configured prices' : ''}`;
  },
});
