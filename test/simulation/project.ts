// A ProjectModel is a pipeline as its author thinks of it: the model that pipeline.yaml and the oracle are both made from.
import { type Operation, operations } from './program.ts';
import type { Random } from './random.ts';

/** Where a target reads: a source file, all sources, or what another target wrote. */
export type InputModel =
  | { readonly kind: 'source'; readonly path: string }
  | { readonly kind: 'sources' }
  /** The file of its own shard. */
  | { readonly kind: 'shard' }
  /** `output` undefined: all of them; `literal`: named by its path. */
  | {
      readonly kind: 'target';
      readonly target: string;
      readonly output: number | undefined;
      readonly literal: boolean;
    };

export interface OutputModel {
  readonly kind: 'file' | 'dir' | 'glob';
  readonly operation: Operation;
  /** Whether the command is told the place, or has the path built in. */
  readonly staged: boolean;
  /** A check on the number of rows. */
  rows: { readonly least: number; readonly most: number | undefined } | undefined;
}

export interface TargetModel {
  readonly name: string;
  /** One task, one per model of the config, or one per shard of another target. */
  readonly each: 'none' | 'models' | { readonly shardsOf: string };
  inputs: InputModel[];
  readonly outputs: OutputModel[];
  /** Number of the config key it uses. */
  readonly key: number | undefined;
  readonly strict: boolean;
  /** Part of the command without effect. */
  tag: number;
  /** Number of the flag that switches it off. */
  readonly flag: number | undefined;
  readonly manifest: 'none' | 'own' | 'shared';
  readonly missing: boolean;
  readonly code: boolean;
  readonly retries: number;
  readonly pool: boolean;
}

export interface ProjectModel {
  readonly sources: Set<string>;
  readonly config: number[];
  /** In order: another order of a list is another input. */
  models: string[];
  readonly flags: boolean[];
  readonly targets: TargetModel[];
}

export const allModels = ['ann', 'bob', 'cid', 'dot'];
export const codePath = 'tools/code.txt';

/** Short lines over few letters, so that changes often do not matter. At least one line. */
export function anyText(random: Random): string {
  const line = (): string => {
    if (random.chance(0.05)) return 'BAD';
    return Array.from({ length: random.int(3) }, () => random.pick(['a', 'b', 'c', 'x'])).join('');
  };
  return Array.from({ length: random.between(1, 5) }, () => `${line()}\n`).join('');
}

/** A project with about so many targets; sources are named, their content is for the caller to write. */
export function anyProject(random: Random, size: number): ProjectModel {
  const sources = new Set(Array.from({ length: random.between(1, 4) }, (_, index) => `src/s${index}.txt`));
  const project: ProjectModel = {
    sources,
    config: [0, 0, 0].map(() => random.int(3)),
    models: random.some(allModels, random.between(1, 3)).sort(),
    flags: [random.chance(0.7), random.chance(0.7)],
    targets: [],
  };
  const staging = random.pick([0.5, 0.5, 0.5, 1]);
  while (project.targets.length < size) project.targets.push(anyTarget(random, project, staging));
  return project;
}

/** Targets whose set of files is one output, so that others can have a task for each member. */
function splits(project: ProjectModel): TargetModel[] {
  return project.targets.filter((t) => t.each === 'none' && t.outputs[0]?.kind === 'glob');
}

function anyTarget(random: Random, project: ProjectModel, staging: number): TargetModel {
  const split = random.pick([undefined, ...splits(project)]);
  const each: TargetModel['each'] =
    split !== undefined && random.chance(0.7)
      ? { shardsOf: split.name }
      : random.chance(0.2)
        ? 'models'
        : 'none';
  const inputs = anyInputs(random, project, each);
  const isSplit = each === 'none' && random.chance(0.25);
  const outputs = isSplit
    ? [anyOutput(random, 'glob', staging)]
    : Array.from({ length: random.pick([1, 1, 1, 2, 3]) }, () =>
        anyOutput(random, random.chance(0.12) ? 'dir' : 'file', staging),
      );
  return {
    name: `t${project.targets.length}`,
    each,
    inputs,
    outputs,
    key: random.chance(0.4) ? random.int(3) : undefined,
    strict: random.chance(0.4),
    tag: 0,
    flag: !isSplit && random.chance(0.12) ? random.int(2) : undefined,
    manifest: random.pick(['none', 'own', 'shared'] as const),
    missing: isSplit && random.chance(0.5),
    code: random.chance(0.2),
    retries: random.chance(0.1) ? 1 : 0,
    pool: random.chance(0.2),
  };
}

function anyOutput(random: Random, kind: OutputModel['kind'], staging: number): OutputModel {
  const operation =
    kind === 'file' ? random.pick(operations) : random.pick(['all', 'heads', 'upper', 'letters'] as const);
  return {
    kind,
    operation,
    staged: random.chance(staging),
    rows: kind !== 'dir' && random.chance(0.25) ? anyRows(random) : undefined,
  };
}

/** Mostly holds; sometimes the content decides. */
export function anyRows(random: Random): OutputModel['rows'] {
  return {
    least: random.pick([0, 1, 1, 1, 2]),
    most: random.chance(0.3) ? random.between(5, 12) : undefined,
  };
}

function anyInputs(random: Random, project: ProjectModel, each: TargetModel['each']): InputModel[] {
  const inputs: InputModel[] = [];
  if (typeof each === 'object') inputs.push({ kind: 'shard' });
  const from = random.some(project.targets, random.between(0, 3));
  for (const target of from) {
    if (typeof each === 'object' && each.shardsOf === target.name) continue;
    const output = random.chance(0.5) ? undefined : random.int(target.outputs.length);
    const literal =
      target.each === 'none' && target.outputs[output ?? -1]?.kind === 'file' && random.chance(0.4);
    inputs.push({
      kind: 'target',
      target: target.name,
      output,
      literal: literal && target.flag === undefined,
    });
  }
  const sources = random.some([...project.sources], random.between(inputs.length === 0 ? 1 : 0, 2));
  if (random.chance(0.15)) inputs.push({ kind: 'sources' });
  else for (const path of sources) inputs.push({ kind: 'source', path });
  return inputs;
}

/** Whether a target is switched off now. */
export function isOff(project: ProjectModel, target: TargetModel): boolean {
  return target.flag !== undefined && project.flags[target.flag] === false;
}
