// A ProviderService is the local server inside the test's process, with what a test asks of it: its bills and its faults.
import { startServer } from 'evalkit/server/server';

/** A fault as POST /_faults takes it. */
export interface Fault {
  readonly kind: string;
  readonly match?: { readonly route: string };
  readonly times?: number | 'always';
  readonly [param: string]: unknown;
}

export interface Service {
  readonly url: string;
  /** How often each row was billed, by wire id. */
  billed(): Promise<Record<string, number>>;
  fault(...faults: readonly Fault[]): Promise<void>;
  /** Faults that have not struck. */
  faultsLeft(): Promise<unknown>;
  close(): Promise<void>;
}

/** Starts a service. @param apiKey the one key that is right; without it any will do */
export async function startService(apiKey?: string): Promise<Service> {
  const server = await startServer({
    reader: { leastSupport: 0.05, mostSupport: 0.7, seed: 7 },
    knowledge: Array.from({ length: 20 }, (_, index) => `Town ${index} was founded by Ada${index} Lund.`),
    usdIn: 1,
    usdOut: 2,
    ...(apiKey === undefined ? {} : { apiKey }),
  });
  const ask = async (path: string): Promise<unknown> => (await fetch(`${server.url}${path}`)).json();
  return {
    url: server.url,
    billed: async () => ((await ask('/_billing')) as { byRow: Record<string, number> }).byRow,
    fault: async (...faults) => {
      const body = JSON.stringify(faults);
      const response = await fetch(`${server.url}/_faults`, { method: 'POST', body });
      if (!response.ok) throw new Error(await response.text());
    },
    faultsLeft: () => ask('/_faults'),
    close: () => server.close(),
  };
}
