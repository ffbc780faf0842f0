// Rows say how a target's answers are kept one by one: which input asks, which output answers, and what makes a row the same.
import type { Fingerprint } from './fingerprint.ts';
import type { Task } from './graph.ts';
import { byCodeUnit } from './json.ts';
import type { Parts } from './record.ts';

/** `rows:` of a target. */
export interface RowsDecl {
  /** The input whose rows are asked. */
  readonly from: string;
  /** The output that takes the answers, in the order of the input. */
  readonly to: string;
  /** The field that names a row, in questions and answers. */
  readonly id: string;
  /** The fields that decide the answer; none means the whole row. */
  readonly by: readonly string[];
  /** The field that, when it is there and not null, makes a line no answer. */
  readonly error: string;
  /** How often one row is asked before it counts as refused. */
  readonly maxAttempts: number;
  /** How many rows may stay without an answer: a number, or a share of all. */
  readonly allowErrors: { readonly count: number } | { readonly share: number };
}

/** How the rows of a task stand against the answers that were kept. */
export interface RowCounts {
  readonly total: number;
  /** Rows that have an answer under today's key. */
  readonly reused: number;
  /** Rows of an id that the last result did not have. */
  readonly new: number;
  /** Rows whose id the last result had under another key. */
  readonly changed: number;
  /** Rows that were answered and whose answer is gone. */
  readonly missing: number;
  /** Rows that failed as often as they may be asked: they are not asked again. */
  readonly refused: number;
  /** Rows that go to the command. */
  readonly todo: number;
}

/** What the engine knows of the rows of a task: counts, or why they cannot be told. */
export interface RowStanding {
  readonly counts: RowCounts;
  /** Mistakes in the rows themselves: duplicate ids, two rows with one key, lines that are not JSON. */
  readonly problems: readonly string[];
  /** Keys of the rows that go to the command, so that rows which several tasks ask are counted once. */
  readonly todoKeys: () => Iterable<string>;
  /** Another task, perhaps of another checkout, that asks some of these rows now. */
  readonly claimedBy: string | undefined;
}

/** How many rows may stay without an answer. */
export function allowedErrors({ allowErrors }: RowsDecl, total: number): number {
  return 'count' in allowErrors ? allowErrors.count : Math.floor(allowErrors.share * total);
}

/**
 * What a row's key is made of beside the row itself: the fingerprint of its task, less the file of rows and less where
 * other inputs lie. What they hold counts; so the same question under another shard or trial has the same key.
 */
export function rowFingerprint(task: Task, made: Pick<Fingerprint, 'parts' | 'files'>): Parts {
  const from = task.target.rows?.from;
  const out: Record<string, string> = {};
  for (const [label, value] of Object.entries(made.parts))
    if (!label.startsWith('input:')) out[label] = value;
  for (const { input, paths } of made.files) {
    const { decl } = input;
    if (decl.name === from || decl.orderOnly) continue;
    const prefix = decl.name === '' ? 'input:' : `input:${decl.name}:`;
    const flag = made.parts[`input:${decl.name}#flag`];
    if (flag !== undefined) out[`input:${decl.name}#flag`] = flag;
    for (const [i, path] of paths.entries()) {
      const digest = made.parts[`${prefix}${path}`];
      if (digest !== undefined) out[`input:${decl.name}#${i}`] = digest;
    }
  }
  return out;
}

/** A row fingerprint as the one text that keys are made with. */
export function rowFingerprintText(parts: Parts): string {
  return Object.keys(parts)
    .sort(byCodeUnit)
    .map((label) => `${label}\0${parts[label]}\n`)
    .join('');
}

/** The counts in words: "12 new, 3 changed, 985 reused". */
export function rowCountsText(counts: RowCounts): string {
  const said: [number, string][] = [
    [counts.new, 'new'],
    [counts.changed, 'changed'],
    [counts.missing, 'missing'],
    [counts.refused, 'refused'],
    [counts.reused, 'reused'],
  ];
  const parts = said.flatMap(([n, word]) => (n === 0 ? [] : [`${n} ${word}`]));
  return parts.length === 0 ? 'no rows' : parts.join(', ');
}
