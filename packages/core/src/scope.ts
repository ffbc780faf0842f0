// A Scope is what the references of a template mean for one task: config, vars, environment and `each` values.
import { type Config, configKeys, lookup, scalarText } from './config.ts';
import { isList, isMap, type Json } from './json.ts';
import type { Scalar } from './pipeline.ts';
import { suggest } from './suggest.ts';
import { pieces, type Ref, slug } from './template.ts';

/** One value of an `each` variable. */
export interface EachValue {
  /** Its part of the task's name. */
  readonly label: string;
  /** Equal keys of one source pair up. */
  readonly key: string;
  readonly text: string;
  readonly json: Json;
  readonly fields: Readonly<Record<string, Scalar>> | undefined;
  /** The source it comes from; variables pair only when they have the same one. */
  readonly origin: string;
  /** For a file of a dynamic variable or a glob: its path and, when built, who builds it. */
  readonly file: { readonly path: string; readonly producer: number; readonly output: string } | undefined;
}

/** What references mean. */
export interface Scope {
  readonly config: Config;
  readonly vars: Readonly<Record<string, string>>;
  readonly each: Readonly<Record<string, EachValue>>;
  readonly env: (name: string) => string | undefined;
}

/** What a reference stands for. */
export type Resolved =
  | { readonly kind: 'scalar'; readonly json: Json; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly Scalar[] }
  | { readonly kind: 'wrong'; readonly message: string; readonly hint?: string };

/**
 * Resolves a reference to config, env, vars or an each variable.
 * @param ref the reference
 * @param scope what names mean here
 */
export function resolve(ref: Ref, scope: Scope): Resolved {
  const path = ref.path;
  if (path.length > 1 && path.at(-1) === 'slug') {
    const inner = resolvePlain({ path: path.slice(0, -1) }, scope);
    return inner.kind === 'scalar'
      ? { kind: 'scalar', json: slug(inner.text), text: slug(inner.text) }
      : inner;
  }
  return resolvePlain(ref, scope);
}

function resolvePlain(ref: Ref, scope: Scope): Resolved {
  const [head, ...rest] = ref.path as [string, ...string[]];
  if (head === 'config') return resolveConfig(rest, scope);
  if (head === 'env') {
    const value = scope.env(rest[0] ?? '');
    if (value === undefined)
      return { kind: 'wrong', message: `the environment has no variable ${rest.join('.')}` };
    return { kind: 'scalar', json: value, text: value };
  }
  const each = Object.hasOwn(scope.each, head) ? scope.each[head] : undefined;
  if (each !== undefined) return resolveEach(head, each, rest);
  const text = Object.hasOwn(scope.vars, head) ? scope.vars[head] : undefined;
  if (text !== undefined && rest.length === 0) {
    const rendered = renderText(text, scope);
    return rendered.ok
      ? { kind: 'scalar', json: rendered.text, text: rendered.text }
      : { kind: 'wrong', message: `in the var "${head}": ${rendered.message}` };
  }
  const near = suggest(head, ['config', 'env', ...Object.keys(scope.each), ...Object.keys(scope.vars)]);
  return {
    kind: 'wrong',
    message: `nothing is named "${head}"`,
    ...(near === undefined ? {} : { hint: `did you mean "${near}"?` }),
  };
}

function resolveConfig(key: readonly string[], scope: Scope): Resolved {
  const value = lookup(scope.config.value, key);
  if (value === undefined) {
    const near = suggest(key.join('.'), configKeys(scope.config.value));
    return {
      kind: 'wrong',
      message: `the config has no key "${key.join('.')}"`,
      ...(near === undefined ? {} : { hint: `did you mean "${near}"?` }),
    };
  }
  if (isMap(value)) return { kind: 'wrong', message: `config.${key.join('.')} is a map, not a value` };
  if (!isList(value)) return { kind: 'scalar', json: value, text: scalarText(scope.config, key, value) };
  const items: Scalar[] = [];
  for (const [i, item] of value.entries()) {
    if (isMap(item) || isList(item))
      return {
        kind: 'wrong',
        message: `config.${key.join('.')} is a list of ${isMap(item) ? 'maps' : 'lists'}`,
      };
    items.push({ json: item, text: scalarText(scope.config, [...key, String(i)], item) });
  }
  return { kind: 'list', items };
}

function resolveEach(name: string, value: EachValue, rest: readonly string[]): Resolved {
  if (rest.length === 0) {
    if (value.fields !== undefined && value.file === undefined) {
      return {
        kind: 'wrong',
        message: `"${name}" is a map: write ${name}.${Object.keys(value.fields)[0] ?? 'FIELD'}`,
      };
    }
    return { kind: 'scalar', json: value.json, text: value.text };
  }
  const wanted = rest.join('.');
  const field =
    value.fields !== undefined && Object.hasOwn(value.fields, wanted) ? value.fields[wanted] : undefined;
  if (field === undefined) {
    const known = Object.keys(value.fields ?? {});
    return {
      kind: 'wrong',
      message: `"${name}" has no field "${wanted}"${known.length > 0 ? `; it has ${known.join(', ')}` : ''}`,
    };
  }
  return { kind: 'scalar', json: field.json, text: field.text };
}

/** A rendered text, or why it could not be rendered. */
export type Rendered =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly message: string; readonly hint?: string };

/**
 * Renders a template as plain text (a path, a manifest name, a value): no quoting, no lists.
 * @param template the text with references
 * @param scope what names mean here
 */
export function renderText(template: string, scope: Scope): Rendered {
  if (!template.includes('${{')) return { ok: true, text: template };
  let out = '';
  for (const piece of pieces(template).pieces) {
    if (typeof piece === 'string') {
      out += piece;
      continue;
    }
    const value = resolve(piece, scope);
    if (value.kind === 'wrong')
      return { ok: false, message: value.message, ...(value.hint === undefined ? {} : { hint: value.hint }) };
    if (value.kind === 'list')
      return { ok: false, message: `\${{ ${piece.path.join('.')} }} is a list and cannot stand in a path` };
    out += value.text;
  }
  return { ok: true, text: out };
}
