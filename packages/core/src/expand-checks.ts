// Checks of expansion: mistakes in a pipeline that can be seen only with its config and its tasks at hand.
import { configKeys, leaves } from './config.ts';
import type { BareTask } from './edges.ts';
import type { Pipeline, Target } from './pipeline.ts';
import type { Problems } from './problem.ts';
import { resolve, type Scope } from './scope.ts';
import { suggest } from './suggest.ts';
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
  first: BareTask | undefined,
  { pipeline, scope, problems }: ExpandCheck,
): void {
  if (target.run === undefined) return;
  const usage = usageOf(target, pipeline);
  const used = [
    ...usage.config.map((key) => `config.${key}`),
    ...usage.env.map((name) => `env.${name}`),
    ...(first === undefined ? [] : usage.each),
  ];
  for (const reference of used) {
    const value = resolve({ path: reference.split('.') }, scope);
    if (value.kind !== 'wrong') continue;
    problems.error(
      'bad-reference',
      ['targets', target.name, 'run'],
      `\${{ ${reference} }}: ${value.message}`,
      value.hint === undefined ? {} : { hint: value.hint },
    );
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
