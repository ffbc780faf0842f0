// What the program says of commands around a pipeline: those that clear up, begin one, or help.
import { type CommandHelp, reads, values, writes } from './command-help.ts';

export const clean = {
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
} as const satisfies CommandHelp;

export const orphans = {
  help: 'List files that no target owns any more',
  usage: '',
  about: ['Files of tasks that are gone, and files inside sets that no record knows. Reads only.'],
  options: values,
  exits: [reads],
  examples: [
    ['evalmake orphans', 'with sizes, and who wrote them'],
    ['evalmake orphans --json', 'for programs'],
  ],
} as const satisfies CommandHelp;

export const gc = {
  help: 'Remove from .evalmake what nothing needs any more; -n lists it',
  usage: '',
  about: ['Old runs, attempts that are over, former results beyond 10 GB, and old journal lines.'],
  options: ['dry-run', 'keep', ...values, 'break-lock'],
  exits: [`0 done · 1 something could not be removed · 2 usage or pipeline error · ${writes}`],
  examples: [
    ['evalmake gc -n', 'what would go'],
    ['evalmake gc --keep 10', 'keep the newest 10 runs'],
  ],
} as const satisfies CommandHelp;

export const init = {
  help: 'Start a small pipeline in this folder',
  usage: '',
  about: ['Writes pipeline.yaml, config.yaml, a data file and .gitignore. It overwrites nothing.'],
  options: [],
  exits: ['0 written · 2 something is there already'],
  examples: [
    ['evalmake init', 'in this folder'],
    ['evalmake -C new init', 'in another'],
  ],
} as const satisfies CommandHelp;

export const schema = {
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
} as const satisfies CommandHelp;

export const completion = {
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
} as const satisfies CommandHelp;

export const help = {
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
} as const satisfies CommandHelp;
