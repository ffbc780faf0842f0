// The ending of a build: every failure whole, and last of all one honest line.
import type { Event } from '@evalmake/core';
import { endMoneyText } from '../explain-money.ts';
import { count, durationText, oneLine, type Paint } from '../style.ts';
import type { BuildState } from './build-state.ts';
import { closingLine } from './closing-line.ts';
import { blockedByFailures, failureBlock, quoted } from './failure-block.ts';
import { errorLines, harmless, quotedForGithub } from './github-actions.ts';

type Ended = Extract<Event, { event: 'ended' }>;

/** How a build's ending is told. */
export interface EndingLook {
  readonly paint: Paint;
  readonly verbose: boolean;
  readonly kind: { readonly github: boolean };
  /** What the closing line ends with: where the result lies. */
  readonly where: () => string;
  /** What to type to run a task again; without one, to go on. */
  readonly again: (task?: string) => string;
  /** The path of a log as it is shown: as text, or as a link. */
  readonly link: (path: string) => string;
  /** A word that no log line can hold. */
  readonly token: () => string;
}

/** How many failures are told whole; the others in one line. */
const shownFailures = 20;
const shownJobs = 3;

/** The lines that end a build; the closing line is the last. */
export function endingLines(state: BuildState, event: Ended, look: EndingLook): string[] {
  const stopped = event.exit > 128 ? `; to go on: ${look.again()}` : '';
  const head = closingLine(event.counts, event.ms) + endMoneyText(event.money);
  const closing = oneLine(head + look.where() + stopped);
  return [
    ...failureLines(state, look),
    ...jobLines(state, event),
    ...(look.verbose ? slowestLines(state) : []),
    look.kind.github ? harmless(closing) : closing,
  ];
}

/** Every failure whole; when there are very many, the last of them in short. */
function failureLines(state: BuildState, look: EndingLook): string[] {
  const { paint, kind, link, again } = look;
  const failures = [...state.failures.values()];
  const blocked = blockedByFailures(state);
  const safe = kind.github ? harmless : (line: string): string => line;
  const quote = (task: string, tail: readonly string[]): string[] =>
    kind.github ? quotedForGithub(task, tail, look.token()) : quoted(tail);
  const lines = failures
    .slice(0, shownFailures)
    .flatMap((failure) => [
      '',
      ...failureBlock(failure, blocked.get(failure.event.task) ?? [], { paint, link, again, safe, quote }),
    ]);
  if (failures.length > shownFailures) lines.push('');
  for (const { event } of failures.slice(shownFailures)) {
    const log = event.log === undefined ? '' : ` (log: ${link(event.log)})`;
    lines.push(safe(`${paint.red('FAILED')} ${oneLine(event.task)}: ${oneLine(event.message)}${log}`));
  }
  return kind.github ? [...lines, ...errorLines(failures)] : lines;
}

/** Jobs that go on elsewhere although this build ends. */
function jobLines(state: BuildState, { exit }: Ended): string[] {
  const jobs = [...state.waiting.values()].flatMap((w) => w.jobs);
  if (exit <= 128 || jobs.length === 0) return [];
  const names = jobs.slice(0, shownJobs).map((job) => oneLine(`${job.provider} ${job.id}`));
  const verb = jobs.length === 1 ? 'goes' : 'go';
  const more = jobs.length > shownJobs ? ', …' : '';
  return [`${count(jobs.length, 'job')} ${verb} on elsewhere: ${names.join(', ')}${more}`];
}

function slowestLines({ slowest }: BuildState): string[] {
  if (slowest.length < 2) return [];
  return [`slowest: ${slowest.map(({ task, ms }) => `${oneLine(task)} ${durationText(ms)}`).join(', ')}`];
}
