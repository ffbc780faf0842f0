// Reads what goes into a target and comes out of it: `each`, `inputs` and `outputs` in all their forms.
import { isList, isMap, type Json } from './json.ts';
import type {
  EachDecl,
  EachItem,
  EachSource,
  InputDecl,
  InputSource,
  OutputDecl,
  Scalar,
} from './pipeline.ts';
import type { Pointer } from './problem.ts';
import { kindOf, name, type Shape } from './shape.ts';
import { suggest } from './suggest.ts';
import { soleRef, tidyPath } from './template.ts';

const inputKeys = ['from', 'path', 'glob', 'optional', 'flag', 'order_only', 'external', 'digest', 'where'];
const identifier = /^[A-Za-z_][A-Za-z0-9_-]*$/;
const reserved = ['config', 'inputs', 'outputs', 'task', 'env', 'rows', 'state', 'secrets'];

/** Whether a var or an each variable may have this name: templates can say it, and it means nothing else there. */
export function isVariable(name: string): boolean {
  return identifier.test(name) && !reserved.includes(name);
}

/** Whether a path text is a glob. */
export function isGlob(path: string): boolean {
  return /[*?]|\[[^\]]+\]|\{[^{}]*,[^{}]*\}/.test(path.replace(/\$\{\{[^}]*\}\}/g, 'x'));
}

/** Reads `each:`. */
export function parseEach(value: Json | undefined, pointer: Pointer, shape: Shape): EachDecl[] {
  const map = shape.map(value, pointer);
  const out: EachDecl[] = [];
  for (const [variable, source] of Object.entries(map ?? {})) {
    const at = [...pointer, variable];
    if (!isVariable(variable)) {
      shape.problems.error('bad-name', at, `"${variable}" cannot name an each variable`, { atKey: true });
      continue;
    }
    const read = eachSource(source, at, shape);
    if (read !== undefined) out.push({ name: variable, source: read });
  }
  return out;
}

function eachSource(value: Json, pointer: Pointer, shape: Shape): EachSource | undefined {
  if (isList(value))
    return { kind: 'list', items: value.flatMap((v, i) => eachItem(v, [...pointer, i], shape) ?? []) };
  if (typeof value === 'string') {
    const ref = soleRef(value);
    if (ref?.[0] === 'config' && ref.length > 1) return { kind: 'config', key: ref.slice(1).join('.') };
  }
  if (isMap(value)) {
    shape.known(value, pointer, ['glob', 'range', 'from']);
    if (typeof value.glob === 'string') return { kind: 'glob', pattern: value.glob };
    if (typeof value.from === 'string') return { kind: 'from', ...splitFrom(value.from) };
    if (isList(value.range) && (value.range.length === 2 || value.range.length === 3)) {
      const [from, to, step] = value.range.map((v, i) => shape.text(v, [...pointer, 'range', i]) ?? '');
      return { kind: 'range', from: from as string, to: to as string, step: step ?? '1' };
    }
  }
  shape.wrong(
    pointer,
    `${name(pointer)} must be a list, "\${{ config.KEY }}", {glob}, {range: [a, b]} or {from: target.output}`,
  );
  return undefined;
}

function eachItem(value: Json, pointer: Pointer, shape: Shape): EachItem | undefined {
  if (isMap(value)) {
    const fields: Record<string, Scalar> = {};
    for (const [key, v] of Object.entries(value)) {
      if (isMap(v) || isList(v))
        shape.wrong([...pointer, key], `${name([...pointer, key])} must be a scalar, not ${kindOf(v)}`);
      else fields[key] = shape.scalar(v, [...pointer, key]);
    }
    return { kind: 'map', fields };
  }
  if (isList(value)) {
    shape.wrong(pointer, `${name(pointer)} must be a scalar or a map of scalars, not a list`);
    return undefined;
  }
  return { kind: 'scalar', ...shape.scalar(value, pointer) };
}

/**
 * Reads `exclude:`, a map of variable -> value or a list of these.
 * @param value what stands below `exclude:`
 * @param pointer where it stands
 * @param with_ the shape, and what stands below the target's `each:`
 */
export function parseExclude(
  value: Json | undefined,
  pointer: Pointer,
  { shape, each }: { readonly shape: Shape; readonly each: Json | undefined },
): Record<string, Scalar>[] {
  if (value === undefined || value === null) return [];
  const list = isList(value) ? value : [value];
  return list.flatMap((item, i) => {
    const here = isList(value) ? [...pointer, i] : pointer;
    const map = shape.map(item, here);
    if (item === null) shape.wrong(here, `${name(here)} is empty`);
    if (map === undefined) return [];
    return [
      Object.fromEntries(
        Object.entries(map).map(([k, v]) => {
          const at = [...here, k];
          checkVariable(k, at, { shape, each });
          if (isMap(v) || isList(v)) shape.wrong(at, `${name(at)} must be a scalar, not ${kindOf(v)}`);
          return [k, shape.scalar(v, at)];
        }),
      ),
    ];
  });
}

/** A rule of a variable that is not there would exclude nothing. */
function checkVariable(
  path: string,
  pointer: Pointer,
  { shape, each }: { readonly shape: Shape; readonly each: Json | undefined },
): void {
  const sources = isMap(each) ? each : {};
  const variable = path.split('.')[0] as string;
  // A dynamic variable brings along the variables of its producer, which are known only after expansion.
  const dynamic = Object.values(sources).some((s) => isMap(s) && Object.hasOwn(s, 'from'));
  if (dynamic || Object.hasOwn(sources, variable)) return;
  const near = suggest(variable, Object.keys(sources));
  const message = `${name(pointer)}: no each variable is named "${variable}", so the rule excludes nothing`;
  shape.problems.error('unknown-reference', pointer, message, {
    atKey: true,
    ...(near === undefined ? {} : { hint: `did you mean "${near}"?` }),
  });
}

/** Splits `target.output` at its first dot. */
export function splitFrom(text: string): { target: string; output: string | undefined } {
  const dot = text.indexOf('.');
  return dot < 0
    ? { target: text, output: undefined }
    : { target: text.slice(0, dot), output: text.slice(dot + 1) };
}

/** Reads `inputs:` in all its forms. */
export function parseInputs(value: Json | undefined, pointer: Pointer, shape: Shape): InputDecl[] {
  if (value === undefined || value === null) return [];
  if (isMap(value) && !isOneInput(value)) {
    return Object.entries(value).flatMap(([key, v]) => {
      if (!identifier.test(key)) {
        shape.problems.error('bad-name', [...pointer, key], `"${key}" cannot name an input`, { atKey: true });
      }
      return input(key, v, [...pointer, key], shape) ?? [];
    });
  }
  const one = input('', value, pointer, shape);
  return one === undefined ? [] : [one];
}

function isOneInput(value: { readonly [key: string]: Json }): boolean {
  return ['from', 'path', 'glob'].some((k) => Object.hasOwn(value, k));
}

function input(named: string, value: Json, pointer: Pointer, shape: Shape): InputDecl | undefined {
  const options = isMap(value) ? value : undefined;
  if (options !== undefined) {
    const all = shape.known(options, pointer, inputKeys);
    if (!isOneInput(options)) {
      if (all) shape.wrong(pointer, `${name(pointer)} must name a path, a glob or {from: target.output}`);
      return undefined;
    }
  }
  const sources = inputSources(value, pointer, shape);
  return {
    name: named,
    sources,
    optional: shape.flag(options?.optional, [...pointer, 'optional'], false),
    orderOnly: shape.flag(options?.order_only, [...pointer, 'order_only'], false),
    external: shape.flag(options?.external, [...pointer, 'external'], false),
    digest: shape.word(options?.digest, [...pointer, 'digest'], ['content', 'listing'] as const, 'content'),
    flag: shape.text(options?.flag, [...pointer, 'flag']),
    where: shape.textMap(options?.where, [...pointer, 'where']),
  };
}

function inputSources(value: Json, pointer: Pointer, shape: Shape, listed = false): InputSource[] {
  if (isList(value)) return value.flatMap((v, i) => inputSources(v, [...pointer, i], shape, true));
  if (isMap(value)) {
    if (listed && shape.known(value, pointer, ['from', 'path', 'glob']) && !isOneInput(value)) {
      shape.wrong(pointer, `${name(pointer)} must name a path, a glob or {from: target.output}`);
    }
    const from = shape.texts1(value.from, [...pointer, 'from']);
    const paths = shape.texts1(value.path, [...pointer, 'path']);
    const globs = shape.texts1(value.glob, [...pointer, 'glob']);
    return [
      ...from.map((f): InputSource => ({ kind: 'from', ...splitFrom(f) })),
      ...paths.map((path): InputSource => ({ kind: 'path', path: tidyPath(path) })),
      ...globs.map((pattern): InputSource => ({ kind: 'glob', pattern: tidyPath(pattern) })),
    ];
  }
  const text = shape.text(value, pointer);
  if (text === undefined || text.trim() === '') {
    if (text !== undefined || value === null)
      shape.problems.error('wrong-type', pointer, `${name(pointer)} is empty`, { atKey: value === null });
    return [];
  }
  return [isGlob(text) ? { kind: 'glob', pattern: tidyPath(text) } : { kind: 'path', path: tidyPath(text) }];
}

/** Reads `outputs:`: one path, a list, or a map name -> path. */
export function parseOutputs(value: Json | undefined, pointer: Pointer, shape: Shape): OutputDecl[] {
  if (value === undefined || value === null) return [];
  const entries: [string, Json, Pointer][] = isMap(value)
    ? Object.entries(value).map(([k, v]) => [k, v, [...pointer, k]])
    : isList(value)
      ? value.map((v, i) => [String(i), v, [...pointer, i]])
      : [['', value, pointer]];
  return entries.flatMap(([key, v, at]) => {
    if (key === 'missing' || key === 'dir') {
      shape.problems.error(
        'bad-name',
        at,
        `"${key}" cannot name an output: \${{ outputs.${key} }} means something else`,
      );
    }
    const path = shape.text(v, at);
    if (path === undefined && v !== null) return [];
    if (path === undefined || path.trim() === '') {
      shape.wrong(at, `${name(at)} is empty`);
      return [];
    }
    const kind = isGlob(path) ? 'glob' : path.endsWith('/') ? 'dir' : 'file';
    return [{ name: key, path: tidyPath(path), kind }];
  });
}
