// A RowsProject is a pipeline that asks rows as its author thinks of it: shards, arms, prompts, config, and what is right.
import type { Random } from './random.ts';
import { type AskedRow, answerLine, type Question } from './rows-provider.ts';

/** How many questions there are: few, so that shards share some of them. The last one never gets an answer. */
const questions = 9;
export const hopeless = `what is ${questions}?`;

interface RowsTarget {
  readonly name: string;
  /** Whether its command is told a key of the config. */
  readonly warm: boolean;
  /** Whether it lets go of the rows that never get an answer. */
  readonly lenient: boolean;
}

/** One task: a shard that is asked with the prompt of an arm. */
export interface RowsTask {
  readonly target: RowsTarget;
  readonly shard: string;
  readonly arm: string;
  readonly output: string;
}

export class RowsProject {
  readonly targets: readonly RowsTarget[];
  readonly shards: readonly string[];
  readonly arms: readonly string[];
  readonly paidStore: string | undefined;
  readonly #rows = new Map<string, AskedRow[]>();
  readonly #prompts = new Map<string, string>();
  #warmth = 0;
  #uncounted = 0;
  #next = 0;

  constructor(private readonly random: Random) {
    const { between, chance } = {
      between: (a: number, b: number) => random.between(a, b),
      chance: (p: number) => random.chance(p),
    };
    const lenient = chance(0.3);
    this.shards = ['a', 'b'].slice(0, between(1, 2));
    this.arms = ['x', 'y'].slice(0, between(1, 2));
    this.targets = ['ask', 'grade']
      .slice(0, chance(0.3) ? 2 : 1)
      .map((name) => ({ name, warm: chance(0.5), lenient }));
    this.paidStore = chance(0.4) ? 'bought' : undefined;
    for (const shard of this.shards)
      this.#set(
        shard,
        Array.from({ length: between(1, 12) }, () => this.#row(shard)),
      );
    for (const arm of this.arms) this.#prompts.set(arm, random.pick(['p', 'q']));
  }

  get tasks(): RowsTask[] {
    return this.targets.flatMap((target) =>
      this.shards.flatMap((shard) =>
        this.arms.map((arm) => ({ target, shard, arm, output: `out/${target.name}-${shard}-${arm}.jsonl` })),
      ),
    );
  }

  /** Where the answers of a target are kept. */
  storeOf(target: string): string {
    return `${this.paidStore ?? '.evalmake/rows'}/${target}.jsonl`;
  }

  /** All files that people write. */
  files(): Map<string, string> {
    const out = new Map([
      ['pipeline.yaml', this.#pipeline()],
      ['config.yaml', `warmth: ${this.#warmth}\nuncounted: ${this.#uncounted}\n`],
    ]);
    for (const [shard, rows] of this.#rows)
      out.set(`in/${shard}.jsonl`, rows.map((r) => `${JSON.stringify(r)}\n`).join(''));
    for (const [arm, text] of this.#prompts) out.set(`prompts/${arm}.md`, `${text}\n`);
    return out;
  }

  /** What a clean build writes for a task. */
  wanted({ target, shard, arm }: RowsTask): string {
    const rows = (this.#rows.get(shard) as AskedRow[]).filter((row) => !target.lenient || row.q !== hopeless);
    return rows.map((row) => `${answerLine(this.#question(target, arm, row.q), row)}\n`).join('');
  }

  #question(target: RowsTarget, arm: string, q: string): Question {
    const warmth = target.warm ? String(this.#warmth) : '-';
    return { target: target.name, prompt: this.#prompts.get(arm) as string, warmth, q };
  }

  /** The user changes a file. Says what. */
  edit(): string {
    const { random } = this;
    const shard = random.pick(this.shards);
    const rows = [...(this.#rows.get(shard) as AskedRow[])];
    const choice = random.int(8);
    if (choice === 0 && rows.length < 12) rows.push(this.#row(shard));
    else if (choice === 1 && rows.length > 1) rows.splice(random.int(rows.length), 1);
    else if (choice === 2) rows[random.int(rows.length)] = this.#row(shard);
    else if (choice === 3) rows.reverse();
    else if (choice <= 5) this.#prompts.set(random.pick(this.arms), random.pick(['p', 'q', 'r']));
    else if (choice === 6) this.#warmth = random.int(3);
    else this.#uncounted++;
    this.#set(shard, rows);
    return `edit ${choice} of ${shard}`;
  }

  #row(shard: string): AskedRow {
    const least = this.targets.every((t) => t.lenient) ? 0 : 1;
    return { id: `${shard}${this.#next++}`, q: `what is ${this.random.int(questions + 1 - least)}?` };
  }

  /** Rows of one file have different questions. */
  #set(shard: string, rows: readonly AskedRow[]): void {
    this.#rows.set(shard, [...new Map(rows.map((row) => [row.q, row])).values()]);
  }

  #pipeline(): string {
    const { paidStore, shards, arms } = this;
    const store = paidStore === undefined ? '' : `paid_store: ${paidStore}\n`;
    const targets = this.targets.map(({ name, warm, lenient }) => {
      const places = ['rows.todo', 'inputs.prompt', 'state', 'rows.done'].map(
        (place) => `"\${{ ${place} }}"`,
      );
      const run = [name, ...places, warm ? '"${{ config.warmth }}"' : '"-"'].join(', ');
      return `  ${name}:
    each: { shard: [${shards}], arm: [${arms}] }
    run: [${run}]
    inputs: { rows: "in/\${{ shard }}.jsonl", prompt: "prompts/\${{ arm }}.md" }
    outputs: "out/${name}-\${{ shard }}-\${{ arm }}.jsonl"
    manifest: m.json
    rows: { from: rows, id: id, by: [q]${lenient ? ', allow_errors: 100%' : ''} }
`;
    });
    return `evalmake: 1\nconfig: config.yaml\n${store}targets:\n${targets.join('')}`;
  }
}
