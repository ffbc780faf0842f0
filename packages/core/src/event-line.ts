// An EventLine is a line of a run's log as it is read again: only what has the form of an event is believed to be one.
import type { Event } from './event.ts';
import { isList, isMap, type Json, type JsonMap } from './json.ts';
import { isReasonCode } from './reason.ts';

type Kind = 'text' | 'number' | 'flag' | 'list' | 'map' | 'reasons' | 'counts';

/** Fields that must be there, and of this kind. What else there is may be left out by other versions. */
const fields: Readonly<Record<Event['event'], Readonly<Record<string, Kind>>>> = {
  planned: { run: 'number', pipeline: 'text', counts: 'counts', tasks: 'list' },
  started: { task: 'text', reasons: 'reasons', attempt: 'number' },
  progress: { task: 'text', done: 'number', of: 'number', text: 'text' },
  cost: { task: 'text', usd: 'number', tokensIn: 'number', tokensOut: 'number', spentUsd: 'number' },
  note: { text: 'text' },
  warn: { text: 'text' },
  finished: { task: 'text', ms: 'number', changed: 'flag' },
  'cut-off': { task: 'text' },
  restored: { task: 'text' },
  rechecked: { task: 'text', passed: 'flag' },
  adopted: { task: 'text', reason: 'text', unproven: 'reasons' },
  failed: { task: 'text', ms: 'number', reason: 'text', message: 'text', retry: 'flag' },
  waiting: { task: 'text', until: 'text', text: 'text', jobs: 'list' },
  blocked: { task: 'text', verdict: 'text', reasons: 'reasons' },
  replanned: { tasks: 'number', open: 'number', because: 'text' },
  ended: { exit: 'number', ms: 'number', counts: 'counts' },
};

/**
 * Reads one line.
 * @returns the event; `foreign` for one of a later version; `damaged` for what is none
 */
export function readEventLine(line: string): Event | 'foreign' | 'damaged' {
  let value: Json;
  try {
    value = JSON.parse(line) as Json;
  } catch {
    return 'damaged';
  }
  if (!isMap(value) || typeof value.event !== 'string' || typeof value.at !== 'string') return 'damaged';
  if (!Object.hasOwn(fields, value.event)) return 'foreign';
  const wanted = fields[value.event as Event['event']];
  for (const [name, kind] of Object.entries(wanted)) if (!is(value[name], kind)) return 'damaged';
  return extras(value) as unknown as Event;
}

/** The event without what is optional and not of its form, and with its planned tasks as far as they are tasks. */
function extras(value: JsonMap): JsonMap {
  const { metrics, outputs, moreOutputs, tail, call, gone, money, tasks, origin, ...rest } = value;
  return {
    ...rest,
    ...(is(metrics, 'counts') ? { metrics: metrics as Json } : {}),
    ...(isList(outputs) && outputs.every(isFile) ? { outputs } : {}),
    ...(moreOutputs !== undefined && isMap(moreOutputs) && is(moreOutputs.digest, 'text')
      ? { moreOutputs }
      : {}),
    ...(origin === 'store' || origin === 'shared-cache' ? { origin } : {}),
    ...(areTexts(tail) ? { tail: tail as Json } : {}),
    ...(call !== undefined && isMap(call) && areTexts(call.args) ? { call } : {}),
    ...(areTexts(gone) ? { gone: gone as Json } : {}),
    ...(money !== undefined && isMap(money) ? { money } : {}),
    ...(tasks === undefined ? {} : { tasks: isList(tasks) ? tasks.filter(isPlanned) : tasks }),
  };
}

function is(value: Json | undefined, kind: Kind): boolean {
  switch (kind) {
    case 'text':
      return typeof value === 'string';
    case 'number':
      return typeof value === 'number';
    case 'flag':
      return typeof value === 'boolean';
    case 'list':
      return value !== undefined && isList(value);
    case 'map':
      return value !== undefined && isMap(value);
    case 'counts':
      return value !== undefined && isMap(value) && Object.values(value).every((n) => typeof n === 'number');
    case 'reasons':
      return value !== undefined && isList(value) && value.every(isReason);
    default:
      return kind satisfies never;
  }
}

function areTexts(value: Json | undefined): boolean {
  return value !== undefined && isList(value) && value.every((text) => typeof text === 'string');
}

function isReason(value: Json): boolean {
  if (!isMap(value) || typeof value.code !== 'string' || !isReasonCode(value.code)) return false;
  return ['subject', 'was', 'now'].every((key) => ['string', 'undefined'].includes(typeof value[key]));
}

function isPlanned(value: Json): boolean {
  return isMap(value) && is(value.id, 'text') && is(value.target, 'text') && is(value.reasons, 'reasons');
}

function isFile(value: Json): boolean {
  return isMap(value) && is(value.path, 'text') && is(value.digest, 'text') && is(value.bytes, 'number');
}
