// A report workspace is a small evaluation whose names are hostile: conditions, model, data sets and answers are markup.
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const phases = fileURLToPath(new URL('../../../packages/evalkit/dist/phases/', import.meta.url));

export const NAMES = {
  control: '<script>alert(1)',
  treatment: '"\'><img src=x onerror=alert(2)>&amp;|',
  rightToLeft: '\u202etxet\u202c \u05e9\u05dc\u05d5\u05dd',
  model: `${'m'.repeat(300)}\u0007\u001b[31m<b>`,
  dataset: `</td></table><h2>${'d'.repeat(300)}`,
  answer:
    '</script><script src="https://evil.example/x.js"></script>\n# not a heading [a](javascript:alert(3))',
} as const;

export const CONDITIONS = [NAMES.control, NAMES.treatment, NAMES.rightToLeft];

const settings = {
  run_id: 'r"1"</title><script>',
  trial: 'hostile',
  provider: { name: 'chat' },
  model: NAMES.model,
  conditions: CONDITIONS,
  temps: [0],
  samples_per_item: [1],
  stats: {
    alpha: 0.05,
    random_seed: 7,
    bootstrap_samples: 200,
    permutation_samples: 200,
    non_inferiority_margin: 0.05,
    risk_thresholds: [0.5],
    primary: { metric: 'false_answer', type: 'open', temp: 0 },
  },
  unsupported_sensitivity: { thresholds: [0.5], policies: ['excluded', 'wrong'] },
};

const SCORES =
  'item_id,dataset,cluster,type,condition,temp,samples,em,em_sd,f1,f1_sd,abstained,unanswerable,false_answer,support,unsupported,prompt_tokens,completion_tokens,usd';
const PREDICTIONS =
  'custom_id,dataset,item_id,condition,temp,sample_index,type,request_id,finish_reason,response_text,support,prompt_tokens,completion_tokens,total_tokens';

function csv(cells: readonly (string | number)[]): string {
  return cells.map((cell) => `"${String(cell).replaceAll('"', '""')}"`).join(',');
}

function each<T>(count: number, make: (condition: string, c: number, item: number) => T): T[] {
  return CONDITIONS.flatMap((condition, c) =>
    Array.from({ length: count }, (_, item) => make(condition, c, item)),
  );
}

/** Scores of 24 open-book questions in 8 passages, a third of them unanswerable. */
function scores(): string[] {
  return each(24, (condition, c, i) => {
    const hard = i % 3 === 2;
    const abstained = Number((i * 5 + c * 4) % 7 < 1 + 2 * c);
    const right = hard ? abstained : Number(!abstained && (i * 3 + c) % 4 > 0);
    const place = [`q${i}`, NAMES.dataset, `p${Math.floor(i / 3)}`, 'open', condition, '0.0', 1];
    const support = [(i % 10) / 10, Number(i % 10 < 5)];
    const marks = [right, '', right, '', abstained, Number(hard), hard ? 1 - abstained : '', ...support];
    return csv([...place, ...marks, 100, 10, 0.0001]);
  });
}

function predictions(): string[] {
  return each(4, (condition, c, i) => {
    const key = [`d|q${i}|t0.0|s0|open`, NAMES.dataset, `q${i}`, condition, '0.0', 0, 'open'];
    return csv([...key, `r${c}-${i}`, 'stop', `${NAMES.answer} ${c}`, '', 100, 10, 110]);
  });
}

function costs(): object {
  const sum = {
    prompt_tokens: 2400,
    completion_tokens: 240,
    total_tokens: 2640,
    usd: 0.0024,
    usage_records: 24,
  };
  return {
    schema_version: 2,
    ...sum,
    batch_discount_applied: false,
    usage_source: 'usage of each answer',
    pricing: { input_per_million: 1, output_per_million: 2, batch_discount: 0 },
    by_condition: Object.fromEntries(CONDITIONS.map((name) => [name, sum])),
  };
}

/** A folder with everything that a report is written from; the statistics are computed by their phases. */
export class ReportWorkspace {
  readonly folder = mkdtempSync(join(tmpdir(), 'evalkit-report-'));

  constructor() {
    this.put('in/config.json', JSON.stringify(settings));
    for (const name of CONDITIONS) this.put(`prompts/${name}.md`, `Answer. ${name}\n`);
    const questions = Array.from({ length: 24 }, (_, i) => ({
      id: `q${i}`,
      dataset: NAMES.dataset,
      cluster: `p${Math.floor(i / 3)}`,
      question: `Who? ${NAMES.answer}`,
      context: 'A passage.',
      answers: i % 3 === 2 ? [] : ['x'],
      is_unanswerable: i % 3 === 2,
    }));
    this.put('in/open.jsonl', questions.map((row) => `${JSON.stringify(row)}\n`).join(''));
    this.put('in/scores.csv', `${[SCORES, ...scores()].join('\n')}\n`);
    this.put('in/predictions.csv', `${[PREDICTIONS, ...predictions()].join('\n')}\n`);
    this.put('in/costs.json', JSON.stringify(costs()));
    for (const [phase, out] of [
      ['stats', 'significance'],
      ['unsupported-sensitivity', 'sensitivity'],
    ] as const) {
      const done = this.run(phase, [
        '--config',
        'in/config.json',
        '--scores',
        'in/scores.csv',
        '--out',
        `in/${out}.json`,
      ]);
      if (done.status !== 0) throw new Error(done.stderr);
    }
  }

  put(path: string, text: string): void {
    const full = join(this.folder, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, text);
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), 'utf8');
  }

  run(phase: string, words: readonly string[]): SpawnSyncReturns<string> {
    const args = [join(phases, `${phase}.cjs`), phase, ...words];
    return spawnSync(process.execPath, args, { cwd: this.folder, encoding: 'utf8' });
  }

  /** Writes the report as Markdown and HTML. */
  report(out: string, ...words: readonly string[]): SpawnSyncReturns<string> {
    const given = [
      '--config',
      'in/config.json',
      '--prompts',
      ...CONDITIONS.map((name) => `prompts/${name}.md`),
    ];
    const results = [
      '--open',
      'in/open.jsonl',
      '--predictions',
      'in/predictions.csv',
      '--costs',
      'in/costs.json',
    ];
    const stats = [
      '--significance',
      'in/significance.json',
      '--unsupported-sensitivity',
      'in/sensitivity.json',
    ];
    return this.run('report', [
      ...given,
      ...results,
      ...stats,
      '--out',
      `${out}.md`,
      '--html',
      `${out}.html`,
      ...words,
    ]);
  }
}
