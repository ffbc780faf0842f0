// Hearing is reading what running jobs have printed, some at each look: of 10,000 each look would ask the disk 10,000 times.
import type { Element } from './element.ts';

/** Of how many jobs the output is read at one look; with more of them each is heard less often. */
const atOnce = 200;

/** Hears all jobs in turn. What a job printed last is read when it is over. */
export class Hearing {
  private unheard: Element[] = [];

  /** Reads what some of the jobs have printed; those that wait have printed nothing. */
  listen(elements: Iterable<Element>): void {
    if (this.unheard.length === 0) this.unheard = [...elements].filter((e) => e.state !== 'PENDING');
    for (const element of this.unheard.splice(-atOnce)) if (!element.isOver) element.listen();
  }
}
