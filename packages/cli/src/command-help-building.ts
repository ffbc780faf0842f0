// What the program says of commands that build, or change what counts as built.
import { type CommandHelp, consents, filters, values, writes } from './command-help.ts';

export const build = {
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
} as const satisfies CommandHelp;

export const adopt = {
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
} as const satisfies CommandHelp;

export const repair = {
  help: 'Make missing, damaged or old manifests anew from records and artifacts',
  usage: '[TARGET…]',
  about: ['Says of every manifest what state it is in and what proves its stages, and makes bad ones anew.'],
  options: ['dry-run', ...values, 'all', 'break-lock'],
  exits: [`0 all are good · 2 usage or pipeline error · 4 one could not be repaired · ${writes}`],
  examples: [
    ['evalmake repair -n', 'only says it'],
    ['evalmake repair score', 'repairs the manifest of one target'],
  ],
} as const satisfies CommandHelp;

export const stop = {
  help: 'Ask the build that runs to finish what runs and start nothing more',
  usage: '',
  about: ['Works from another machine that sees the same files, too. Nothing is recorded as failed by it.'],
  options: [],
  exits: ['0 asked, or no build is running · 2 usage error'],
  examples: [
    ['evalmake stop', 'the build ends within the time of what it runs'],
    ['evalmake -C ../other stop', 'of another workspace'],
  ],
} as const satisfies CommandHelp;

export const cache = {
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
} as const satisfies CommandHelp;
