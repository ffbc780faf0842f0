// A FinishedRun is a run with nothing left to do: its answers and payments, kept so that they can be given out again.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from '../json-in.ts';
import { jsonText } from '../json-out.ts';
import { digestOfFile, writeDurably } from './durable-file.ts';
import type { Payment } from './protocol-line.ts';

const answersFile = (folder: string): string => join(folder, 'answers.jsonl');
const finishedFile = (folder: string): string => join(folder, 'finished.json');

export interface FinishedRun {
  /** The file of the answers, as it goes out. */
  readonly answers: string;
  readonly payments: readonly Payment[];
}

/** Keeps the answers of a run; from here on nothing is asked for it any more. */
export function keepFinished(folder: string, text: string, payments: readonly Payment[]): void {
  writeDurably(answersFile(folder), text);
  const document = {
    schema_version: 1,
    answers_sha256: digestOfFile(answersFile(folder)),
    payments: payments.map(({ usd, promptTokens, completionTokens, id }) => ({
      usd,
      in: promptTokens,
      out: completionTokens,
      id,
    })),
  };
  writeDurably(finishedFile(folder), jsonText(document));
}

/** Reads a finished run; undefined when there is none or its answers are damaged, so that it has to be finished again. */
export function readFinished(folder: string): FinishedRun | undefined {
  if (!existsSync(finishedFile(folder))) return undefined;
  const document = readJson(finishedFile(folder));
  if (digestOfFile(answersFile(folder)) !== document.raw('answers_sha256')) return undefined;
  const payments = document.objectList('payments').map((payment) => ({
    usd: payment.number('usd'),
    promptTokens: payment.count('in'),
    completionTokens: payment.count('out'),
    id: payment.has('id') ? payment.text('id') : null,
  }));
  return { answers: answersFile(folder), payments };
}
