// costs: sums up tokens and money over all answers: costs.json.
import { readConfig } from '../config.ts';
import type { CostSum, Costs } from '../costs-result.ts';
import { streamCsv } from '../csv.ts';
import { Failure } from '../failure.ts';
import { writeJson } from '../json-out.ts';
import { runPhase } from '../phase.ts';
import { PREDICTION_COLUMNS, readPrediction } from '../prediction.ts';
import { costOf, type Price, readPrice } from '../price.ts';

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
  sum(price: Price): CostSum {
    return {
      prompt_tokens: this.#prompt,
      completion_tokens: this.#completion,
      total_tokens: this.#prompt + this.#completion,
      usd: costOf(price, this.#prompt, this.#completion),
      usage_records: this.#records,
    };
  }
}

void runPhase({
  name: 'costs',
  summary: 'Sums up tokens and money over all answers, in total and by condition.',
  options: {
    config: {
      kind: 'value',
      placeholder: 'FILE',
      required: true,
      describe: 'configuration: pricing, provider',
    },
    predictions: {
      kind: 'value',
      placeholder: 'FILE',
      required: true,
      describe: 'predictions of parse (CSV)',
    },
    out: { kind: 'value', placeholder: 'FILE', required: true, describe: 'costs (JSON)' },
  },
  run: async (values) => {
    const config = readConfig(values.config);
    const price = readPrice(config);
    const total = new Tally();
    const byCondition = new Map<string, Tally>();
    for await (const row of streamCsv(values.predictions, PREDICTION_COLUMNS)) {
      const { condition, promptTokens, completionTokens } = readPrediction(row);
      const tally = byCondition.get(condition) ?? new Tally();
      byCondition.set(condition, tally);
      for (const one of [total, tally]) one.add(promptTokens, completionTokens);
    }
    if (total.records === 0) throw new Failure(`${values.predictions}: holds no predictions`);
    const sum = total.sum(price);
    const costs: Costs = {
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
    writeJson(values.out, costs);
    return `${sum.total_tokens} tokens, ${sum.usd.toFixed(4)} USD at the configured prices`;
  },
});
