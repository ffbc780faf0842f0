// A Connection is a provider made ready for a run: its address, its key, and its batches where it has some.
import { anthropicBatches } from './anthropic.ts';
import type { BatchApi } from './batch-api.ts';
import { fireworksBatches } from './fireworks.ts';
import type { DatasetPlace } from './fireworks-dataset.ts';
import type { FrozenRun } from './frozen-run.ts';
import { HttpClient } from './http-client.ts';
import { openaiBatches } from './openai.ts';
import type { Protocol, ProviderSettings } from './provider-settings.ts';

function headersOf(protocol: Protocol, secret: string): Record<string, string> {
  if (protocol === 'anthropic')
    return { 'anthropic-version': '2023-06-01', ...(secret === '' ? {} : { 'x-api-key': secret }) };
  return secret === '' ? {} : { authorization: `Bearer ${secret}` };
}

/** The client of a provider. @param secret the key; empty without one */
export function connect(
  settings: Pick<ProviderSettings, 'protocol' | 'keyName' | 'pace'>,
  baseUrl: string,
  secret: string,
): HttpClient {
  return new HttpClient({
    baseUrl,
    headers: headersOf(settings.protocol, secret),
    secret,
    secretName: secret === '' ? `${settings.keyName}, which is not set` : settings.keyName,
    firstWaitMs: settings.pace.firstWaitMs,
    clock: settings.pace.clock,
  });
}

/** The batches of the provider that a run was frozen for. */
export function batchesAt(place: DatasetPlace, run: FrozenRun, now: () => number): BatchApi {
  const asking = { model: run.model, system: run.system };
  switch (run.protocol) {
    case 'openai':
      return openaiBatches(place.http, asking, now);
    case 'anthropic':
      return anthropicBatches(place.http, asking);
    case 'fireworks':
      return fireworksBatches(place, asking);
    case 'chat':
      throw new Error('chat has no batches');
    default: {
      const never: never = run.protocol;
      throw new Error(`unknown protocol ${never}`);
    }
  }
}
