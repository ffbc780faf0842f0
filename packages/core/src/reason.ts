// A Reason says why a task is not fresh: a stable code, what it is about, and the value before and now.
import type { Parts } from './record.ts';

export type ReasonCode =
  | 'never-built' | 'record-lost' | 'command-changed' | 'version-changed' | 'config-changed' | 'each-changed'
  | 'env-changed' | 'script-changed' | 'tool-changed' | 'input-changed' | 'input-added' | 'input-removed' | 'input-missing'
  | 'input-changed-during-run' | 'output-missing' | 'output-modified' | 'output-unrecorded' | 'check-failed'
  | 'check-changed' | 'previous-run-failed' | 'previous-run-interrupted' | 'forced' | 'upstream-runs' | 'upstream-failed'
  | 'upstream-asks' | 'set-may-change' | 'disabled' | 'keep' | 'nondeterministic' | 'frozen' | 'secret-missing'; // biome-ignore format: a block of words

/** One reason. */
export interface Reason {
  readonly code: ReasonCode;
  /** A cause of its own, or one that follows from another task's. */
  readonly root: boolean;
  /** What it is about: a label (`config:model`), a path, a task. */
  readonly subject?: string;
  readonly was?: string;
  readonly now?: string;
}

const codes: Readonly<Record<string, ReasonCode>> = {
  command: 'command-changed',
  shell: 'command-changed',
  cwd: 'command-changed',
  prelude: 'command-changed',
  outputs: 'command-changed',
  version: 'version-changed',
  config: 'config-changed',
  each: 'each-changed',
  env: 'env-changed',
  script: 'script-changed',
  tool: 'tool-changed',
};

/**
 * The difference of two fingerprints. Empty means equal: the explanation is the decision.
 * @param was parts of a record
 * @param now parts of the present
 * @param pending labels (or prefixes ending in `*`) that are not known yet and so cannot differ
 */
export function compare(was: Parts, now: Parts, pending: readonly string[] = []): Reason[] {
  const out: Reason[] = [];
  for (const label in now) {
    const before = was[label];
    const after = now[label] as string;
    if (before !== after) out.push(differs(label, before, after));
  }
  for (const label of pending) {
    // A file that will be built and was no input before is a change, whatever it will hold.
    if (label.includes('*') || label.includes('#') || was[label] !== undefined) continue;
    out.push({ code: 'input-added', root: true, subject: label });
  }
  for (const label in was) {
    if (now[label] === undefined && !isPending(label, pending)) out.push(differs(label, was[label], undefined));
  }
  return out;
}

function isPending(label: string, pending: readonly string[]): boolean {
  return pending.some((p) => (p.endsWith('*') ? label.startsWith(p.slice(0, -1)) : p === label));
}

function differs(label: string, was: string | undefined, now: string | undefined): Reason {
  const kind = label.split(':', 1)[0] as string;
  const values = { ...(was === undefined ? {} : { was }), ...(now === undefined ? {} : { now }) };
  if (kind === 'input') {
    const code = was === undefined ? 'input-added' : now === undefined ? 'input-removed' : 'input-changed';
    return { code, root: true, subject: label, ...values };
  }
  return { code: codes[kind] ?? 'command-changed', root: true, subject: label, ...values };
}

/** The words of a reason for people. */
export function reasonText(reason: Reason): string {
  const subject = reason.subject ?? '';
  const bare = subject.replace(/^(config|each|env|script|tool|input):/, '');
  switch (reason.code) {
    case 'never-built': return 'never built';
    case 'record-lost': return 'outputs are there, but no record says how they were made';
    case 'command-changed': return `${subject} changed`;
    case 'version-changed': return 'version changed';
    case 'config-changed': return `config ${bare}`;
    case 'each-changed': return `each value ${bare}`;
    case 'env-changed': return `environment ${bare}`;
    case 'script-changed': return reason.was === undefined ? `script ${bare} is new` : reason.now === undefined ? `script ${bare} is gone` : `script ${bare} changed`;
    case 'tool-changed': return `tool ${bare}`;
    case 'input-changed': return `input ${bare} changed`;
    case 'input-added': return `input ${bare} is new`;
    case 'input-removed': return `input ${bare} is no longer an input`;
    case 'input-missing': return `input ${bare} is missing and nothing builds it`;
    case 'input-changed-during-run': return `${bare === '' ? 'an input' : bare} changed while the command ran`;
    case 'output-missing': return `output ${bare} is missing`;
    case 'output-modified': return `output ${bare} was modified`;
    case 'output-unrecorded': return `${bare} matches the outputs, but no build recorded it`;
    case 'check-failed': return `check ${bare}`;
    case 'check-changed': return `check ${bare} must look at the content again`;
    case 'previous-run-failed': return `the last attempt failed${bare === '' ? '' : `: ${bare}`}`;
    case 'previous-run-interrupted': return 'the last attempt was interrupted';
    case 'forced': return 'forced';
    case 'upstream-runs': return `decided when ${subject} is done`;
    case 'upstream-failed': return `${subject} failed or is blocked`;
    case 'upstream-asks': return `${subject} needs a person's decision`;
    case 'set-may-change': return `its set depends on ${subject}`;
    case 'disabled': return subject === '' ? 'off' : `off by ${subject}`;
    case 'keep': return 'keep: replaced only with --force';
    case 'nondeterministic': return 'nondeterministic: the first result for this fingerprint wins';
    case 'frozen': return 'frozen: never runs';
    case 'secret-missing': return `secret ${bare} is not in the environment`;
  } // biome-ignore format: a table
}
