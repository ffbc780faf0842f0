// The embedded provider is the local server inside this process, reached over the loopback by the same client as any other.
import type { Config } from '../config.ts';

export interface EmbeddedServer {
  /** The root of its API. */
  readonly url: string;
  close(): Promise<void>;
}

export async function startEmbedded(
  _config: Config,
  _state: string,
  _knowledge: readonly string[],
): Promise<EmbeddedServer> {
  throw new Error('no server yet');
}
