// A FrozenRun is what a state folder was started with: the requests, the system prompt, the model and the provider.
//
// requests.jsonl  {"id": wire id, "request": the line of the shard} per row: also the map from wire ids to custom_ids
// run.json        the rest; it is written last, so that a folder that has it is whole
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from '../digest.ts';
import { Failure, OutcomeUnknown } from '../failure.ts';
import { readJson } from '../json-in.ts';
import { jsonLine, jsonText } from '../json-out.ts';
import { readJsonl } from '../jsonl.ts';
import { readRequest } from '../request.ts';
import { digestOfFile, writeDurably } from './durable-file.ts';
import { PROTOCOLS, type ProviderSettings } from './provider-settings.ts';
import type { WireRow } from './wire-row.ts';

export interface FrozenRun {
  readonly provider: ProviderSettings['name'];
  readonly protocol: ProviderSettings['protocol'];
  readonly baseUrl: string | null;
  readonly account: string;
  readonly model: string;
  readonly system: string;
  readonly rows: readonly WireRow[];
}

const requestsFile = (state: string): string => join(state, 'requests.jsonl');
const runFile = (state: string): string => join(state, 'run.json');

/** The digest of a set of requests: their own ids and what they ask. */
export function requestSetOf(rows: readonly Pick<WireRow, 'request'>[]): string {
  return digestOf(...rows.map(({ request }) => jsonLine(request)));
}

/** Whether a folder holds a run. */
export function hasRun(state: string): boolean {
  return existsSync(runFile(state));
}

/** Writes a run down, durably, before anything of it is asked. */
export function freezeRun(state: string, run: FrozenRun): void {
  const text = run.rows.map((row) => `${jsonLine(row)}\n`).join('');
  writeDurably(requestsFile(state), text);
  const { provider, protocol, baseUrl, account, model, system, rows } = run;
  const document = {
    schema_version: 1,
    provider,
    protocol,
    base_url: baseUrl,
    account,
    model,
    system,
    rows: rows.length,
    requests_sha256: digestOfFile(requestsFile(state)),
  };
  writeDurably(runFile(state), jsonText(document));
}

/** Reads a run. @throws OutcomeUnknown when the folder is damaged */
export function thawRun(state: string): FrozenRun {
  const run = readJson(runFile(state));
  const damaged = (what: string): never => {
    throw new OutcomeUnknown(
      `${state}: ${what}; what was bought under this state cannot be told. Restore the folder from a copy, or remove it ` +
        'after making sure that no job of it is left at the provider',
    );
  };
  if (run.raw('schema_version') !== 1) damaged('run.json is of another version');
  if (digestOfFile(requestsFile(state)) !== run.text('requests_sha256')) damaged('requests.jsonl is damaged');
  const rows = [...readJsonl(requestsFile(state))].map(
    (row): WireRow => ({ id: row.fullText('id'), request: readRequest(row.object('request')) }),
  );
  const named = <T extends string>(name: string, allowed: readonly T[]): T =>
    allowed.find((one) => one === run.raw(name)) ?? damaged(`run.json: ${name} is unknown`);
  return {
    provider: named('provider', ['embedded', ...PROTOCOLS] as const),
    protocol: named('protocol', PROTOCOLS),
    baseUrl: run.has('base_url') ? run.text('base_url') : null,
    account: run.text('account'),
    model: run.text('model'),
    system: run.text('system'),
    rows,
  };
}

/**
 * The run of a state folder: the one that was frozen there, whatever is asked by now, else a new one.
 * @returns the run, and how the frozen one differs from what is asked now, in words
 */
export function openRun(
  state: string,
  asked: FrozenRun,
): { readonly run: FrozenRun; readonly differs: string[] } {
  if (!hasRun(state)) {
    freezeRun(state, asked);
    return { run: asked, differs: [] };
  }
  const run = thawRun(state);
  const differs = (['provider', 'protocol', 'baseUrl', 'account', 'model', 'system'] as const).filter(
    (name) => run[name] !== asked[name],
  ) as string[];
  if (requestSetOf(run.rows) !== requestSetOf(asked.rows)) differs.push('requests');
  return { run, differs };
}

/** Ids must be unique, and a broken shard is named before any work. @throws Failure with both places */
export function readRequests(path: string): WireRow['request'][] {
  const placeOf = new Map<string, string>();
  const requests: WireRow['request'][] = [];
  for (const row of readJsonl(path)) {
    const request = readRequest(row);
    const before = placeOf.get(request.custom_id);
    if (before !== undefined)
      throw new Failure(`${row.where}: custom_id ${request.custom_id} stands already at ${before}`);
    placeOf.set(request.custom_id, row.where);
    requests.push(request);
  }
  return requests;
}
