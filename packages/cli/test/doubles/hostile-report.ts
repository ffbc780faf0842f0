// A hostile report has in every text something that would be markup, code, a command or a trick for the eye where it is not escaped.
import type { BuildReport } from '@evalmake/core/build-report/model';

export const corpus: readonly string[] = [
  '</script><script>alert(1)</script>',
  '<!-- <script> -->',
  '--><x-data x-attr="1">',
  '"><x-data onerror=alert(2)>',
  "'><img src=x onerror=alert(3)>",
  'javascript:alert(4)',
  'https://evil.example/x.js',
  'a\u2028b\u2029c',
  '\u202etxet\u202c \u2066x\u2069',
  '\u001b[31mred\u001b[0m\u001b]8;;http://evil.example\u0007x\u001b]8;;\u0007',
  'x'.repeat(5000),
  '👩‍🔬🏳️‍🌈 é ü 試験 \u05e9\u05dc\u05d5\u05dd',
  'first\nsecond\r\nthird\ttab',
  '::error::boom',
  '`${1}` | "quoted" \'single\' \\ &amp; &lt;b&gt;',
  '~12',
  '~~a',
  '\ud800 half \udc00 \u0000 \ufffe \ufeff',
  ']]><x-data/>',
  '<x-data style="x">',
  '__proto__',
];

/** Words that are no texts of data: they choose what is shown. */
const closed = new Set(['format', 'verdict', 'outcome', 'code', 'kind', 'found']);
const closedNames = /^(fresh|recheck|restore|run|maybe|waiting|ask|blocked|off|one|gather|scatter)$/;

/** A copy in which each text, and each name in a map of texts, is one of the corpus; `from` chooses which comes first. */
export function hostile(report: BuildReport, from = 0): BuildReport {
  let next = from;
  const word = (): string => corpus[next++ % corpus.length] as string;
  const walk = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') return closed.has(key) || closedNames.test(value) ? value : word();
    if (Array.isArray(value)) return value.map((item) => walk(item, key));
    if (typeof value !== 'object' || value === null) return value;
    const renamed = key === 'parts' || key === 'metrics';
    return Object.fromEntries(
      Object.entries(value).map(([name, item], at) => [renamed ? `${word()}${at}` : name, walk(item, name)]),
    );
  };
  return walk(report, '') as BuildReport;
}
