// A Reference is a second, independent computation of the numbers that the Python scripts of the example write.

/** A record of a CSV file by column. */
export type Cells = Readonly<Record<string, string>>;

/** A question as `data/prepared/*.jsonl` holds it. */
export interface Question {
  readonly id: string;
  readonly dataset: string;
  readonly answers: readonly string[];
  readonly context?: string;
}

/** What one condition's answers are worth. */
export interface Score {
  readonly em: number;
  readonly f1: number;
}

/** Reads a CSV file; a field may be quoted, but none of ours holds a line break. */
export function cellsOf(text: string): Cells[] {
  const [header, ...lines] = text.trimEnd().split('\n').map(fieldsOf);
  return lines.map((fields) => Object.fromEntries((header ?? []).map((name, i) => [name, fields[i] ?? ''])));
}

function fieldsOf(line: string): string[] {
  const fields = line.matchAll(/(?<=^|,)(?:"((?:[^"]|"")*)"|([^,]*))(?=,|$)/g);
  return [...fields].map(([, quoted, plain]) =>
    quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'),
  );
}

/** Reads a JSONL file. */
export function rowsOf<Row>(text: string): Row[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
}

function tokens(text: string): string[] {
  const bare = text.toLowerCase().replace(/[!-/:-@[-`{-~]/g, '');
  return bare.split(/\s+/).filter((word) => word !== '' && !['a', 'an', 'the'].includes(word));
}

/** Whether an answer says that it is none. */
export function abstains(answer: string): boolean {
  return ['i dont know', 'i do not know', 'unknown'].includes(tokens(answer).join(' '));
}

/** Exact match and token F1 of an answer (SQuAD); a question without an answer wants an abstention. */
export function scoreOf(question: Question, answer: string): Score {
  if (question.answers.length === 0) return abstains(answer) ? { em: 1, f1: 1 } : { em: 0, f1: 0 };
  if (abstains(answer)) return { em: 0, f1: 0 };
  const ours = tokens(answer);
  const scores = question.answers.map((accepted) => {
    const left = tokens(accepted);
    const length = left.length;
    if (left.join(' ') === ours.join(' ')) return { em: 1, f1: 1 };
    let common = 0;
    for (const token of ours) {
      const at = left.indexOf(token);
      if (at >= 0) {
        left.splice(at, 1);
        common += 1;
      }
    }
    return { em: 0, f1: (2 * common) / (ours.length + length) };
  });
  return { em: Math.max(...scores.map((s) => s.em)), f1: Math.max(...scores.map((s) => s.f1)) };
}

/** The mid-p of McNemar's test: tables less likely than the seen one count in full, equally likely ones half. */
export function midP(b: number, c: number): number {
  const n = b + c;
  if (n === 0) return 1;
  let row = [1];
  for (let i = 0; i < n; i += 1) row = [...row, 0].map((ways, k) => ways + (row[k - 1] ?? 0));
  const seen = row[b] ?? 0;
  const weight = row.reduce((sum, ways) => sum + (ways < seen ? ways : ways === seen ? ways / 2 : 0), 0);
  return weight / 2 ** n;
}
