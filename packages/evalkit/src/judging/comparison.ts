// A Comparison is what a judge is asked: one question and two answers in a given order.
import type { ClosedQuestion, OpenQuestion } from '../datasets/question.ts';
import type { Request } from '../request.ts';
import { comparisonId, oneLine } from './pair.ts';

export interface ComparisonSettings {
  readonly temp: number;
  readonly maxTokens: number;
  /** Whether the judge is shown the right answer. */
  readonly reference: boolean;
}

/** What stands for the right answer to a question that has none. */
export const NO_ANSWER = "I don't know.";

/** The right answer as a judge and a person are shown it. */
export function referenceOf(question: OpenQuestion | ClosedQuestion): string {
  return oneLine(question.answers[0] ?? NO_ANSWER);
}

/** The user's turn: blocks that begin a line with QUESTION:, CONTEXT:, REFERENCE:, ANSWER A: and ANSWER B:. */
export function renderComparison(
  question: OpenQuestion | ClosedQuestion,
  answers: readonly [first: string, second: string],
  reference: boolean,
): string {
  const blocks = [`QUESTION: ${oneLine(question.question)}`];
  if ('context' in question) blocks.push(`CONTEXT: ${oneLine(question.context)}`);
  if (reference) blocks.push(`REFERENCE: ${referenceOf(question)}`);
  blocks.push(`ANSWER A: ${answers[0]}`, `ANSWER B: ${answers[1]}`);
  return blocks.join('\n');
}

/** The request for a comparison, in the shape that infer takes. */
export function comparisonRequest(
  question: OpenQuestion | ClosedQuestion,
  answers: readonly [first: string, second: string],
  settings: ComparisonSettings,
): Request {
  const content = renderComparison(question, answers, settings.reference);
  return {
    custom_id: comparisonId(question.id, answers[0], answers[1]),
    item_id: question.id,
    dataset: question.dataset,
    type: 'context' in question ? 'open' : 'closed',
    temp: settings.temp,
    sample: 0,
    body: {
      messages: [{ role: 'user', content }],
      max_tokens: settings.maxTokens,
      temperature: settings.temp,
      top_p: 1,
    },
  };
}
