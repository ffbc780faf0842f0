// Targets as text: the short way for a scenario to write a pipeline whose every command notes itself in the side log.
import type { Workspace } from './workspace.ts';

export interface TargetText {
  /** YAML of the inputs; none when not given. */
  readonly inputs?: string;
  /** YAML of the outputs; NAME.txt when not given. */
  readonly outputs?: string;
  /** The script after the note; when not given it writes what it reads. */
  readonly body?: string;
  /** Further lines of the target. */
  readonly more?: readonly string[];
}

const indented = (text: string): string => text.replace(/^(?=.)/gm, '      ');

/** A target that writes its task's name to the side log and then runs its script. */
export function target(name: string, text: TargetText = {}): string {
  const { inputs, outputs = `${name}.txt`, body = 'cat ${{ inputs }} > ${{ outputs }}', more = [] } = text;
  const lines = [
    `  ${name}:`,
    '    run: |',
    '      echo "$EVALMAKE_TASK" >> "$RAN_LOG"',
    indented(body),
    ...(inputs === undefined ? [] : [`    inputs: ${inputs}`]),
    ...(outputs === '' ? [] : [`    outputs: ${outputs}`]),
    ...more.map((line) => `    ${line}`),
  ];
  return `${lines.join('\n')}\n`;
}

/**
 * Writes pipeline.yaml with these targets.
 * @param head further lines at the top, each with its line break
 */
export function writeTargets(ws: Workspace, targets: readonly string[], head = ''): void {
  ws.write('pipeline.yaml', `evalmake: 1\nname: test\n${head}targets:\n${targets.join('')}`);
}
