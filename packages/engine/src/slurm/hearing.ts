// Hearing is reading what running jobs have printed, some at a time: of 10,000 each look would ask the disk 10,000 times.
import type { Element } from './element.ts';

/** Of how many jobs the output is read at once; more of them are heard in turn, and less often. */
const atOnce = 200;
/** Between two turns, milliseconds: a hundred questions a second are little for a shared disk. */
const turnMs = 2000;

/** Hears all jobs in turn. What a job printed last is read when it is over. */
export class Hearing {
  private unheard: Element[] = [];
  private turnedMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly nowMs: () => number) {}

  /** Reads what some of the jobs have printed; those that wait have printed nothing. */
  listen(elements: ReadonlySet<Element>): void {
    if (elements.size > atOnce && this.nowMs() - this.turnedMs < turnMs) return;
    this.turnedMs = this.nowMs();
    if (this.unheard.length === 0) this.unheard = [...elements].filter((e) => e.state !== 'PENDING');
    for (const element of this.unheard.splice(-atOnce)) if (!element.isOver) element.listen();
  }
}
