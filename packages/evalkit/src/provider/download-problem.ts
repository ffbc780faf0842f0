// A DownloadProblem is results that are not what was asked for, named by what is wrong with them.
import { Failure } from '../failure.ts';

export type DownloadFault = 'truncated' | 'unreadable' | 'duplicate' | 'foreign' | 'missing';

export class DownloadProblem extends Failure {
  readonly fault: DownloadFault;

  constructor(fault: DownloadFault, message: string) {
    super(`${fault} rows: ${message}`);
    this.name = 'DownloadProblem';
    this.fault = fault;
  }
}

/** A few ids for a message. */
export function someOf(ids: readonly string[]): string {
  return `${ids.slice(0, 3).join(', ')}${ids.length > 3 ? `, … (${ids.length} in all)` : ''}`;
}
