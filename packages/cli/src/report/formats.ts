// The formats of a report: which one a call asks for, and the writer of each.
import { extname } from 'node:path';
import type { BuildReport } from '@evalmake/core';
import { UsageError } from '../exit.ts';
import type { Options } from '../options.ts';
import { paint, useColor } from '../style.ts';

/** What a report can be written as. */
export type Format = 'text' | 'md' | 'json' | 'html' | 'dot' | 'mermaid' | 'trace';

const endings: Readonly<Record<string, Format>> = {
  '.txt': 'text',
  '.md': 'md',
  '.json': 'json',
  '.html': 'html',
  '.dot': 'dot',
  '.mmd': 'mermaid',
  '.trace': 'trace',
};

/**
 * The format that a call asks for: --format, else the ending of the output, else text.
 * @throws UsageError for one that there is not
 */
export function formatOf({
  format,
  output,
  json,
  open,
}: Pick<Options, 'format' | 'output' | 'json' | 'open'>): Format {
  const known = Object.values(endings);
  if (format !== undefined) {
    const found = known.find((f) => f === format);
    if (found === undefined)
      throw new UsageError(`--format must be one of ${known.join(', ')}, not "${format}"`);
    return found;
  }
  if (output === undefined && open) return 'html';
  if (output === undefined || output === '-') return json ? 'json' : 'text';
  const found = endings[extname(output)];
  if (found !== undefined) return found;
  throw new UsageError(
    `what kind of report is "${output}"?`,
    `end its name in ${Object.keys(endings).join(', ')}, or say --format`,
  );
}

/** The text of a report in a form that has no library of its own. */
export async function renderReport(
  report: BuildReport,
  { format, options }: { format: Exclude<Format, 'html'>; options: Pick<Options, 'color' | 'output'> },
): Promise<string> {
  switch (format) {
    case 'text': {
      const isTty = process.stdout.isTTY === true;
      const onScreen = options.output === undefined || options.output === '-';
      const colors = paint(onScreen && useColor({ when: options.color, env: process.env, isTty }));
      const columns = onScreen && isTty ? (process.stdout.columns ?? 100) : 200;
      return (await import('./text.ts')).renderText(report, { paint: colors, columns });
    }
    case 'md':
      return (await import('./markdown.ts')).renderMarkdown(report);
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`;
    case 'dot':
      return (await import('./dot.ts')).dotOf(report);
    case 'mermaid':
      return (await import('./mermaid.ts')).mermaidOf(report);
    case 'trace':
      return (await import('./trace.ts')).traceOf(report);
  }
}
