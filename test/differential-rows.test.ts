// A differential test of rows: random edits, losses and failures; each build asks exactly what nobody has answered.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Question, writeAsker, writeQuestions } from './workspace/asker.ts';
import { Workspace } from './workspace/workspace.ts';

// The same seed in every run; EVALMAKE_FUZZ_SEED tries another, EVALMAKE_FUZZ_RUNS more of them.
const seed = Number(process.env['EVALMAKE_FUZZ_SEED'] ?? 20_241_127);
const numRuns = Number(process.env['EVALMAKE_FUZZ_RUNS'] ?? 4);

interface Edit {
  readonly kind:
    | 'add'
    | 'change'
    | 'drop'
    | 'reverse'
    | 'prompt'
    | 'forget'
    | 'lose-output'
    | 'lose-keys'
    | 'die';
  readonly pick: number;
}

const anyEdit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom<Edit['kind']>(
    ...(['add', 'add', 'change', 'change', 'drop', 'reverse', 'prompt'] as const),
    ...(['forget', 'forget', 'lose-output', 'lose-keys', 'die'] as const),
  ),
  pick: fc.nat(1000),
});

/** The world, and what an oracle knows of it. */
class Bench {
  readonly ws = new Workspace();
  readonly story: string[] = [];
  rows: Question[] = [1, 2, 3, 4].map((n) => ({ id: `q${n}`, q: `what is ${n}?` }));
  prompt = 'be brief';
  /** Keys whose answers the store has. */
  stored = new Set<string>();
  /** Keys that stand beside the output; undefined when it or they are gone. */
  beside: ReadonlySet<string> | undefined;
  /** What records say, by what was asked: which output answers it. The manifest has the one of the last run alone. */
  records = new Map<string, string>();
  manifest = new Map<string, string>();
  dying: string | undefined;

  constructor() {
    writeAsker(this.ws);
    this.write();
  }

  write(): void {
    const rows = this.rows.map((row) => (row.id === this.dying ? { ...row, do: 'die' } : row));
    writeQuestions(this.ws, 'in.jsonl', rows);
    this.ws.write('prompt.md', `${this.prompt}\n`);
    writeFileSync(this.ws.beside('trouble'), this.dying === undefined ? '' : 'yes');
  }

  key = ({ q }: Question): string => `${this.prompt} ${q}`;

  apply({ kind, pick }: Edit): void {
    this.story.push(`${kind} ${pick}`);
    const { ws } = this;
    const at = pick % this.rows.length;
    const row = this.rows[at] as Question;
    const n = row.id.slice(1);
    if (kind === 'add') {
      const id = `q${10 + pick}`;
      if (this.rows.every((one) => one.id !== id))
        this.rows.splice(at, 0, { id, q: `what is ${10 + pick}?` });
    } else if (kind === 'change')
      this.rows[at] = { id: row.id, q: row.q.includes('!') ? `what is ${n}?` : `what is ${n}!` };
    else if (kind === 'drop' && this.rows.length > 1) this.rows.splice(at, 1);
    else if (kind === 'reverse') this.rows.reverse();
    else if (kind === 'prompt') this.prompt = this.prompt === 'be brief' ? 'be wordy' : 'be brief';
    else if (kind === 'die') this.dying = row.id;
    else if (kind === 'forget') {
      rmSync(ws.path('.evalmake'), { recursive: true, force: true });
      this.stored = new Set();
      this.records = new Map(this.manifest);
    } else if (kind === 'lose-output') {
      rmSync(ws.path('out.jsonl'), { force: true });
      this.beside = undefined;
    } else if (kind === 'lose-keys') {
      rmSync(ws.path('out.jsonl.keys.jsonl'), { force: true });
      this.beside = undefined;
    }
  }

  /** Ids that were asked since the last time. */
  asked(): string[] {
    const path = this.ws.beside('asked');
    if (!existsSync(path)) return [];
    const ids = readFileSync(path, 'utf8').split('\n').slice(0, -1);
    rmSync(path);
    return ids;
  }

  /** Builds, and holds what was asked and made against what is known. */
  async build(): Promise<void> {
    if (this.rows.every((row) => row.id !== this.dying)) this.dying = undefined;
    this.write();
    const asks = JSON.stringify([this.prompt, this.rows.map((row) => [row, row.id === this.dying])]);
    const there = existsSync(this.ws.path('out.jsonl')) ? this.ws.read('out.jsonl') : undefined;
    const proven = there !== undefined && this.records.get(asks) === there;
    const isFresh = proven && this.beside !== undefined;
    // A run brings what lies beside the output into the store first, and what the record of it proves.
    if (!isFresh) for (const key of this.beside ?? []) this.stored.add(key);
    if (proven && !isFresh) for (const row of this.rows) this.stored.add(this.key(row));
    const todo = isFresh ? [] : this.rows.filter((row) => !this.stored.has(this.key(row)));
    const stop = todo.findIndex((row) => row.id === this.dying);
    const expected = stop < 0 ? todo : todo.slice(0, stop + 1);
    const { code, stderr } = await this.ws.build();
    const asked = this.asked();
    this.story.push(`  asked ${asked.join(' ')} and ended with ${code}`);
    assert.equal(
      asked,
      expected.map(({ id }) => id),
      stderr,
    );
    assert.is(code, stop < 0 ? 0 : 1, stderr);
    for (const row of stop < 0 ? expected : expected.slice(0, -1)) this.stored.add(this.key(row));
    if (stop >= 0) return;
    const made = this.ws
      .read('out.jsonl')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.equal(
      made,
      this.rows.map(({ id, q }) => ({ id, answer: `${this.prompt}: ${q}` })),
    );
    assert.is(this.ws.read('count.txt').trim(), String(this.rows.length));
    this.beside = new Set(this.rows.map(this.key));
    if (isFresh) return;
    this.manifest = new Map([[asks, this.ws.read('out.jsonl')]]);
    this.records.set(asks, this.ws.read('out.jsonl'));
  }
}

async function assertCase(rounds: readonly (readonly Edit[])[]): Promise<void> {
  const bench = new Bench();
  try {
    await bench.build();
    for (const edits of rounds) {
      for (const edit of edits) bench.apply(edit);
      await bench.build();
      if (bench.dying === undefined) continue;
      bench.dying = undefined;
      await bench.build();
    }
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n\n${bench.story.join('\n')}`);
  } finally {
    await bench.ws.dispose();
  }
}

test('Whatever is edited, lost or fails, each build asks what nobody has answered, and nothing else.', async () => {
  const rounds = fc.array(fc.array(anyEdit, { minLength: 1, maxLength: 3 }), { minLength: 4, maxLength: 6 });
  const report = await fc.check(fc.asyncProperty(rounds, assertCase), {
    seed,
    numRuns,
    endOnFailure: process.env['EVALMAKE_FUZZ_SHRINK'] === undefined,
  });
  if (report.failed)
    throw new Error(`seed ${seed}, path ${report.counterexamplePath}\n${String(report.errorInstance)}`);
});

test.run();
