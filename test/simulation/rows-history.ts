// A history of rows: edits, builds, kills and power cuts, after which every row was paid for once and every answer is right.
import * as node from 'node:fs';
import { settle } from './driver.ts';
import { build, type Call, dryRun } from './evalmake.ts';
import { Violation } from './oracle.ts';
import { Random } from './random.ts';
import { type AskedRow, answerLine, RowsProvider, rowKey } from './rows-provider.ts';
import { root, Scene } from './scene.ts';

/** What histories came to, in numbers. */
export const noRowsTally = () => ({
  histories: 0,
  builds: 0,
  kills: 0,
  cuts: 0,
  billed: 0,
  reused: 0,
  doubles: 0,
});
export type RowsTally = ReturnType<typeof noRowsTally>;

const shards = ['a', 'b'];
const arms = ['x', 'y'];

const pipeline = `evalmake: 1
targets:
  ask:
    each: { shard: [${shards}], arm: [${arms}] }
    run: [ask, "\${{ rows.todo }}", "\${{ inputs.prompt }}", "\${{ state }}", "\${{ rows.done }}"]
    inputs: { rows: "in/\${{ shard }}.jsonl", prompt: "prompts/\${{ arm }}.md" }
    outputs: "out/\${{ shard }}-\${{ arm }}.jsonl"
    manifest: m.json
    rows: { from: rows, id: id, by: [q] }
`;

export class RowsHistory {
  readonly tally = noRowsTally();
  readonly #random: Random;
  readonly #provider: RowsProvider;
  readonly #scene: Scene;
  readonly #rows = new Map<string, AskedRow[]>();
  readonly #prompts = new Map<string, string>();
  /** Whether the last build was killed. */
  #killed = false;

  constructor(seed: number) {
    this.#random = new Random(seed ^ 0x70e5);
    this.#provider = new RowsProvider(this.#random.fork());
    this.#scene = new Scene(this.#random.int(2 ** 31), 4, (job) =>
      this.#provider.client(job, this.#scene.disk, root),
    );
    for (const shard of shards) {
      const rows = Array.from({ length: this.#random.between(1, 6) }, (_, i) => this.#row(`${shard}${i}`));
      this.#rows.set(shard, withoutTwins(rows));
    }
    for (const arm of arms) this.#prompts.set(arm, this.#random.pick(['p', 'q']));
    this.#write();
  }

  get story(): string {
    return this.#scene.story.join('\n');
  }

  /** Questions are few, so that shards share some of them. */
  #row(id: string): AskedRow {
    return { id, q: `what is ${this.#random.int(9)}?` };
  }

  #write(): void {
    this.#scene.write('pipeline.yaml', pipeline);
    for (const [shard, rows] of this.#rows)
      this.#scene.write(`in/${shard}.jsonl`, rows.map((r) => `${JSON.stringify(r)}\n`).join(''));
    for (const [arm, text] of this.#prompts) this.#scene.write(`prompts/${arm}.md`, `${text}\n`);
    this.#scene.asUser(() => this.#scene.disk.sync());
  }

  /** Lives through it. @throws Violation when a promise is broken */
  async run(): Promise<void> {
    try {
      for (let round = this.#random.between(1, 4); round > 0; round--) {
        for (let tries = this.#random.between(0, 4); tries > 0; tries--) {
          await this.#build(true);
          if (this.#random.chance(0.3)) this.#edit();
        }
        await this.#settled();
        this.#edit();
      }
      await this.#settled();
    } finally {
      this.tally.histories++;
      this.tally.billed = this.#provider.billed;
      this.#scene.dispose(node);
    }
  }

  /** One call of evalmake; it may be killed anywhere, and the power may go with it. */
  async #build(rough: boolean): Promise<number> {
    const scene = this.#scene;
    const random = this.#random;
    this.#provider.unlucky = rough ? 0.15 : 0;
    const call: Call = { wanted: [], jobs: random.between(1, 4), keepGoing: random.chance(0.5) };
    const kill = rough && random.chance(0.7);
    const upsets = kill
      ? { killAt: random.between(1, 160), ...(random.chance(0.3) ? { torn: random.int(40) } : {}) }
      : {};
    scene.story.push(`evalmake -j${call.jobs}${call.keepGoing ? ' -k' : ''} ${JSON.stringify(upsets)}`);
    const { outcome, seen } = await build(scene, call, upsets, () => {});
    this.tally.builds++;
    for (const e of seen.events)
      if (e.event === 'failed') scene.story.push(`  failed ${e.task} ${e.reason} ${e.message}`);
      else if (e.event === 'blocked') scene.story.push(`  blocked ${e.task} ${JSON.stringify(e.reasons)}`);
      else if (e.event === 'warn') scene.story.push(`  warn ${e.text}`);
      else if ('task' in e) scene.story.push(`  ${e.event} ${e.task}`);
    for (const violation of scene.violations) throw violation;
    if (outcome.kind === 'threw') throw outcome.error;
    this.#killed = outcome.kind === 'killed';
    if (this.#killed) await this.#died();
    this.#checkBills();
    scene.story.push(`  ${outcome.kind} ${seen.exit}`);
    return outcome.kind === 'killed' ? -1 : seen.exit;
  }

  async #died(): Promise<void> {
    const scene = this.#scene;
    this.tally.kills++;
    if (this.#random.chance(0.3)) {
      this.tally.cuts++;
      scene.story.push('  the power goes');
      scene.powerCut(undefined);
      this.#write();
    }
    for (let i = this.#random.int(10); i > 0; i--) {
      await settle();
      for (const command of scene.machine.living) command.advance();
    }
  }

  /** No row is ever answered for money twice. */
  #checkBills(): void {
    for (const [key, n] of this.#provider.answered)
      if (n > 1) {
        this.tally.doubles++;
        throw new Violation('other', `paid ${n} times for ${JSON.stringify(key)}\n${this.story}`);
      }
  }

  /** With nothing in the way everything gets its answers; then nothing runs, and all is as a clean build makes it. */
  async #settled(): Promise<void> {
    const scene = this.#scene;
    let exit = -1;
    for (let tries = 0; exit !== 0 && tries < 12; tries++) exit = await this.#build(false);
    if (exit !== 0) throw new Violation('other', `still exit ${exit}\n${this.story}`);
    const before = this.#provider.billed;
    const verdicts = await dryRun(scene, { wanted: [], jobs: 1, keepGoing: true });
    const stale = [...verdicts].filter(([, verdict]) => verdict !== 'fresh');
    if (stale.length > 0) throw new Violation('extra-run', `not fresh: ${stale.join(' ')}\n${this.story}`);
    await this.#build(false);
    if (this.#provider.billed !== before || scene.runs.size > 0)
      throw new Violation('extra-run', `asked again with nothing changed\n${this.story}`);
    const tree = scene.tree();
    for (const shard of shards)
      for (const arm of arms) {
        const prompt = this.#prompts.get(arm) as string;
        const rows = this.#rows.get(shard) as AskedRow[];
        const wanted = rows.map((row) => `${answerLine(prompt, row)}\n`).join('');
        this.tally.reused += rows.length;
        if (tree.get(`out/${shard}-${arm}.jsonl`) !== wanted)
          throw new Violation(
            'other',
            `${shard}-${arm} has wrong answers: ${tree.get(`out/${shard}-${arm}.jsonl`)} in place of ${wanted}\n${this.story}`,
          );
      }
  }

  /** The user changes something. */
  #edit(): void {
    const random = this.#random;
    const shard = random.pick(shards);
    const rows = this.#rows.get(shard) as AskedRow[];
    const choice = random.int(8);
    this.#scene.story.push(`edit ${choice} ${shard}`);
    if (choice === 0) rows.push(this.#row(`${shard}n${random.int(1000)}`));
    else if (choice === 1 && rows.length > 1) rows.splice(random.int(rows.length), 1);
    else if (choice === 2) rows[random.int(rows.length)] = this.#row(`${shard}c${random.int(1000)}`);
    else if (choice === 3) rows.reverse();
    else if (choice === 4) this.#prompts.set(random.pick(arms), random.pick(['p', 'q', 'r']));
    else if (choice === 5) this.#lose(random.pick(['.jsonl', '.jsonl.keys.jsonl']));
    else if (choice === 6) this.#scene.remove('m.json');
    else this.#forgetAll();
    this.#rows.set(shard, withoutTwins(rows));
    this.#write();
  }

  #lose(ending: string): void {
    this.#scene.remove(`out/${this.#random.pick(shards)}-${this.#random.pick(arms)}${ending}`);
    this.#forgive();
  }

  /** Deletes all state, where nothing is in flight: what lies in outputs, with their keys, is known all the same. */
  #forgetAll(): void {
    const scene = this.#scene;
    const open = [...scene.tree().keys()].some((path) => path.endsWith('.attempt/attempt.json'));
    // After a kill an output may be new and its keys old: nothing vouches for its answers then but the store.
    if (open || scene.machine.living.length > 0 || this.#killed) return;
    scene.remove('.evalmake');
    this.#forgive();
  }

  /** Answers that the user has deleted wherever they stood may be bought once more. */
  #forgive(): void {
    const tree = this.#scene.tree();
    const known = new Set<string>();
    for (const [path, text] of tree) {
      const output = /^out\/[^.]+\.jsonl$/.test(path) && tree.has(`${path}.keys.jsonl`);
      if (!output && path !== '.evalmake/rows/ask.jsonl') continue;
      for (const [, prompt, q] of text.matchAll(/"a":"(\w): ([^"]+)"/g))
        known.add(rowKey(prompt ?? '', q ?? ''));
    }
    for (const key of this.#provider.answered.keys())
      if (!known.has(key)) this.#provider.answered.delete(key);
  }
}

/** Rows of one file with different ids and questions. */
function withoutTwins(rows: readonly AskedRow[]): AskedRow[] {
  const ids = new Map(rows.map((row) => [row.id, row]));
  return [...new Map([...ids.values()].map((row) => [row.q, row])).values()];
}
