// The CommandTable is what the program says of each command.

import type { CommandHelp } from './command-help.ts';

const values = ['set', 'config'];
const consents = ['max-usd', 'yes', 'watch-budget', 'force-rows'];
const filters = ['only', 'from', 'until', 'skip'];
const reads = '0 answered · 2 usage or pipeline error';
const writes = '6 locked by another build';

/** All commands, in the order of the overview. */
export const commandTable = {
  build: {
    help: 'Build targets: what a call without a command does',
    usage: '[TARGET…]',
    about: [
      'Runs what is stale among the targets and what they need, and says of each task how it came out.',
      'Without a target it builds the default of the pipeline. -n says before what would run, and why.',
    ],
    options: [
      ...['dry-run', 'watch', 'jobs', 'keep-going', 'force', ...filters, ...values, 'executor'],
      ...consents,
      ...['detach', 'resume', 'no-cache', 'exit-code', 'break-lock'],
      ...['all', 'verbose', 'quiet', 'progress'],
    ],
    exits: [
      '0 done or fresh · 1 failed or blocked · 2 usage or pipeline error · 3 stale (-n --exit-code)',
      '5 a person must decide · 6 locked by another build · 75 waiting · 130/143 interrupted',
    ],
    examples: [
      ['evalmake -n', 'what would run, and why'],
      ['evalmake score -j4 -k', 'build "score", four commands at a time, and go on after failures'],
      ['evalmake build report', 'a target that is named like a command'],
      ['evalmake --max-usd 2 infer@control,*', 'build some tasks of "infer", and spend at most $2'],
    ],
  },
  status: {
    help: 'Fresh, stale, off per target',
    usage: '[TARGET…]',
    about: ['One line per target: how its tasks stand; --all: its families where they differ. Reads only.'],
    options: [...values, 'all', 'exit-code'],
    exits: ['0 answered · 2 usage or pipeline error · 3 something is stale (--exit-code)'],
    examples: [
      ['evalmake status', 'how everything stands'],
      ['evalmake status --exit-code', 'fails in CI when something is stale'],
    ],
  },
  why: {
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
  },
  adopt: {
    help: 'Vouch for outputs as they are: --reason "…"; nothing runs (also: accept)',
    usage: 'TARGET… --reason TEXT',
    about: [
      'Says that a person vouches for outputs as they lie there: after the records were lost, or when code changed',
      'and results do not. Every check is run on them first; what is not proven is listed.',
    ],
    options: ['reason', 'dry-run', ...values, 'all', 'break-lock'],
    exits: [`0 adopted or fresh · 1 a task was refused · 2 usage or pipeline error · ${writes}`],
    examples: [
      ['evalmake adopt score --reason "only a comment changed"', 'its outputs count as fresh'],
      ['evalmake adopt score --reason "as before" -n', 'what would be adopted, and what is not proven'],
    ],
  },
  report: {
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
  },
  log: {
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
  },
  diff: {
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
  },
  repair: {
    help: 'Make missing, damaged or old manifests anew from records and artifacts',
    usage: '[TARGET…]',
    about: [
      'Says of every manifest what state it is in and what proves its stages, and makes bad ones anew.',
    ],
    options: ['dry-run', ...values, 'all', 'break-lock'],
    exits: [`0 all are good · 2 usage or pipeline error · 4 one could not be repaired · ${writes}`],
    examples: [
      ['evalmake repair -n', 'only says it'],
      ['evalmake repair score', 'repairs the manifest of one target'],
    ],
  },
  stop: {
    help: 'Ask the build that runs to finish what runs and start nothing more',
    usage: '',
    about: ['Works from another machine that sees the same files, too. Nothing is recorded as failed by it.'],
    options: [],
    exits: ['0 asked, or no build is running · 2 usage error'],
    examples: [
      ['evalmake stop', 'the build ends within the time of what it runs'],
      ['evalmake -C ../other stop', 'of another workspace'],
    ],
  },
  graph: {
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
  },
  verify: {
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
  },
  clean: {
    help: 'Remove built outputs that are as recorded; -n lists them',
    usage: '[TARGET…]',
    about: [
      'Removes only files whose bytes are as a record says. What was bought, kept or edited stays and is named.',
    ],
    options: ['dry-run', 'force', 'orphans', ...values, 'verbose', 'break-lock'],
    exits: [`0 removed · 1 something could not be removed · 2 usage or pipeline error · ${writes}`],
    examples: [
      ['evalmake clean -n', 'what would go, with sizes'],
      ['evalmake clean score', 'the outputs of one target'],
      ['evalmake clean --orphans', 'files of tasks that are gone'],
    ],
  },
  orphans: {
    help: 'List files that no target owns any more',
    usage: '',
    about: ['Files of tasks that are gone, and files inside sets that no record knows. Reads only.'],
    options: values,
    exits: [reads],
    examples: [
      ['evalmake orphans', 'with sizes, and who wrote them'],
      ['evalmake orphans --json', 'for programs'],
    ],
  },
  lint: {
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
  },
  gc: {
    help: 'Remove from .evalmake what nothing needs any more; -n lists it',
    usage: '',
    about: ['Old runs, attempts that are over, former results beyond 10 GB, and old journal lines.'],
    options: ['dry-run', 'keep', ...values, 'break-lock'],
    exits: [`0 done · 1 something could not be removed · 2 usage or pipeline error · ${writes}`],
    examples: [
      ['evalmake gc -n', 'what would go'],
      ['evalmake gc --keep 10', 'keep the newest 10 runs'],
    ],
  },
  cache: {
    help: 'Share results: push what is fresh, pull what need not run, status counts; -n lists',
    usage: 'push|pull|status [TARGET…] | key FILE',
    about: [
      'Asks the server that the pipeline names as its cache, or EVALMAKE_CACHE_URL. Runs no command of a task.',
    ],
    options: ['dry-run', ...values, 'break-lock'],
    exits: [`0 done · 1 something could not be sent or brought · 2 usage or pipeline error · ${writes}`],
    examples: [
      ['evalmake cache pull', 'bring everything that somebody else has made'],
      ['evalmake cache key FILE', 'make a key to sign results with; print the half for `trust`'],
    ],
  },
  init: {
    help: 'Start a small pipeline in this folder',
    usage: '',
    about: ['Writes pipeline.yaml, config.yaml, a data file and .gitignore. It overwrites nothing.'],
    options: [],
    exits: ['0 written · 2 something is there already'],
    examples: [
      ['evalmake init', 'in this folder'],
      ['evalmake -C new init', 'in another'],
    ],
  },
  schema: {
    help: 'Print a JSON Schema: of the pipeline, a manifest, a document',
    usage: '[NAME]',
    about: [
      'Of pipeline.yaml, of manifests, and of what is printed with --json: plan, status, why, provenance, log, diff,',
      'events (each line while building) and report. Without NAME: pipeline.',
    ],
    options: [],
    exits: ['0 printed · 2 there is no such schema'],
    examples: [
      ['evalmake schema > schemas/pipeline.schema.json', 'for the editor'],
      ['evalmake schema manifest', 'for programs that read manifests'],
      ['evalmake schema events', 'for programs that follow a build'],
    ],
  },
  completion: {
    help: 'Print a completion script: bash, zsh or fish',
    usage: 'bash|zsh|fish',
    about: ['Completes commands, options and their values, targets, tasks, config keys and runs.'],
    options: [],
    exits: ['0 printed · 2 another shell'],
    examples: [
      ['source <(evalmake completion bash)', 'in ~/.bashrc'],
      ['evalmake completion zsh > ~/.zfunc/_evalmake', 'a folder of the fpath'],
      ['evalmake completion fish > ~/.config/fish/completions/evalmake.fish', 'once'],
    ],
  },
  help: {
    help: 'Say more of a command: evalmake help why',
    usage: '[COMMAND]',
    about: [
      'What a command does, its options and exit codes, and examples. `evalmake COMMAND --help` is the same.',
    ],
    options: [],
    exits: ['0 printed · 2 there is no such command'],
    examples: [
      ['evalmake help', 'the overview'],
      ['evalmake help why', 'one command'],
    ],
  },
} as const satisfies Readonly<Record<string, CommandHelp>>;

/** The name of a command. */
export type CommandName = keyof typeof commandTable;

/** Other words for commands. */
export const aliases: Readonly<Record<string, CommandName>> = { accept: 'adopt' };

/** The command that a word names, by another word too. */
export function commandNamed(word: string | undefined): CommandName | undefined {
  const name = word !== undefined && Object.hasOwn(aliases, word) ? aliases[word] : word;
  return name !== undefined && Object.hasOwn(commandTable, name) ? (name as CommandName) : undefined;
}
