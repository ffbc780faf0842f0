// An Answerer answers prompts with the embedded reader; it keeps one reader per system prompt and quality.
import { digestOf } from '../digest.ts';
import { readMessage } from '../message.ts';
import { Reader, type ReaderSettings } from '../reader/reader.ts';
import { countTokens, firstTokens } from '../tokens.ts';
import { judge, readComparison } from './judge-reader.ts';
import { qualityOf } from './model-quality.ts';
import type { Prompt } from './prompt.ts';

export interface Choice {
  readonly text: string;
  /** The reader's confidence in its best answer, 0 to 1, four decimals. */
  readonly support: number;
  readonly cut: boolean;
}

/** What came of one prompt. */
export interface Completion {
  readonly id: string;
  readonly model: string;
  readonly choices: readonly Choice[];
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** Readers kept at a time; a reader holds an index of the knowledge. */
const MOST_READERS = 64;

export class Answerer {
  readonly #settings: ReaderSettings;
  readonly #knowledge: readonly string[];
  readonly #readers = new Map<string, Reader>();

  /** @param knowledge sentences that questions without a passage are answered from, one per item */
  constructor(settings: ReaderSettings, knowledge: readonly string[]) {
    this.#settings = settings;
    this.#knowledge = knowledge.map((line) => line.trim()).filter((line) => line !== '');
  }

  #readerFor(system: string, boldness: number): Reader {
    const key = `${boldness}\n${system}`;
    const known = this.#readers.get(key);
    if (known !== undefined) return known;
    const { leastSupport, mostSupport, seed } = this.#settings;
    const settings = {
      leastSupport: leastSupport * (1 - boldness),
      mostSupport: mostSupport * (1 - boldness),
      seed,
    };
    const reader = new Reader(settings, system, this.#knowledge);
    const oldest = this.#readers.size >= MOST_READERS ? this.#readers.keys().next() : undefined;
    if (oldest?.done === false) this.#readers.delete(oldest.value);
    this.#readers.set(key, reader);
    return reader;
  }

  #read(prompt: Prompt, noiseKey: string): { text: string; support: number } {
    const quality = qualityOf(prompt.model);
    const comparison = readComparison(prompt.content);
    if (comparison !== null) {
      const { model, temperature } = prompt;
      const said = judge(comparison, { model, temperature, seed: this.#settings.seed, noiseKey });
      return { text: said.preference, support: said.support };
    }
    const reader = this.#readerFor(prompt.system, quality.boldness);
    const asked = prompt.content.includes('\n\nQUESTION:\n')
      ? readMessage(prompt.content, 'messages')
      : { question: prompt.content.trim(), context: null };
    return reader.answer({
      ...asked,
      temperature: prompt.temperature + quality.unsteadiness,
      noiseKey: quality.seed === '' ? noiseKey : `${quality.seed}\n${noiseKey}`,
    });
  }

  /**
   * Answers a prompt.
   * @param noiseKey what makes the noise of this request its own: its id on the wire
   */
  answer(prompt: Prompt, noiseKey: string): Completion {
    const choices: Choice[] = [];
    for (let index = 0; index < prompt.n; index += 1) {
      const reading = this.#read(prompt, index === 0 ? noiseKey : `${noiseKey}#${index}`);
      const text = prompt.maxTokens === null ? reading.text : firstTokens(reading.text, prompt.maxTokens);
      choices.push({ text, support: Number(reading.support.toFixed(4)), cut: text !== reading.text });
    }
    return {
      id: digestOf(noiseKey, prompt.model, prompt.content).slice(0, 24),
      model: prompt.model,
      choices,
      promptTokens: countTokens(prompt.system) + countTokens(prompt.content),
      completionTokens: choices.reduce((sum, { text }) => sum + countTokens(text), 0),
    };
  }
}
