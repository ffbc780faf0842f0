// Rows of a task: how they stand against the answers that were kept, what their keys are made of, and the sidecar beside them.
import type { Task, TaskOutput } from './graph.ts';
import { byCodeUnit } from './json.ts';
import type { Parts, TaskRecord } from './record.ts';

/** What asks how rows stand. */
export interface RowsAsked {
  /** The files of `rows.from`, in order. */
  readonly files: readonly string[];
  /** What the keys of rows are made with, see `rowFingerprintText`. */
  readonly fingerprint: string;
  /** Whether all of them shall be asked again, once in the life of a build. */
  readonly again: boolean;
  /** A record of just these rows, see `provenBy`. */
  readonly proof: TaskRecord | undefined;
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
  /** Keys of the rows that have an answer, so that what several tasks reuse counts once. */
  readonly reusedKeys: () => Iterable<string>;
  /** Whether a person wants all rows asked again, though they have answers. */
  readonly again: boolean;
  /** Another task, perhaps of another checkout, that asks some of these rows now. */
  readonly claimedBy: string | undefined;
}

/**
 * What a row's key is made of beside the row itself: a fingerprint of its task, less the file of rows and less where
 * other inputs lie. What they hold counts; so the same question under another shard or trial has the same key.
 * @param task the task, for the names of its inputs
 * @param parts its fingerprint, of now or of a record
 */
export function rowFingerprint(task: Pick<Task, 'target'>, parts: Parts): Parts {
  const from = task.target.rows?.from;
  const names = task.target.inputs.map((i) => i.name).filter((n) => n !== '');
  const out: Record<string, string> = {};
  const seen = new Map<string, number>();
  for (const label of Object.keys(parts).sort(byCodeUnit)) {
    const value = parts[label] as string;
    if (!label.startsWith('input:')) {
      out[label] = value;
      continue;
    }
    const rest = label.slice('input:'.length);
    const name = names.find((n) => rest.startsWith(`${n}:`) || rest.startsWith(`${n}#`)) ?? '';
    if (name === from) continue;
    const own = name === '' ? rest : rest.slice(name.length);
    if (own === '#order' || own === '#flag') {
      out[label] = value;
      continue;
    }
    const at = seen.get(name) ?? 0;
    seen.set(name, at + 1);
    out[`input:${name}#${at}`] = value;
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

/** The sidecar of an output with rows: `<output>.keys.jsonl`, by which its answers are known elsewhere. */
export function sidecarOf(output: TaskOutput): TaskOutput {
  const name = output.name === '' ? 'keys' : `${output.name}.keys`;
  const path = `${output.path}.keys.jsonl`;
  return { decl: { name, path, kind: 'file' }, name, kind: 'file', path, sidecar: true };
}
