// Instances: the values of `each` variables, and the combinations that become tasks.
import { lookup, scalarText } from './config.ts';
import { fixedDir, type Task } from './graph.ts';
import { canonical, isList, isMap, type Json } from './json.ts';
import type { EachDecl, Scalar, Target } from './pipeline.ts';
import type { Problems } from './problem.ts';
import { type EachValue, renderText, type Scope } from './scope.ts';
import { slug } from './template.ts';

/** One combination of `each` values; `setOn` are the producers that decide whether it exists. */
export interface Combination {
  readonly each: Readonly<Record<string, EachValue>>;
  readonly setOn: readonly number[];
}

/** What instances need to know of the rest. */
export interface InstanceContext {
  readonly scope: Scope;
  readonly problems: Problems;
  readonly glob: (pattern: string) => readonly string[];
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
  for (const decl of target.each) {
    if (decl.source.kind === 'from') {
      const next: Combination[] = [];
      for (const option of fromOptions(target, decl, context, unknown)) {
        for (const c of list) {
          const joined = join(c, option);
          if (joined !== undefined) next.push(joined);
        }
      }
      list = reorder(list, next);
    } else {
      const values = staticValues(target, decl, context);
      list = list.flatMap((c) =>
        values.map((v) => ({ each: { ...c.each, [decl.name]: v }, setOn: c.setOn })),
      );
    }
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

/** Joins a combination with one value of a dynamic variable and the variables of its producer. */
function join(c: Combination, option: Combination): Combination | undefined {
  const each: Record<string, EachValue> = { ...c.each };
  for (const [name, value] of Object.entries(option.each)) {
    const same = Object.entries(c.each).find(([, v]) => v.origin === value.origin);
    if (same !== undefined) {
      if (same[1].key !== value.key) return undefined;
    } else if (!Object.hasOwn(each, name)) each[name] = value;
  }
  return { each, setOn: [...c.setOn, ...option.setOn] };
}

function fromOptions(
  target: Target,
  decl: EachDecl,
  context: InstanceContext,
  unknown: number[],
): Combination[] {
  const source = decl.source as Extract<EachDecl['source'], { kind: 'from' }>;
  const origin = `from:${source.target}.${source.output ?? ''}`;
  const options: Combination[] = [];
  for (const producer of context.tasksOf(source.target)) {
    if (producer.placeholder) {
      unknown.push(producer.index);
      continue;
    }
    for (const output of producer.outputs) {
      if (source.output !== undefined && output.name !== source.output) continue;
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

function staticValues(target: Target, decl: EachDecl, context: InstanceContext): EachValue[] {
  const source = decl.source;
  const pointer = ['targets', target.name, 'each', decl.name];
  switch (source.kind) {
    case 'list':
      return source.items.map((item) =>
        item.kind === 'scalar'
          ? scalarValue(item, `list:${decl.name}`)
          : mapValue(item.fields, `list:${decl.name}`),
      );
    case 'config':
      return configValues(source.key, pointer, context);
    case 'glob': {
      const pattern = renderText(source.pattern, context.scope);
      if (!pattern.ok) {
        context.problems.error('bad-reference', pointer, pattern.message);
        return [];
      }
      const base = fixedDir(pattern.text);
      return context
        .glob(pattern.text)
        .map((path) =>
          fileValue(path, { base, origin: `glob:${pattern.text}`, producer: -1, output: '', whole: false }),
        );
    }
    case 'range':
      return rangeValues(source, decl.name, pointer, context);
    case 'from':
      return [];
  }
}

function configValues(key: string, pointer: readonly string[], context: InstanceContext): EachValue[] {
  const { config } = context.scope;
  const value = lookup(config.value, key.split('.'));
  if (!isList(value)) {
    const found = value === undefined ? 'is missing' : 'is not a list';
    context.problems.error('bad-each', pointer, `config.${key} ${found}; "each" needs a list`);
    return [];
  }
  const origin = `config:${key}`;
  return value.flatMap((item, i): EachValue[] => {
    const path = [...key.split('.'), String(i)];
    if (isList(item)) {
      context.problems.error(
        'bad-each',
        pointer,
        `config.${key}[${i}] is a list; "each" needs scalars or maps of scalars`,
      );
      return [];
    }
    if (!isMap(item)) return [scalarValue({ json: item, text: scalarText(config, path, item) }, origin)];
    const fields: Record<string, Scalar> = {};
    for (const [k, v] of Object.entries(item)) {
      if (!isMap(v) && !isList(v)) fields[k] = { json: v, text: scalarText(config, [...path, k], v) };
    }
    return [mapValue(fields, origin)];
  });
}

function rangeValues(
  source: { from: string; to: string; step: string },
  variable: string,
  pointer: readonly string[],
  context: InstanceContext,
): EachValue[] {
  const numbers = [source.from, source.to, source.step].map((t) => {
    const r = renderText(t, context.scope);
    return r.ok ? Number(r.text) : Number.NaN;
  }) as [number, number, number];
  const [from, to, step] = numbers;
  if (numbers.some((n) => !Number.isFinite(n)) || step === 0) {
    context.problems.error('bad-each', pointer, `range [${source.from}, ${source.to}] needs whole numbers`);
    return [];
  }
  const count = Math.floor((to - from) / step) + 1;
  if (count > 1_000_000) {
    context.problems.error('bad-each', pointer, `range [${source.from}, ${source.to}] has ${count} values`);
    return [];
  }
  return Array.from({ length: Math.max(0, count) }, (_, i) => {
    const n = from + i * step;
    return scalarValue({ json: n, text: String(n) }, `range:${variable}`);
  });
}

function scalarValue(scalar: Scalar, origin: string): EachValue {
  return {
    label: slug(scalar.text),
    key: canonical(scalar.json),
    text: scalar.text,
    json: scalar.json,
    fields: undefined,
    origin,
    file: undefined,
  };
}

function mapValue(fields: Readonly<Record<string, Scalar>>, origin: string): EachValue {
  const json: Record<string, Json> = {};
  for (const [k, v] of Object.entries(fields)) json[k] = v.json;
  const named = fields.name ?? fields.id;
  const label =
    named !== undefined
      ? named.text
      : Object.values(fields)
          .map((f) => f.text)
          .join('-');
  return {
    label: slug(label),
    key: canonical(json),
    text: canonical(json),
    json,
    fields,
    origin,
    file: undefined,
  };
}

function fileValue(
  path: string,
  of: { base: string; origin: string; producer: number; output: string; whole: boolean },
): EachValue {
  const name = path.replace(/\/$/, '').split('/').at(-1) as string;
  const stem = name.replace(/(?<=.)\.[^.]*$/, '');
  const below = of.whole || of.base === '' ? (of.whole ? name : path) : path.slice(of.base.length + 1);
  const dir = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.';
  const scalar = (text: string): Scalar => ({ json: text, text });
  return {
    label: slug(below.replace(/(?<=[^/])\.[^./]*$/, '').replaceAll('/', '.')),
    key: path,
    text: path,
    json: path,
    fields: { path: scalar(path), name: scalar(name), stem: scalar(stem), dir: scalar(dir) },
    origin: of.origin,
    file: { path, producer: of.producer, output: of.output },
  };
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
