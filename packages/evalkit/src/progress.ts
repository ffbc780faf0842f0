// Progress is what a phase tells the build tool that runs it, in lines of the child protocol on stderr.

import { underEvalmake } from './phase.ts';

/** Counts rows and prints `evalmake:progress done/total text` about ten times in all. */
export class Progress {
  readonly #total: number;
  readonly #text: string;
  readonly #step: number;
  #done = 0;

  /**
   * @param total rows to do
   * @param text what is being done, a few words
   */
  constructor(total: number, text: string) {
    this.#total = total;
    this.#text = text;
    this.#step = Math.max(1, Math.ceil(total / 10));
  }

  /** One more row is done. */
  advance(): void {
    this.#done += 1;
    if (!underEvalmake()) return;
    if (this.#done % this.#step === 0 || this.#done === this.#total) {
      process.stderr.write(`evalmake:progress ${this.#done}/${this.#total} ${this.#text}\n`);
    }
  }
}

/** Prints `evalmake:cost`: what the attempt cost, in US dollars and tokens. */
export function sayCost(cost: {
  readonly usd: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
}): void {
  if (!underEvalmake()) return;
  const usd = Number(cost.usd.toPrecision(10));
  process.stderr.write(`evalmake:cost usd=${usd} in=${cost.promptTokens} out=${cost.completionTokens}\n`);
}
