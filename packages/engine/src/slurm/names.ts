// Names by which jobs are found again: each holds a random part, so that none is ever another's.
import { digestText } from '../digest.ts';

/** Names the work that an attempt is of: its task and what was decided on. */
export function workName(root: string, task: string, fingerprint: string): string {
  return digestText(`${root}\0${task}\0${fingerprint}`).slice(7, 23);
}

/** The name of an attempt: its work, and what tells it from all other attempts at it. */
export function attemptName(work: string, nonce: string): string {
  return `${work}-${nonce}`;
}

/** The name of an array of jobs, as Slurm has it. */
export function arrayName(group: string, nonce: string): string {
  return `em-${digestText(group).slice(7, 15)}-${nonce}`;
}

/** The place of a job of an array, as Slurm writes it. */
export function elementId(id: string, index: number): string {
  return `${id}_${index}`;
}
