// WatchKeys are single keys pressed while a watch waits: the terminal is asked for them only then, and given back for builds.

/** What a key asks for. */
export type Key = 'build' | 'why' | 'open' | 'quit';

const meanings: Readonly<Record<string, Key>> = { b: 'build', w: 'why', o: 'open', q: 'quit' };

/** The keys, as the line that offers them tells. */
export const keysText = 'b build · w why · o open report · q quit';

/** A terminal as far as this matters here. */
export interface KeyInput {
  readonly isTTY?: boolean;
  setRawMode(raw: boolean): unknown;
  resume(): unknown;
  pause(): unknown;
  on(event: 'data', hear: (data: Buffer) => void): unknown;
  off(event: 'data', hear: (data: Buffer) => void): unknown;
}

/** Hears keys between `listen` and `rest`. */
export class WatchKeys {
  private told: (key: Key) => void = () => {};
  private listening = false;
  private readonly hear = (data: Buffer): void => {
    for (const character of data.toString('latin1').toLowerCase()) {
      // The terminal gives Ctrl-C to whoever reads keys: it means what it means at any other moment.
      if (character === '\u0003') this.interrupt();
      const key = meanings[character];
      if (key !== undefined) this.told(key);
    }
  };

  /**
   * @param input a terminal
   * @param interrupt what Ctrl-C does
   */
  constructor(
    private readonly input: KeyInput,
    private readonly interrupt: () => void,
  ) {}

  /** The next key that means something. Begins to listen. */
  next(): Promise<Key> {
    if (!this.listening) {
      this.listening = true;
      this.input.setRawMode(true);
      this.input.on('data', this.hear);
      this.input.resume();
    }
    return new Promise((done) => {
      this.told = done;
    });
  }

  /** Gives the terminal back. */
  rest(): void {
    if (!this.listening) return;
    this.listening = false;
    this.told = () => {};
    this.input.off('data', this.hear);
    this.input.setRawMode(false);
    this.input.pause();
  }
}
