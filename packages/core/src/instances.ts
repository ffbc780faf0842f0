// Instances: the values of `each` variables, and the combinations that become tasks.
import { type EachContext, fileValue, staticValues } from './each-values.ts';
import { fixedDir, type Task } from './graph.ts';
import { canonical } from './json.ts';
import type { EachDecl, Target } from './pipeline.ts';
import type { EachValue } from './scope.ts';

/** One combination of `each` values; `setOn` are the producers that decide whether it exists. */
export interface Combination {
  readonly each: Readonly<Record<string, EachValue>>;
  readonly setOn: readonly number[];
}

/** What instances need to know of the rest. */
export interface InstanceContext extends EachContext {
  /** Tasks of a target already expanded. */
  readonly tasksOf: (target: string) => readonly Task[];
  /** Members of a glob output from the producer's record, or undefined when not known. */
  readonly members: (producer: Task, output: string) => readonly string[] | undefined;
}

/**
 * All combinations of a target's variables, less `exclude`, in the order of their declaration.
 * @returns the combinations, and the producers whose output set is not known yet
 */
export function combinations(
  target: Target,
  context: InstanceContext,
): { list: Combination[]; unknown: number[] } {
  let list: Combination[] = [{ each: {}, setOn: [] }];
  const unknown: number[] = [];
  const declared = new Set<string>();
  for (const decl of target.each) {
    if (decl.source.kind === 'from') {
      const next: Combination[] = [];
      for (const option of fromOptions(target, decl, context, unknown)) {
        for (const c of list) {
          const joined = join(c, option, decl.name, declared);
          if (joined !== undefined) next.push(joined);
        }
      }
      list = reorder(list, next);
    } else {
      const values = staticValues(target, decl, context);
      list = list.flatMap((c) => values.flatMap((v) => chosen(c, decl.name, v, declared) ?? []));
    }
    declared.add(decl.name);
  }
  return { list: list.filter((c) => !excluded(target, c)), unknown: [...new Set(unknown)] };
}

/** Puts joined combinations back into the order of the first variables. */
function reorder(before: readonly Combination[], after: readonly Combination[]): Combination[] {
  if (before.length <= 1) return [...after];
  const rank = new Map(before.map((c, i) => [JSON.stringify(Object.values(c.each).map((v) => v.key)), i]));
  const width = Object.keys(before[0]?.each ?? {}).length;
  const key = (c: Combination) =>
    rank.get(
      JSON.stringify(
        Object.values(c.each)
          .slice(0, width)
          .map((v) => v.key),
      ),
    ) ?? 0;
  return after
    .map((c, i) => ({ c, i, k: key(c) }))
    .sort((a, b) => a.k - b.k || a.i - b.i)
    .map((x) => x.c);
}

/**
 * Gives a combination the value of a declared variable. One of the same source that was brought along by a dynamic
 * variable is the same choice: the value takes its place when it is equal, else they do not fit.
 */
function chosen(
  c: Combination,
  name: string,
  value: EachValue,
  declared: ReadonlySet<string>,
): Combination | undefined {
  const each: Record<string, EachValue> = {};
  for (const [other, v] of Object.entries(c.each)) {
    if (!declared.has(other) && v.origin === value.origin) {
      if (v.key !== value.key) return undefined;
    } else if (other !== name) each[other] = v;
  }
  each[name] = value;
  return { each, setOn: c.setOn };
}

/** Joins a combination with one value of a dynamic variable and the variables of its producer. */
function join(
  c: Combination,
  option: Combination,
  own: string,
  declared: ReadonlySet<string>,
): Combination | undefined {
  const each: Record<string, EachValue> = { ...c.each };
  for (const [name, value] of Object.entries(option.each)) {
    if (name === own) continue;
    const same = Object.values(c.each).find((v) => v.origin === value.origin);
    if (same !== undefined) {
      if (same.key !== value.key) return undefined;
    } else if (!Object.hasOwn(each, name)) each[name] = value;
  }
  const setOn = [...c.setOn, ...option.setOn];
  return chosen({ each, setOn }, own, option.each[own] as EachValue, declared);
}

/**
 * The source of a dynamic variable, by which it pairs: the only output of a target may be named or not.
 * @param source a target, and which of its outputs
 * @param producers the tasks of that target
 */
export function fromOrigin(
  source: { readonly target: string; readonly output: string | undefined },
  producers: readonly Pick<Task, 'target'>[],
): string {
  const outputs = producers[0]?.target.outputs ?? [];
  return `from:${source.target}.${source.output ?? (outputs.length === 1 ? outputs[0]?.name : undefined) ?? ''}`;
}

function fromOptions(
  target: Target,
  decl: EachDecl,
  context: InstanceContext,
  unknown: number[],
): Combination[] {
  const source = decl.source as Extract<EachDecl['source'], { kind: 'from' }>;
  const origin = fromOrigin(source, context.tasksOf(source.target));
  const options: Combination[] = [];
  for (const producer of context.tasksOf(source.target)) {
    if (producer.placeholder) {
      unknown.push(producer.index);
      continue;
    }
    for (const output of producer.outputs) {
      if (output.sidecar === true || (source.output !== undefined && output.name !== source.output)) continue;
      const paths = output.kind === 'glob' ? context.members(producer, output.name) : [output.path];
      if (paths === undefined) {
        unknown.push(producer.index);
        continue;
      }
      const base = output.kind === 'glob' ? fixedDir(output.path) : '';
      for (const path of paths) {
        const value = fileValue(path, {
          base,
          origin,
          producer: producer.index,
          output: output.name,
          whole: output.kind !== 'glob',
        });
        // Instances of a literal output exist whenever the pipeline says so; members of a glob only once it has run.
        const setOn = output.kind === 'glob' ? [producer.index] : [];
        options.push({ each: { ...producer.each, [decl.name]: value }, setOn });
      }
    }
  }
  if (context.tasksOf(source.target).every((t) => t.outputs.length === 0 && !t.placeholder)) {
    context.problems.error(
      'no-outputs',
      ['targets', target.name, 'each', decl.name],
      `target "${source.target}" has no outputs to take instances from`,
    );
  }
  return options;
}

function excluded(target: Target, c: Combination): boolean {
  return target.exclude.some((rule) =>
    Object.entries(rule).every(([path, wanted]) => {
      const [variable, ...field] = path.split('.') as [string, ...string[]];
      const value = c.each[variable];
      if (value === undefined) return false;
      const actual = field.length === 0 ? value.json : value.fields?.[field.join('.')]?.json;
      return actual !== undefined && canonical(actual) === canonical(wanted.json);
    }),
  );
}
