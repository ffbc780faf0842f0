// A Reason says why a task is not fresh: a stable code, what it is about, and the value before and now.
import type { Parts } from './record.ts';

export type ReasonCode =
  | 'never-built'
  | 'record-lost'
  | 'command-changed'
  | 'version-changed'
  | 'config-changed'
  | 'each-changed'
  | 'env-changed'
  | 'script-changed'
  | 'tool-changed'
  | 'input-changed'
  | 'input-added'
  | 'input-removed'
  | 'input-missing'
  | 'input-changed-during-run'
  | 'output-missing'
  | 'output-modified'
  | 'output-unrecorded'
  | 'check-failed'
  | 'check-changed'
  | 'previous-run-failed'
  | 'previous-run-interrupted'
  | 'forced'
  | 'upstream-runs'
  | 'upstream-failed'
  | 'upstream-asks'
  | 'set-may-change'
  | 'disabled'
  | 'keep'
  | 'nondeterministic'
  | 'frozen'
  | 'secret-missing'
  | 'rows-stale'
  | 'rows-invalid'
  | 'rows-claimed'
  | 'rows-refused'
  | 'attempt-open'
  | 'job-waits'
  | 'upstream-waits'
  | 'outcome-unknown'
  | 'paid'
  | 'over-budget';

/** One reason. */
export interface Reason {
  readonly code: ReasonCode;
  /** A cause of its own, or one that follows from another task's. */
  readonly root: boolean;
  /** What it is about: a label (`config:model`), a path, a task. */
  readonly subject?: string;
  readonly was?: string;
  readonly now?: string;
  /** Of `over-budget`: US dollars that a build must be allowed to spend so that it starts this; absent when unknown. */
  readonly needsUsd?: number;
  /** Of `check-changed`: where results are kept that are judged again, when they are not the published ones. */
  readonly kept?: string;
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
    if (now[label] === undefined && !isPending(label, pending))
      out.push(differs(label, was[label], undefined));
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

type Words = (reason: Reason, bare: string, subject: string) => string;

/** What each code means in words; `bare` is the subject without its kind. */
const words: Readonly<Record<ReasonCode, Words>> = {
  'never-built': () => 'never built',
  'record-lost': () => 'outputs are there, but no record says how they were made',
  'command-changed': (_, __, subject) => `${subject} changed`,
  'version-changed': () => 'version changed',
  'config-changed': (_, bare) => `config ${bare}`,
  'each-changed': (_, bare) => `each value ${bare}`,
  'env-changed': (_, bare) => `environment ${bare}`,
  'script-changed': ({ was, now }, bare) =>
    `script ${bare} ${was === undefined ? 'is new' : now === undefined ? 'is gone' : 'changed'}`,
  'tool-changed': (_, bare) => `tool ${bare}`,
  'input-changed': (_, bare) => `input ${bare} changed`,
  'input-added': (_, bare) => `input ${bare} is new`,
  'input-removed': (_, bare) => `input ${bare} is no longer an input`,
  'input-missing': (_, bare) => `input ${bare} is missing and nothing builds it`,
  'input-changed-during-run': (_, bare) =>
    bare === '' ? 'an input changed while the command ran' : `the last attempt does not count: ${bare}`,
  'output-missing': (_, bare) => `output ${bare} is missing`,
  'output-modified': (_, bare) => `output ${bare} was modified`,
  'output-unrecorded': (_, bare) => `${bare} matches the outputs, but no build recorded it`,
  'check-failed': (_, bare) => `check ${bare}`,
  'check-changed': ({ kept }, bare) =>
    kept === undefined
      ? `check ${bare} must look at the content again`
      : `check ${bare} changed: what is kept in ${kept} is judged again; nothing runs, nothing is bought`,
  'previous-run-failed': (_, bare) => `the last attempt failed${bare === '' ? '' : `: ${bare}`}`,
  'previous-run-interrupted': (_, bare) =>
    bare.startsWith('it runs') ? `the last attempt: ${bare}` : 'the last attempt was interrupted',
  forced: () => 'forced',
  'upstream-runs': (_, __, subject) => `decided when ${subject} is done`,
  'upstream-failed': (_, __, subject) => `${subject} failed or is blocked`,
  'upstream-asks': (_, __, subject) => `${subject} waits for a person's decision`,
  'set-may-change': (_, __, subject) => `its set depends on ${subject}`,
  disabled: (_, __, subject) => (subject === '' ? 'off' : `off by ${subject}`),
  keep: (_, __, subject) => `keep: ${subject === '' ? 'replaced only with --force' : subject}`,
  nondeterministic: (_, __, subject) =>
    `nondeterministic: ${subject === '' ? 'the first result for this fingerprint wins' : subject}`,
  frozen: () => 'frozen: never runs',
  'secret-missing': (_, bare) => `secret ${bare} is not in the environment`,
  'rows-stale': (_, __, subject) => `rows: ${subject}`,
  'rows-invalid': (_, __, subject) => `rows: ${subject}`,
  'rows-claimed': (_, __, subject) => `${subject} asks some of these rows now`,
  'rows-refused': (_, __, subject) => `rows: ${subject}`,
  'attempt-open': (_, __, subject) =>
    `an attempt is unfinished: it is collected first${subject === '' ? '' : `; ${subject}`}`,
  'job-waits': (_, __, subject) => `waits for ${subject === '' ? 'an external job' : subject}`,
  'upstream-waits': (_, __, subject) => `${subject} waits for an external job`,
  'outcome-unknown': (_, __, subject) =>
    `an attempt has an unknown outcome and may have been paid for${subject === '' ? '' : `: ${subject}`}`,
  paid: (_, __, subject) => `paid: ${subject}`,
  'over-budget': (_, __, subject) => `over budget: ${subject}`,
};

/** Whether a code is one that this version knows. */
export function isReasonCode(code: string): code is ReasonCode {
  return Object.hasOwn(words, code);
}

/** The words of a reason for people. */
export function reasonText(reason: Reason): string {
  const subject = reason.subject ?? '';
  return words[reason.code](reason, subject.replace(/^(config|each|env|script|tool|input):/, ''), subject);
}
