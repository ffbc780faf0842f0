// A Metric is a number that a target declares as its result: the output that holds it, and where in the JSON it stands.
import { isList, isMap, type Json } from './json.ts';

/** A declared metric, its file as it is written. */
export interface MetricPlace {
  /** A path relative to the workspace, or the name of an output; '' for the only output. May hold templates. */
  readonly file: string;
  /** A JSON Pointer (RFC 6901), from its first `/`. */
  readonly pointer: string;
}

/** Reads `stats.json#/open/em`; undefined for what names no place in a file. */
export function metricPlace(text: string): MetricPlace | undefined {
  const at = text.indexOf('#/');
  return at < 0 ? undefined : { file: text.slice(0, at).trim(), pointer: text.slice(at + 1) };
}

/** What stands at a place of a document: the number, or what is there instead, in words. */
export function numberAt(document: Json, pointer: string): number | string {
  let value: Json | undefined = document;
  let way = '';
  for (const step of pointer.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    const inner = memberOf(value, key);
    if (inner === undefined) return `${way === '' ? 'the document' : `"${way}"`} has no "${key}"`;
    value = inner;
    way += `/${step}`;
  }
  return typeof value === 'number' ? value : `found ${found(value)}`;
}

function memberOf(value: Json, key: string): Json | undefined {
  if (isList(value)) return /^(?:0|[1-9]\d*)$/.test(key) ? value[Number(key)] : undefined;
  return isMap(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function found(value: Json): string {
  if (isList(value)) return 'a list';
  if (isMap(value)) return 'a map';
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
