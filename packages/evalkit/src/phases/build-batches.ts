// build-batches: writes one request per question, temperature and sample, in shards with stable names and order.
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Config, readConfig } from '../config.ts';
import {
  type ClosedQuestion,
  type OpenQuestion,
  readClosedQuestion,
  readOpenQuestion,
} from '../datasets/question.ts';
import { Failure, UsageFailure } from '../failure.ts';
import { jsonLine } from '../json-out.ts';
import { readJsonl } from '../jsonl.ts';
import { readLines } from '../lines.ts';
import { OutFile } from '../out-file.ts';
import { runPhase } from '../phase.ts';
import { type Request, type RequestSettings, requestsFor } from '../request.ts';

const SHARD_NAME = /^part-\d{4}\.jsonl$/;
const MOST_SHARDS = 9999;

/** part-0001.jsonl for 1: four digits, so that the order of the names is the order of the shards. */
function shardName(number: number): string {
  return `part-${String(number).padStart(4, '0')}.jsonl`;
}

function requestSettings(config: Config): RequestSettings {
  const temps = config.numberList('temps', { min: 0, max: 2 });
  const samples = config.numberList('samples_per_item', { min: 1, integer: true });
  if (samples.length !== temps.length) {
    config.reject('samples_per_item', `one number per temperature in temps (${temps.length})`);
  }
  if (new Set(temps).size !== temps.length) config.reject('temps', 'each temperature once');
  return {
    temps: temps.map((temp, index) => ({ temp, samples: samples[index] ?? 1 })),
    maxTokens: config.integer('sampling.max_tokens', { min: 1 }),
    topP: config.number('sampling.top_p', { min: 0, max: 1 }),
  };
}

function* questions(
  open: string | undefined,
  closed: string | undefined,
): Generator<OpenQuestion | ClosedQuestion> {
  if (open !== undefined) for (const row of readJsonl(open)) yield readOpenQuestion(row);
  if (closed !== undefined) for (const row of readJsonl(closed)) yield readClosedQuestion(row);
}

/** The shards to write, by name; null means all. */
function wantedShards(only: string | undefined): Set<string> | null {
  if (only === undefined) return null;
  const names = new Set<string>();
  for (const line of readLines(only)) {
    const text = line.text.trim();
    if (text === '*') return null;
    if (text === '') continue;
    const name = basename(text);
    if (!SHARD_NAME.test(name))
      throw new Failure(`${only}:${line.number}: ${JSON.stringify(text)} is not the name of a shard`);
    names.add(name);
  }
  return names;
}

/** Cuts the stream of requests into shards and writes those that are wanted. */
class ShardWriter {
  readonly #dir: string;
  readonly #size: number;
  readonly #wanted: Set<string> | null;
  readonly #ids = new Set<string>();
  #file: OutFile | undefined;
  #rows = 0;
  readonly written: string[] = [];

  constructor(dir: string, size: number, wanted: Set<string> | null) {
    this.#dir = dir;
    this.#size = size;
    this.#wanted = wanted;
  }

  get rows(): number {
    return this.#rows;
  }

  get shards(): number {
    return Math.ceil(this.#rows / this.#size);
  }

  add(request: Request): void {
    if (this.#ids.has(request.custom_id))
      throw new Failure(`two requests have the custom_id ${request.custom_id}; item ids must be unique`);
    this.#ids.add(request.custom_id);
    if (this.#rows % this.#size === 0) this.#next(this.#rows / this.#size + 1);
    this.#file?.write(`${jsonLine(request)}\n`);
    this.#rows += 1;
  }

  #next(number: number): void {
    if (number > MOST_SHARDS) throw new Failure(`more than ${MOST_SHARDS} shards; use a larger --size`);
    this.end();
    const name = shardName(number);
    if (this.#wanted !== null && !this.#wanted.has(name)) return;
    this.#file = new OutFile(join(this.#dir, name));
    this.written.push(name);
  }

  end(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  abandon(): void {
    this.#file?.abandon();
  }
}

/** A full build leaves no shard of an earlier, larger set behind: a glob would pick it up as a current one. */
function removeSurplus(dir: string, shards: number): string[] {
  const surplus = readdirSync(dir)
    .filter((name) => SHARD_NAME.test(name) && name > shardName(shards))
    .sort();
  for (const name of surplus) rmSync(join(dir, name));
  return surplus;
}

void runPhase({
  name: 'build-batches',
  summary:
    'Writes one request per question, temperature and sample, in shards part-0001.jsonl, part-0002.jsonl, …',
  options: {
    config: {
      kind: 'value',
      placeholder: 'FILE',
      required: true,
      describe: 'configuration: temps, samples_per_item, sampling',
    },
    open: { kind: 'value', placeholder: 'FILE', describe: 'prepared open-book questions' },
    closed: { kind: 'value', placeholder: 'FILE', describe: 'prepared closed-book questions' },
    'out-dir': { kind: 'value', placeholder: 'DIR', required: true, describe: 'folder of the shards' },
    size: { kind: 'value', placeholder: 'N', required: true, describe: 'requests per shard' },
    only: {
      kind: 'value',
      placeholder: 'FILE',
      describe:
        'write only the shards listed in this file, one path per line (the last part counts), or all for one *',
    },
  },
  details: `
The requests do not depend on the condition: the system prompt is added by infer. Order: open-book, then closed-book
questions as prepared; within a question by temperature, then sample. What a shard holds depends on the inputs only,
never on which shards exist or are asked for. Without --only, shards of an earlier, larger set are removed.`,
  run: (values) => {
    const size = Number(values.size);
    if (!Number.isInteger(size) || size < 1)
      throw new UsageFailure(`--size must be a whole number from 1 up, not ${values.size}`);
    if (values.open === undefined && values.closed === undefined)
      throw new UsageFailure('give --open FILE or --closed FILE, or both');
    const settings = requestSettings(readConfig(values.config));
    const wanted = wantedShards(values.only);
    mkdirSync(values['out-dir'], { recursive: true });
    const writer = new ShardWriter(values['out-dir'], size, wanted);
    try {
      for (const question of questions(values.open, values.closed)) {
        for (const request of requestsFor(question, settings)) writer.add(request);
      }
    } catch (error) {
      writer.abandon();
      throw error;
    }
    writer.end();
    const unknown = [...(wanted ?? [])].filter((name) => !writer.written.includes(name)).sort();
    if (unknown.length > 0)
      throw new Failure(`${values.only}: there are ${writer.shards} shards; no ${unknown.join(', ')}`);
    const surplus = wanted === null ? removeSurplus(values['out-dir'], writer.shards) : [];
    const removed = surplus.length > 0 ? `; removed ${surplus.join(', ')} of an earlier set` : '';
    return `${writer.rows} requests in ${writer.shards} shards, wrote ${writer.written.length}${removed}`;
  },
});
