// The values of an `each` variable: scalars, maps and files, with the labels they have in the names of tasks.
import { lookup, scalarText } from './config.ts';
import { fixedDir } from './graph.ts';
import { canonical, isList, isMap, type Json } from './json.ts';
import type { EachDecl, Scalar, Target } from './pipeline.ts';
import type { Problems } from './problem.ts';
import { type EachValue, renderText, type Scope } from './scope.ts';
import { slug } from './template.ts';

/** What the values are made from. */
export interface EachContext {
  readonly scope: Scope;
  readonly problems: Problems;
  readonly glob: (pattern: string) => readonly string[];
}

/** The values of a variable that is no set of another target. */
export function staticValues(target: Target, decl: EachDecl, context: EachContext): EachValue[] {
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

function configValues(key: string, pointer: readonly string[], context: EachContext): EachValue[] {
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
  context: EachContext,
): EachValue[] {
  const numbers = [source.from, source.to, source.step].map((t) => {
    const r = renderText(t, context.scope);
    return r.ok && r.text.trim() !== '' ? Number(r.text) : Number.NaN;
  }) as [number, number, number];
  const [from, to, step] = numbers;
  if (numbers.some((n) => !Number.isSafeInteger(n)) || step === 0) {
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

/** The value of a file, with its path, name, stem and folder as fields. */
export function fileValue(
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
