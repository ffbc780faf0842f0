// Checks of expansion: mistakes in a pipeline that can be seen only with its config and its tasks at hand.
import { configKeys, leaves } from './config.ts';
import { type BareTask, type EdgeContext, tellOverlap } from './edges.ts';
import type { Pipeline, Target } from './pipeline.ts';
import type { Problems } from './problem.ts';
import { type EachValue, renderText, resolve, type Scope } from './scope.ts';
import { suggest } from './suggest.ts';
import { tidyPath } from './template.ts';
import { usageOf } from './usage.ts';

/** What the checks look at. */
export interface ExpandCheck {
  readonly pipeline: Pipeline;
  /** The scope of the target's first instance. */
  readonly scope: Scope;
  readonly problems: Problems;
}

/** References of the command itself: they are rendered only when it runs, which is too late to find a mistake. */
export function checkUsed(
  target: Target,
  tasks: readonly BareTask[],
  { pipeline, scope, problems }: ExpandCheck,
): void {
  if (target.run === undefined) return;
  const usage = usageOf(target, pipeline);
  const check = (reference: string, within: Scope): boolean => {
    const value = resolve({ path: reference.split('.') }, within);
    if (value.kind !== 'wrong') return true;
    problems.error(
      'bad-reference',
      ['targets', target.name, 'run'],
      `\${{ ${reference} }}: ${value.message}`,
      value.hint === undefined ? {} : { hint: value.hint },
    );
    return false;
  };
  for (const key of usage.config) check(`config.${key}`, scope);
  for (const name of usage.env) check(`env.${name}`, scope);
  const [first, ...others] = tasks.filter((t) => !t.placeholder);
  if (first === undefined) return;
  for (const reference of usage.each)
    if (check(reference, scope) && reference.includes('.')) checkFields(reference, others, { scope, check });
}

/** Maps of one variable may have different fields; files all have the same. */
function checkFields(
  reference: string,
  tasks: readonly BareTask[],
  { scope, check }: { scope: Scope; check: (reference: string, within: Scope) => boolean },
): void {
  const variable = reference.slice(0, reference.indexOf('.'));
  const seen = new Set<EachValue>();
  for (const task of tasks) {
    const value = task.each[variable];
    if (value?.fields === undefined || value.file !== undefined || seen.has(value)) continue;
    seen.add(value);
    if (!check(reference, { ...scope, each: task.each })) return;
  }
}

/** A variable over files that a target builds would have other values after a build than before it. */
export function checkEachGlobs(
  target: Target,
  scope: Scope,
  context: Pick<EdgeContext, 'tasks' | 'problems' | 'index'>,
): void {
  for (const { name, source } of target.each) {
    if (source.kind !== 'glob') continue;
    const pattern = renderText(source.pattern, scope);
    const hit = pattern.ok ? context.index.overlapped(tidyPath(pattern.text)) : undefined;
    if (hit === undefined || !pattern.ok) continue;
    const pointer = ['targets', target.name, 'each', name];
    tellOverlap(`the glob "${pattern.text}"`, hit, { context, pointer });
  }
}

/** A stage stands once in a manifest: two targets may not write the same one. */
export function checkStages(tasks: readonly BareTask[], problems: Problems): void {
  const owners = new Map<string, string>();
  for (const task of tasks) {
    if (task.manifest === undefined) continue;
    const { name, stage } = task.target;
    const key = `${task.manifest}\0${stage}`;
    const owner = owners.get(key);
    if (owner !== undefined && owner !== name) {
      problems.error(
        'stage-twice',
        ['targets', name, 'manifest'],
        `stage "${stage}" of "${task.manifest}" is written by "${owner}" and by "${name}"`,
        { hint: 'name another with "stage:"' },
      );
    }
    owners.set(key, name);
  }
}

/** A declared key that is not there may be meant; one that is nearly there is a typing mistake. */
export function checkConfigKeys(target: Target, { scope, problems }: ExpandCheck): void {
  for (const [i, key] of target.config.entries()) {
    if (key === '*' || leaves(scope.config, key).some(([, v]) => v !== undefined)) continue;
    const near = suggest(key, configKeys(scope.config.value));
    const pointer = ['targets', target.name, 'config', ...(target.config.length > 1 ? [i] : [])];
    problems.warn(
      'config-key-missing',
      pointer,
      `the config has no key "${key}"`,
      near === undefined ? {} : { hint: `did you mean "${near}"?` },
    );
  }
}
