// Reads the checks of a target: a map of demands for the only output, or one such map for each output.
import type { CheckDemand, CheckFormat, CheckSpec } from './check.ts';
import { demandKeys, parseDemand } from './check-demand.ts';
import { isMap, type Json, type JsonMap } from './json.ts';
import type { Pointer, Problems } from './problem.ts';
import { name, Shape } from './shape.ts';
import { suggest } from './suggest.ts';

/** What the checks of a target may name. */
export interface CheckContext {
  readonly outputs: readonly string[];
  readonly inputs: readonly string[];
}

const checkKeys: readonly string[] = [...demandKeys, 'format'];
const formats: readonly CheckFormat[] = ['json', 'jsonl', 'csv', 'text'];

/**
 * Reads the `checks` of one target.
 * @param value the map as written, or null when there is none
 * @param pointer where it stands
 * @param context the names of the target's outputs and inputs ('' for one without a name)
 * @param problems takes every mistake, each with its own pointer
 * @returns the checks that could be read, in the order of the document
 */
export function parseChecks(
  value: Json,
  pointer: Pointer,
  context: CheckContext,
  problems: Problems,
): CheckSpec[] {
  const shape = new Shape(problems, {});
  const map = shape.map(value, pointer);
  if (map === undefined) return [];
  const reading: Reading = { shape, context, specs: [] };
  const direct: Record<string, Json> = {};
  for (const [key, body] of Object.entries(map)) {
    const at = [...pointer, key];
    if (namesOutput(key, body, context)) readOutput(key, body as JsonMap, at, reading);
    else if (!checkKeys.includes(key)) unknownKey(key, body, at, reading);
    else if (key === 'command') addSpec(key, body, { at, output: undefined, format: undefined }, reading);
    else if (context.outputs.length === 1) direct[key] = body;
    else misplaced(key, at, reading);
  }
  const only = context.outputs[0];
  if (only !== undefined) readMap(direct, pointer, only, reading);
  checkTwice(reading, pointer);
  return reading.specs;
}

interface Reading {
  readonly shape: Shape;
  readonly context: CheckContext;
  readonly specs: CheckSpec[];
}

/** An output may be named like a check (`rows`): then a map that is no demand of that check means the output. */
function namesOutput(key: string, body: Json, context: CheckContext): boolean {
  if (!context.outputs.includes(key)) return false;
  if (!checkKeys.includes(key)) return true;
  return isMap(body) && !Object.hasOwn(body, 'of') && !Object.hasOwn(body, 'equals_unique');
}

function readOutput(output: string, body: Json, at: Pointer, reading: Reading): void {
  if (!isMap(body)) {
    reading.shape.wrong(at, `${name(at)} must be a map of checks, such as { non_empty: true }`);
    return;
  }
  reading.shape.known(body, at, checkKeys);
  readMap(body, at, output, reading);
}

function readMap(map: JsonMap, pointer: Pointer, output: string, reading: Reading): void {
  const { shape } = reading;
  const format = map.format === undefined ? undefined : readFormat(map.format, [...pointer, 'format'], shape);
  for (const [key, body] of Object.entries(map)) {
    if (key === 'format' || !checkKeys.includes(key)) continue;
    addSpec(key, body, { at: [...pointer, key], output, format }, reading);
  }
  const least = map.min_rows;
  const most = map.max_rows;
  if (typeof least === 'number' && typeof most === 'number' && least > most) {
    shape.wrong(
      [...pointer, 'max_rows'],
      `no number of rows is at least ${least} (min_rows) and at most ${most} (max_rows)`,
    );
  }
}

function readFormat(value: Json, at: Pointer, shape: Shape): CheckFormat | undefined {
  const found = formats.find((f) => f === value);
  if (found === undefined) {
    shape.wrong(at, `${name(at)} must be one of ${formats.join(', ')}, not ${JSON.stringify(value)}`);
  }
  return found;
}

interface Place {
  readonly at: Pointer;
  readonly output: string | undefined;
  readonly format: CheckFormat | undefined;
}

function addSpec(key: string, body: Json, place: Place, reading: Reading): void {
  const demand: CheckDemand | undefined = parseDemand(key, body, place.at, reading);
  if (demand === undefined) return;
  const prefix = place.output === undefined || reading.context.outputs.length === 1 ? '' : `${place.output}.`;
  reading.specs.push({ id: `${prefix}${key}`, output: place.output, format: place.format, demand });
}

function unknownKey(key: string, body: Json, at: Pointer, { shape, context }: Reading): void {
  if (key.startsWith('x-')) return;
  const outputs = context.outputs.filter((o) => o !== '');
  const known = isMap(body) ? [...outputs, ...checkKeys] : [...checkKeys, ...outputs];
  const near = suggest(key, known);
  const what =
    outputs.length > 1 || isMap(body) ? 'neither an output of this target nor a check' : 'not a check';
  shape.problems.error('unknown-key', at, `"${key}" in ${name(at.slice(0, -1))} is ${what}`, {
    atKey: true,
    hint: near === undefined ? `known: ${known.join(', ')}` : `did you mean "${near}"?`,
  });
}

function misplaced(key: string, at: Pointer, { shape, context }: Reading): void {
  const outputs = context.outputs;
  const first = outputs[0];
  shape.problems.error(
    'check-without-output',
    at,
    first === undefined
      ? `"${key}" has nothing to judge: the target declares no output`
      : `"${key}" must stand below the output it judges, because the target has ${outputs.length}`,
    {
      atKey: true,
      hint:
        first === undefined
          ? 'only "command" judges a target without outputs'
          : `write "${first}: { ${key}: … }"; the outputs are ${outputs.join(', ')}`,
    },
  );
}

/** With one output a check can be written beside its name and below it; which one holds would be a guess. */
function checkTwice({ specs, shape }: Reading, pointer: Pointer): void {
  const seen = new Set<string>();
  for (const { id } of specs) {
    if (seen.has(id)) {
      shape.problems.error('duplicate-check', pointer, `the check "${id}" stands twice in ${name(pointer)}`, {
        hint: 'keep one of the two',
      });
    }
    seen.add(id);
  }
}
