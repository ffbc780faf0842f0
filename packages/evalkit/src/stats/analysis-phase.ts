// An analysis phase has the same three flags everywhere: a configuration, the scores, and one JSON document out.
import { type Config, readConfig } from '../config.ts';
import { writeJson } from '../json-out.ts';
import { runPhase } from '../phase.ts';
import { readSetup, type Setup } from './experiment-setup.ts';
import { readScores, type ScoreTable } from './scores.ts';

/** What an analysis is given. */
export interface AnalysisInput {
  readonly config: Config;
  readonly table: ScoreTable;
  readonly setup: Setup;
}

export interface AnalysisPhase {
  readonly name: string;
  readonly summary: string;
  /** Configuration keys it reads, for --help. */
  readonly keys: string;
  /** File name of the result, for --help. */
  readonly result: string;
  readonly details: string;
  /**
   * Reads its own configuration and computes the document. Called before the scores are read with what it needs from
   * the configuration, so that a wrong key is reported at once.
   */
  readonly prepare: (config: Config) => (input: AnalysisInput) => { document: object; said: string };
}

/** Runs an analysis on the command line. */
export function runAnalysis({ name, summary, keys, result, details, prepare }: AnalysisPhase): Promise<void> {
  return runPhase({
    name,
    summary,
    options: {
      config: { kind: 'value', placeholder: 'FILE', required: true, describe: `configuration: ${keys}` },
      scores: { kind: 'value', placeholder: 'FILE', required: true, describe: 'per_item_scores.csv' },
      out: { kind: 'value', placeholder: 'FILE', required: true, describe: result },
    },
    details,
    run: async (values) => {
      const config = readConfig(values.config);
      const compute = prepare(config);
      const table = await readScores(values.scores);
      const { document, said } = compute({ config, table, setup: readSetup(config, table, values.scores) });
      writeJson(values.out, document);
      return `${said} -> ${values.out}`;
    },
  });
}

/** stats.alpha, the level of every test. */
export function readAlpha(config: Config): number {
  const alpha = config.number('stats.alpha', { min: 0, max: 1 });
  return alpha > 0 && alpha < 0.5 ? alpha : config.reject('stats.alpha', 'a number above 0 and below 0.5');
}
