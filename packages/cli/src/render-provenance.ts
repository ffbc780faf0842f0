// Rendering Provenance as plain text, for the appendix of a paper: what was made, step by step, with every digest in full.
import { createHash } from 'node:crypto';
import { money, moneyText, type Provenance, type ProvenanceStep, type ProvenFile } from '@evalmake/core';
import { count, durationText, printable } from './style.ts';
import { version } from './version.ts';

/** Files of one list beyond these are told by their number and one digest over all of them. */
const shownFiles = 4;

/**
 * The text that says how something was made.
 * @param what the artifact or task that was asked for, and what an artifact holds
 */
export function renderProvenance(
  { steps, sources }: Provenance,
  { what, pipeline }: { what: { name: string; digest?: string }; pipeline: string },
): string {
  const lines = [
    `How ${printable(what.name)} was made`,
    ...(what.digest === undefined ? [] : [`sha256 ${what.digest.replace(/^sha256:/, '')}`]),
    `pipeline ${printable(pipeline)}, evalmake ${version}; ${count(steps.length, 'step')}, ${count(sources.length, 'source file')}`,
    '',
    'Sources',
    ...fileLines(sources, '  '),
  ];
  for (const [i, step] of steps.entries()) lines.push('', ...stepLines(step, i + 1));
  return `${lines.join('\n')}\n`;
}

function stepLines(step: ProvenanceStep, number: number): string[] {
  const { made, adopted, stale, unknown } = step;
  const tasks = step.tasks > 1 ? ` (${step.tasks} tasks)` : '';
  const desc = step.desc === undefined ? '' : `: ${printable(step.desc)}`;
  const rows: [string, string][] = [['command', step.command.trim()]];
  for (const [label, value] of Object.entries(step.settings)) rows.push(labelled(label, value));
  for (const [label, value] of Object.entries(step.code)) rows.push(labelled(label, value));
  return [
    `Step ${number}. ${step.name}${tasks}${desc}`,
    ...(made === undefined ? [] : [`  made      ${madeText(made)}`]),
    ...rows.flatMap(([head, text]) => wrapped(head, text)),
    ...(step.inputs.length === 0 ? [] : ['  read', ...fileLines(step.inputs, '    ')]),
    ...(step.outputs.length === 0 ? [] : ['  wrote', ...fileLines(step.outputs, '    ')]),
    ...adopted.map(
      (reason) => `  NOTE      not made by a run: a person vouches for it, because "${printable(reason)}"`,
    ),
    ...note(stale, 'not fresh now; this is the last good result of'),
    ...note(unknown, 'no record says how it was made:'),
  ];
}

function note(tasks: readonly string[], text: string): string[] {
  if (tasks.length === 0) return [];
  const more = tasks.length > 3 ? ` and ${tasks.length - 3} more` : '';
  return [`  NOTE      ${text} ${tasks.slice(0, 3).join(', ')}${more}`];
}

function madeText(made: NonNullable<ProvenanceStep['made']>): string {
  const runs =
    made.firstRun === made.lastRun ? `run ${made.lastRun}` : `runs ${made.firstRun} to ${made.lastRun}`;
  const cost = made.costUsd > 0 ? `, ${moneyText(money(made.costUsd))}` : '';
  return `${made.at.slice(0, 19).replace('T', ' ')} UTC, ${runs}, ${durationText(made.ms)}${cost}`;
}

/** `config:judge.temperature` as the head `config` and the text `judge.temperature = 0.2`. */
function labelled(label: string, value: string): [string, string] {
  const at = label.indexOf(':');
  return at < 0 ? [label, value] : [label.slice(0, at), `${label.slice(at + 1)} = ${value}`];
}

function wrapped(head: string, text: string): string[] {
  const [first = '', ...rest] = text.split('\n').map(printable);
  return [`  ${head.padEnd(9)} ${first}`, ...rest.map((line) => `            ${line}`)];
}

/** Files with their digests; of many the first, and one digest of the list `<sha256>  <path>` of all. */
function fileLines(files: readonly ProvenFile[], indent: string): string[] {
  const hex = ({ digest }: ProvenFile): string => digest.replace(/^sha256:/, '');
  const line = (file: ProvenFile): string => `${hex(file)}  ${printable(file.path)}`;
  const shown = files.slice(0, files.length > shownFiles + 1 ? shownFiles : files.length);
  const lines = shown.map((file) => `${indent}${line(file)}`);
  if (shown.length < files.length) {
    const list = files.map((file) => `${hex(file)}  ${file.path}\n`).join('');
    const all = createHash('sha256').update(list).digest('hex');
    lines.push(`${indent}${all}  sha256 of the list of all ${files.length}, as sha256sum prints it`);
  }
  return lines;
}
