// The RunHistory is what the logs of past builds tell, read again: a line that is torn or damaged is left out and counted.
import { type Event, type RunSummary, summarise } from '@evalmake/core';
import { readEventLine } from '@evalmake/core/event-line';
import { readFileSync } from './fs.ts';
import { eventsPath, runNumbers } from './run-log.ts';

/** Reads the logs of builds, each once. */
export class RunHistory {
  /** Numbers of the builds whose logs are kept, ascending. */
  readonly numbers: readonly number[];
  private readonly summaries = new Map<number, RunSummary>();
  /** Lines that could not be read, by build. */
  readonly damaged = new Map<number, number>();

  constructor(private readonly root: string) {
    this.numbers = runNumbers(root);
  }

  /** The events of a build in their order; none when its log is not there. */
  events(run: number): Event[] {
    return this.read(run, this.lines(run));
  }

  /** What a build did. */
  summary(run: number): RunSummary {
    const known = this.summaries.get(run) ?? { ...summarise(this.events(run)), run };
    this.summaries.set(run, known);
    return known;
  }

  /** What a build came to, without its tasks where the log has an end: these can be many, and nobody asked for them. */
  headline(run: number): RunSummary {
    const lines = this.lines(run);
    const wanted = lines.filter((line) => /^\{"event":"(?:planned|ended)"/.test(line));
    if (!wanted.some((line) => line.startsWith('{"event":"ended"'))) return this.summary(run);
    return { ...summarise(this.read(run, wanted)), run };
  }

  private lines(run: number): string[] {
    try {
      return readFileSync(eventsPath(this.root, run), 'utf8').split('\n');
    } catch {
      return []; // a folder without a log: that build wrote none, or it is gone
    }
  }

  private read(run: number, lines: readonly string[]): Event[] {
    const events: Event[] = [];
    let damaged = 0;
    for (const line of lines) {
      if (line === '') continue;
      const event = readEventLine(line);
      if (event === 'damaged') damaged++;
      else if (event !== 'foreign') events.push(event);
    }
    if (damaged > 0) this.damaged.set(run, damaged);
    return events;
  }
}
