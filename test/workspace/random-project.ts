// A random project: a graph of small deterministic commands, once as pipeline.yaml and once as a function.
import fc from 'fast-check';
import type { OracleTask } from './oracle.ts';

/** How a command makes one output from its inputs; most ignore a part of them, so that cutoff happens often. */
const operations = ['all', 'first', 'heads', 'count', 'upper', 'letters', 'constant'] as const;
type Operation = (typeof operations)[number];

export interface RandomTarget {
  readonly name: string;
  /** Candidates for inputs, in order: `s2` is a source, `t0.1` an output. At least one. */
  inputs: string[];
  readonly outputs: readonly Operation[];
  /** Number of the config key it uses. */
  readonly key: number | undefined;
  /** Whether outputs are named by their template (staged) or by their path. */
  readonly staged: boolean;
  /** Whether it fails when an input holds BAD. */
  readonly strict: boolean;
  /** A part of the command that has no effect. */
  tag: number;
}

export interface RandomProject {
  readonly sources: Map<string, string>;
  readonly config: number[];
  readonly targets: RandomTarget[];
}

/** Text of a source file: few and short lines over few letters, so that changes often do not matter. */
export const anyText = fc
  .array(
    fc.oneof(
      { weight: 12, arbitrary: fc.stringMatching(/^[abcxyz]{0,3}$/) },
      { weight: 1, arbitrary: fc.constant('BAD') },
    ),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map((lines) => lines.map((line) => `${line}\n`).join(''));

const anyShape = fc.record({
  picks: fc.array(fc.nat(1000), { minLength: 1, maxLength: 3 }),
  outputs: fc.array(fc.constantFrom(...operations), { minLength: 1, maxLength: 2 }),
  key: fc.option(fc.nat(2), { nil: undefined }),
  staged: fc.boolean(),
  strict: fc.boolean(),
});

const outputPath = (target: string, index: number): string => `out/${target}.${index}.txt`;

/** A project of 1-12 targets over 1-4 sources; every target reads sources and outputs of earlier targets. */
export const anyProject: fc.Arbitrary<RandomProject> = fc
  .record({
    texts: fc.array(anyText, { minLength: 1, maxLength: 4 }),
    config: fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2)),
    shapes: fc.array(anyShape, { minLength: 1, maxLength: 12 }),
  })
  .map(({ texts, config, shapes }) => {
    const sources = new Map(texts.map((text, index) => [`s${index}.txt`, text]));
    const readable = [...sources.keys()];
    const targets = shapes.map((shape, index) => {
      const name = `t${index}`;
      const { picks, ...rest } = shape;
      const inputs = [...new Set(picks.map((pick) => readable[pick % readable.length] ?? 's0.txt'))];
      readable.push(...shape.outputs.map((_, output) => outputPath(name, output)));
      return { ...rest, name, inputs, tag: 0 };
    });
    return { sources, config: [...config], targets };
  });

const lines = (text: string, from: number, count: number): string =>
  text
    .split('\n')
    .slice(0, -1)
    .slice(from, from + count)
    .map((line) => `${line}\n`)
    .join('');

/** The shell that makes an output; every text has complete lines, so that all agree on what a line is. */
function shellOf(operation: Operation, target: RandomTarget): string {
  const shells: Record<Operation, string> = {
    all: 'cat ${{ inputs }} | sed -n 1,8p',
    first: `sed -n 1,4p ${target.inputs[0]}`,
    heads: 'for file in ${{ inputs }}; do sed -n 1p "$file"; done',
    count: "cat ${{ inputs }} | wc -l | tr -d ' '",
    upper: 'cat ${{ inputs }} | sed -n 1,6p | tr abc ABC',
    letters: "cat ${{ inputs }} | tr -cd 'a\\n' | sed -n 1,6p",
    constant: `echo ${target.name}`,
  };
  return shells[operation];
}

function compute(operation: Operation, target: RandomTarget, inputs: readonly string[]): string {
  const whole = inputs.join('');
  const results: Record<Operation, () => string> = {
    all: () => lines(whole, 0, 8),
    first: () => lines(inputs[0] ?? '', 0, 4),
    heads: () => inputs.map((input) => lines(input, 0, 1)).join(''),
    count: () => `${whole.split('\n').length - 1}\n`,
    upper: () => lines(whole, 0, 6).replace(/[abc]/g, (letter) => letter.toUpperCase()),
    letters: () => lines(whole.replace(/[^a\n]/g, ''), 0, 6),
    constant: () => `${target.name}\n`,
  };
  return results[operation]();
}

/** The target as lines of YAML. */
function yamlOf(target: RandomTarget): string {
  const outputs = target.outputs.map((_, index) => outputPath(target.name, index));
  const place = (index: number): string =>
    target.staged ? `\${{ outputs.o${index} }}` : (outputs[index] ?? '');
  const spoil = outputs.map((_, index) => `echo PARTIAL > ${place(index)}`).join('; ');
  const prefix = target.key === undefined ? '' : `echo "p="\${{ config.k${target.key} }}; `;
  const script = [
    `echo ${target.name} >> "$RAN_LOG"`,
    `: tag ${target.tag}`,
    target.strict ? `if cat \${{ inputs }} | grep BAD > /dev/null; then ${spoil}; exit 1; fi` : ':',
    ...target.outputs.map(
      (operation, index) => `{ ${prefix}${shellOf(operation, target)}; } > ${place(index)}`,
    ),
  ];
  return [
    `  ${target.name}:`,
    '    run: |',
    ...script.map((line) => `      ${line}`),
    `    inputs: [${target.inputs.join(', ')}]`,
    `    outputs: { ${outputs.map((path, index) => `o${index}: ${path}`).join(', ')} }`,
    '',
  ].join('\n');
}

/** The whole pipeline.yaml. */
export function pipelineOf(project: RandomProject): string {
  return `evalmake: 1\nname: random\nconfig: config.yaml\ntargets:\n${project.targets.map(yamlOf).join('')}`;
}

export function configOf(project: RandomProject): string {
  return project.config.map((value, index) => `k${index}: ${value}\n`).join('');
}

/** The targets for the oracle, in the order of their edges. */
export function tasksOf(project: RandomProject): OracleTask[] {
  return project.targets.map((target) => {
    const value = target.key === undefined ? undefined : project.config[target.key];
    const prefix = value === undefined ? '' : `p=${value}\n`;
    return {
      id: target.name,
      inputs: target.inputs,
      outputs: target.outputs.map((_, index) => outputPath(target.name, index)),
      command: JSON.stringify([target.tag, value ?? null]),
      compute: (inputs) =>
        target.strict && inputs.some((input) => input.includes('BAD'))
          ? undefined
          : target.outputs.map((operation) => prefix + compute(operation, target, inputs)),
    };
  });
}

/** The tasks that a request needs, itself included, in the order of their edges. */
export function closureOf(tasks: readonly OracleTask[], wanted: readonly string[]): OracleTask[] {
  const needed = new Set(wanted);
  for (const task of [...tasks].reverse()) {
    if (!needed.has(task.id)) continue;
    for (const other of tasks)
      if (other.outputs.some((path) => task.inputs.includes(path))) needed.add(other.id);
  }
  return tasks.filter((task) => needed.has(task.id));
}
