// The codex as data: tickets with their front matter and sections, logs with their handover and days.
import { posix } from 'node:path';
import type { SourceFile } from './repository.ts';

export const statuses = ['open', 'doing', 'done', 'dropped'] as const;
export const sections = ['Objective', 'Scope', 'Out of scope', 'Acceptance', 'Refused ideas'] as const;
export const entryKinds = ['tried', 'measured', 'surprised', 'decided'] as const;

export interface Ticket {
  readonly path: string;
  readonly text: string;
  /** As the file name has it: `002`. */
  readonly number: string;
  /** Front matter as written; empty where a key is missing. */
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly status: string;
  readonly needs: readonly string[];
  /** Keys of the front matter in their order. */
  readonly keys: readonly string[];
}

/** Reads `key: value` lines between the two `---`; values keep leading zeros, which YAML would drop. */
function frontMatter(text: string): Map<string, string> {
  const block = /^---\n([\s\S]*?)\n---\n/.exec(text)?.[1] ?? '';
  const pairs = block.split('\n').map((line) => /^(\w+):\s*(.*)$/.exec(line));
  return new Map(
    pairs.flatMap((pair) => (pair ? [[pair[1] ?? '', (pair[2] ?? '').replace(/^"(.*)"$/, '$1')]] : [])),
  );
}

/** All tickets, by file name. */
export function ticketsOf(files: readonly SourceFile[]): Ticket[] {
  return files
    .filter(({ path }) => path.startsWith('codex/tickets/'))
    .map(({ path, text }) => {
      const fields = frontMatter(text);
      const needs = (fields.get('needs') ?? '').replace(/[[\]\s]/g, '');
      return {
        path,
        text,
        number: posix.basename(path).slice(0, 3),
        id: fields.get('id') ?? '',
        slug: fields.get('slug') ?? '',
        title: fields.get('title') ?? '',
        status: fields.get('status') ?? '',
        needs: needs === '' ? [] : needs.split(','),
        keys: [...fields.keys()],
      };
    });
}

/** All logs. */
export function logsOf(files: readonly SourceFile[]): SourceFile[] {
  return files.filter(({ path }) => path.startsWith('codex/logs/'));
}

/** The lines below a `## Heading`, up to the next heading of that level. */
export function sectionOf(text: string, heading: string): string[] | undefined {
  const lines = text.split('\n');
  const start = lines.indexOf(`## ${heading}`);
  if (start < 0) return undefined;
  const end = lines.findIndex((line, index) => index > start && line.startsWith('## '));
  return lines.slice(start + 1, end < 0 ? undefined : end);
}

/** The table of codex/README.md. */
export function renderTable(tickets: readonly Ticket[]): string {
  const rows = tickets.map(
    ({ path, id, title, status, needs }) =>
      `| [${id}](${path.replace(/^codex\//, '')}) | ${title} | ${status} | ${needs.join(', ')} |`,
  );
  return ['| ticket | title | status | needs |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

const tableMarks = /(<!-- tickets -->\n)([\s\S]*?)(<!-- \/tickets -->)/;

/** The table that a README text holds now, without its marks; undefined when it has no marks. */
export function tableIn(readme: string): string | undefined {
  return tableMarks.exec(readme)?.[2];
}

/** A README text with the table put between its marks. */
export function withTable(readme: string, table: string): string {
  return readme.replace(
    tableMarks,
    (_, before: string, __: string, after: string) => `${before}${table}\n${after}`,
  );
}
