// The program `evalkit`: finds the named phase and loads its bundle; the bundle reads the rest of the command line.
import { VERSION } from './version.ts';

/** Every phase in the order of an evaluation, with the line shown by `evalkit --help`. */
const PHASES: readonly (readonly [name: string, summary: string])[] = [
  ['prepare', 'normalise the raw data sets into open-book and closed-book questions'],
  ['build-batches', 'write one request per question, temperature and sample, in shards'],
  ['infer', 'answer the requests of one shard under one system prompt'],
  ['fetch', 'bring answers again that were bought and whose files are gone'],
  ['parse', 'gather the answers of all shards and conditions into one table'],
  ['score', 'score every answer: exact match, F1, abstention, support'],
  ['import', 'take per-item results of other programs instead: lm-eval, inspect, HELM, tables'],
  ['stats', 'compare each treatment with the control'],
  ['trials', 'set the trials of a sweep side by side'],
  ['pairs', 'set the answers of several models side by side for a judge'],
  ['judgements', 'read what a judge said, and how often each model was preferred'],
  ['agreement', 'compare a judge with people, and with itself'],
  ['judge-report', 'write the report of pairwise judging'],
  ['costs', 'sum up tokens and money'],
  ['unsupported-sensitivity', 'how the conclusion depends on the support threshold and policy'],
  ['mixed-effects', 'logistic and linear mixed models of the scores'],
  ['power-analysis', 'how many items an effect of a given size needs'],
  ['cost-effectiveness', 'what a better answer costs'],
  ['figures', 'draw the figures of the evaluation report'],
  ['report', 'write the evaluation report'],
  ['serve', 'serve batch APIs on this machine, answered by the embedded reader'],
  ['archive', 'pack results, figures and report into a reproducible archive'],
];

function help(): string {
  const width = Math.max(...PHASES.map(([name]) => name.length));
  const lines = PHASES.map(([name, summary]) => `  ${name.padEnd(width)}  ${summary}`);
  return `evalkit: the steps of a language-model evaluation as ordinary commands

Usage: evalkit <phase> [flags]
       evalkit <phase> --help

${lines.join('\n')}

Every phase reads only the files its flags name and writes the same bytes for the same inputs; only infer, fetch and serve
use the network and the clock. Exit codes: 0 done, 1 a problem of the data or configuration, 2 a misuse of the flags,
5 something may have been bought and a person must decide, 75 not yet: run the same command again later.
`;
}

async function main(word: string | undefined): Promise<void> {
  if (word === '--help' || word === '-h') {
    process.stdout.write(help());
  } else if (word === '--version' || word === '-V') {
    process.stdout.write(`evalkit ${VERSION}\n`);
  } else if (word === undefined) {
    process.stderr.write(`evalkit: error: name a phase\n${help()}`);
    process.exitCode = 2;
  } else if (PHASES.some(([name]) => name === word)) {
    // A path held in a variable stays an import at run time; the bundler must not pull the phases in here.
    const file = `./phases/${word}.cjs`;
    await import(file);
  } else {
    const near = PHASES.map(([name]) => name).filter((name) => name.startsWith(word.slice(0, 3)));
    const hint = near.length > 0 ? `; did you mean ${near.join(' or ')}?` : '';
    process.stderr.write(
      `evalkit: error: unknown phase ${JSON.stringify(word)}${hint}\nTry: evalkit --help\n`,
    );
    process.exitCode = 2;
  }
}

void main(process.argv[2]);
