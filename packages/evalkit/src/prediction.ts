// A Prediction is a row of predictions.csv: one answer of one condition, with its tokens.
import type { CsvRow } from './csv.ts';
import type { QuestionType } from './request.ts';

/** `request_id` stands for a condition with a custom_id: one per row. */
export const PREDICTION_COLUMNS = [
  'custom_id',
  'dataset',
  'item_id',
  'condition',
  'temp',
  'sample_index',
  'type',
  'request_id',
  'finish_reason',
  'response_text',
  'support',
  'prompt_tokens',
  'completion_tokens',
  'total_tokens',
] as const;

export interface Prediction {
  readonly custom_id: string;
  readonly dataset: string;
  readonly item_id: string;
  readonly condition: string;
  /** As written: 0.0, 0.7. */
  readonly temp: string;
  readonly sample: number;
  readonly type: QuestionType;
  readonly text: string;
  /** The provider's own confidence, or null. */
  readonly support: number | null;
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** Reads a row. @throws Failure naming file, line and column */
export function readPrediction(row: CsvRow): Prediction {
  const type = row.text('type');
  if (type !== 'open' && type !== 'closed') return row.reject('type', 'open or closed');
  row.number('temp');
  return {
    custom_id: row.text('custom_id'),
    dataset: row.text('dataset'),
    item_id: row.text('item_id'),
    condition: row.text('condition'),
    temp: row.text('temp'),
    sample: row.number('sample_index'),
    type,
    text: row.text('response_text'),
    support: row.optionalNumber('support'),
    promptTokens: row.number('prompt_tokens'),
    completionTokens: row.number('completion_tokens'),
  };
}
