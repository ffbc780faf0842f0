// What the program says of commands that only tell.
import { type CommandHelp, filters, reads, values } from './command-help.ts';

export const status = {
  help: 'Fresh, stale, off per target',
  usage: '[TARGET…]',
  about: ['One line per target: how its tasks stand; --all: its families where they differ. Reads only.'],
  options: [...values, 'all', 'exit-code'],
  exits: ['0 answered · 2 usage or pipeline error · 3 something is stale (--exit-code)'],
  examples: [
    ['evalmake status', 'how everything stands'],
    ['evalmake status --exit-code', 'fails in CI when something is stale'],
  ],
} as const satisfies CommandHelp;

export const why = {
  help: 'Every part of a fingerprint: same, or old -> new',
  usage: 'TARGET…',
  about: [
    'Every part of the fingerprint of a target or task, the same or old -> new, and the task at the root of it.',
    'Reads only.',
  ],
  options: [...values, 'all', 'provenance'],
  exits: [reads],
  examples: [
    ['evalmake why score', 'every part of its fingerprint'],
    ['evalmake why infer@control,part-0003', 'of one task'],
    ['evalmake why results/scores.csv', 'of the task that builds this file'],
  ],
} as const satisfies CommandHelp;

export const report = {
  help: 'Build the target "report" if there is one, then say what was built',
  usage: '[TARGET…] [-o FILE]',
  about: [
    'Builds the target "report" (without one, the default), then says how the pipeline stands: causes, targets with their',
    'artifacts, failures, runs, money. -o FILE writes that as a page (.html), for a comment (.md) or for programs (.json).',
    'All options of build work here too.',
  ],
  options: ['output', 'format', 'open', 'no-build', 'dry-run', 'jobs', 'keep-going', ...values],
  exits: ['those of build'],
  examples: [
    ['evalmake report', 'build the target "report" and say what was built'],
    ['evalmake report --no-build --open', 'build nothing, and show the page in the browser'],
    ['evalmake report --no-build -o report.md', 'build nothing, and write it as Markdown'],
  ],
} as const satisfies CommandHelp;

export const log = {
  help: 'Past runs; what one run did; past runs and the log of a target; --costs',
  usage: '[RUN | TARGET…]',
  about: [
    'Without words: the last 20 runs. With a number: what that run did, why, and what failed. With a target or a',
    'task: its past runs, and the end of its newest log. --costs: what was paid, per run and target. Reads only.',
  ],
  options: ['all', 'costs'],
  exits: ['0 answered · 2 there is no such run, or no run knows such a target'],
  examples: [
    ['evalmake log', 'the last 20 runs; --all shows all that are kept'],
    ['evalmake log 14', 'what run 14 did, and why'],
    ['evalmake log score --all', 'its past runs, and the whole of its newest log'],
    ['evalmake log --costs', 'what was paid, per run and target'],
  ],
} as const satisfies CommandHelp;

export const diff = {
  help: 'What lies between two runs: causes, contents, metrics old -> new',
  usage: '[RUN [RUN]]',
  about: [
    'Which config keys, inputs and commands changed between two runs, which tasks came out different, the same, new',
    'or gone, and metrics old -> new. One run is compared with the one before it; none means the last two. Reads only.',
  ],
  options: ['all'],
  exits: ['0 answered · 2 there is no such run'],
  examples: [
    ['evalmake diff', 'the last run against the one before'],
    ['evalmake diff 12', 'run 12 against the one before it'],
    ['evalmake diff 3 12 --json', 'everything that lies between, for programs'],
  ],
} as const satisfies CommandHelp;

export const graph = {
  help: 'The DAG as text, dot, mermaid, svg or json',
  usage: '[TARGET…]',
  about: ['The targets and their edges; --all: the tasks; svg: families with their states. Reads only.'],
  options: ['format', 'output', 'all', ...values],
  exits: [reads],
  examples: [
    ['evalmake graph', 'as text'],
    ['evalmake graph -o docs/graph.svg', 'a picture for the README'],
    ['evalmake graph --format dot --all', 'every task, for Graphviz'],
  ],
} as const satisfies CommandHelp;

export const verify = {
  help: 'Hash every recorded file and judge every check again',
  usage: '[TARGET…]',
  about: [
    'Believes no digest that was kept, and holds journal and manifests against each other. Reads only.',
  ],
  options: [...filters, ...values],
  exits: ['0 all is as recorded · 2 usage or pipeline error · 4 a mismatch was found'],
  examples: [
    ['evalmake verify', 'everything that has a record'],
    ['evalmake verify report', 'the report and what it needs'],
  ],
} as const satisfies CommandHelp;

export const lint = {
  help: 'Say what a pipeline leaves to luck: code that does not count, undeclared reads, …',
  usage: '[TARGET…]',
  about: [
    'Names targets of which no code counts, values that differ in each run, files that a command names and does not',
    'declare, config keys that nothing reads, targets that nothing builds, careless paid work, and plain secrets.',
    'Reads only. It ends with 1 when it found something, so that CI can use it.',
  ],
  options: values,
  exits: ['0 nothing was found · 1 something was found · 2 usage or pipeline error'],
  examples: [
    ['evalmake lint', 'the whole pipeline'],
    ['evalmake lint infer score', 'what is said of two targets'],
  ],
} as const satisfies CommandHelp;
