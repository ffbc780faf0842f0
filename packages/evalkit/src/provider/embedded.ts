// The embedded provider is the local server inside this process, reached over the loopback by the same client as any other.
import type { Config } from '../config.ts';
import { type RunningServer, startServer } from '../server/server.ts';

/** What the server takes for a key: it asks for one, as every provider does. */
export const EMBEDDED_KEY = 'embedded';

/**
 * Starts the server; its jobs are done when they are first looked at.
 * @param state a folder that lets a run go on after a crash
 * @param knowledge sentences that questions without a passage are answered from
 * @throws Failure naming the configuration's key
 */
export function startEmbedded(
  config: Config,
  state: string,
  knowledge: readonly string[],
): Promise<RunningServer> {
  const leastSupport = config.number('provider.least_support', { min: 0, max: 1 });
  const mostSupport = config.number('provider.most_support', { min: leastSupport, max: 1 });
  const reader = { leastSupport, mostSupport, seed: config.integer('seed') };
  return startServer({ reader, knowledge, state, readyAtOnce: true, apiKey: EMBEDDED_KEY });
}
