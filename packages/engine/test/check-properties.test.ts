// Properties of facts and verdicts over random content: counts equal a naive count, and facts never contradict content.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { CheckDemand, CheckSpec, Facts } from '@evalmake/core/check';
import { judge, needs } from '@evalmake/core/check-judge';
import { canonical, type Json } from '@evalmake/core/json';
import { runChecks } from '@evalmake/engine/check-run';
import { gatherFacts, noNeeds } from '@evalmake/engine/facts';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite<{ dir: string }>('check-properties');

test.before((context) => {
  context.dir = mkdtempSync(join(tmpdir(), 'properties-'));
});
test.after(({ dir }) => rmSync(dir, { recursive: true }));

const id = fc.oneof(
  fc.integer({ min: 0, max: 5 }),
  fc.constantFrom('0', '1', 'a', 'é', '"', ','),
  fc.constant(null),
  fc.boolean(),
);
const row = fc.record({ id, 'a.b': id, other: fc.string() }, { requiredKeys: [] });
const cell = fc.oneof(
  fc.constantFrom('', 'a', 'b', '"', ',', '\n', '\r\n', 'a"b', ' '),
  fc.string({ maxLength: 4 }),
);

function written(dir: string, name: string, content: string): string {
  writeFileSync(join(dir, name), content);
  return join(dir, name);
}

test('distinct values of JSONL equal a naive count', ({ dir }) => {
  const end = fc.constantFrom('\n', '\r\n', '\n\n', '\n \t\n');
  fc.assert(
    fc.property(
      fc.array(fc.tuple(row, end), { maxLength: 20 }),
      fc.integer({ min: 1, max: 40 }),
      (rows, chunkBytes) => {
        const text = rows.map(([r, e]) => JSON.stringify(r) + e).join('');
        const needs = { ...noNeeds, unique: [['id']], content: true };
        const found = gatherFacts(written(dir, 'p.jsonl', text), undefined, needs, { chunkBytes });
        const values = rows.flatMap(([r]) =>
          r.id === undefined || r.id === null ? [] : [JSON.stringify(r.id)],
        );
        assert.is(found.rows, rows.length);
        assert.is(found.broken, undefined);
        assert.is(found.unique?.id?.count, new Set(values).size);
        assert.is(found.unique?.id?.duplicate !== undefined, new Set(values).size < values.length);
        assert.is(found.unique?.id?.missing !== undefined, values.length < rows.length);
        const duplicate = found.unique?.id?.duplicate;
        if (duplicate === undefined) return;
        const lines = text.split('\n');
        for (const n of duplicate.lines)
          assert.is(JSON.stringify(JSON.parse(lines[n - 1] ?? '').id), duplicate.value);
      },
    ),
  );
});

test('CSV as any writer quotes it gives back its records', ({ dir }) => {
  const quoted = (text: string, always: boolean) =>
    always || /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  const table = fc.array(fc.tuple(cell, cell, fc.boolean()), { maxLength: 12 });
  fc.assert(
    fc.property(
      table,
      fc.constantFrom('\n', '\r\n'),
      fc.integer({ min: 1, max: 9 }),
      (rows, end, chunkBytes) => {
        const clean = rows.map(([a, b, q]) => [a.replaceAll('\0', ''), b.replaceAll('\0', ''), q] as const);
        const text = [`id,"n"`, ...clean.map(([a, b, q]) => `${quoted(a, q)},${quoted(b, q)}`)].join(end);
        const needs = { ...noNeeds, unique: [['id'], ['id', 'n']], content: true };
        const found = gatherFacts(written(dir, 'p.csv', text), undefined, needs, { chunkBytes });
        assert.equal(found.columns, ['id', 'n']);
        assert.is(found.broken, undefined);
        assert.is(found.rows, clean.length);
        assert.is(found.unique?.id?.count, new Set(clean.map(([a]) => a)).size);
        assert.is(found.unique?.['id,n']?.count, new Set(clean.map(([a, b]) => JSON.stringify([a, b]))).size);
      },
    ),
  );
});

const demand: fc.Arbitrary<CheckDemand> = fc.oneof(
  fc.constant<CheckDemand>({ kind: 'non_empty' }),
  fc.record({
    kind: fc.constantFrom('min_rows', 'max_rows', 'rows'),
    rows: fc.nat(6),
  }) as fc.Arbitrary<CheckDemand>,
  fc.constantFrom<CheckDemand>({ kind: 'unique', fields: ['id'] }, { kind: 'unique', fields: ['id', 'a.b'] }),
  fc.constantFrom<CheckDemand>(
    { kind: 'has_keys', keys: ['id'] },
    { kind: 'has_keys', keys: ['other', 'a.b'] },
  ),
  fc.constantFrom<CheckDemand>(
    { kind: 'schema_version', op: '>=', version: 2 },
    { kind: 'columns', columns: ['id'] },
  ),
);

const content = fc.oneof(
  fc.array(row, { maxLength: 4 }).map((rows) => rows.map((r) => `${JSON.stringify(r)}\n`).join('')),
  fc.array(row, { maxLength: 3 }).map((rows) => JSON.stringify(rows)),
  fc.record({ schema_version: id, id }, { requiredKeys: [] }).map((r) => JSON.stringify(r)),
  fc
    .array(fc.tuple(cell, cell), { maxLength: 3 })
    .map((rows) => ['id,other', ...rows.map((r) => r.join(','))].join('\n')),
  fc.constantFrom('', '\n', '{', '{"id":1}\n{', '\0', 'id\n"', '{"id":1}\n{"id":1}', '[]', '{}'),
);

const name = fc.constantFrom('a.json', 'b.jsonl', 'c.csv', 'd.txt', 'e.jsonl');

test('facts never contradict what the content says, whatever else they were gathered for', async ({
  dir,
}) => {
  const files = fc.uniqueArray(fc.tuple(name, content), { maxLength: 3, selector: ([n]) => n });
  await fc.assert(
    fc.asyncProperty(files, demand, fc.array(demand, { maxLength: 3 }), async (given, asked, others) => {
      const spec: CheckSpec = { id: 'c', output: 'o', format: undefined, demand: asked };
      const asking = others.map((d, i): CheckSpec => ({ ...spec, id: `other${i}`, demand: d }));
      const known: { path: string; digest: string; bytes: number; facts: Facts }[] = [];
      for (const [path, text] of given) {
        mkdirSync(dirname(join(dir, path)), { recursive: true });
        writeFileSync(join(dir, path), text);
        const facts = gatherFacts(join(dir, path), undefined, needs(asking, 'o'));
        known.push({
          path,
          digest: '',
          bytes: Buffer.byteLength(text),
          facts: JSON.parse(JSON.stringify(facts)),
        });
      }
      const request = {
        specs: [...asking, spec],
        outputs: { o: { files: given.map(([path]) => ({ path, at: path })) } },
        inputs: {},
        root: dir,
        runCommand: async () => ({ code: 0, output: '' }),
      };
      const run = await runChecks(request);
      const outcome = run.outcomes.at(-1);
      const verdict = judge(spec, known);
      if (verdict.status !== 'unknown') assert.is(verdict.status, outcome?.status);
      // With the facts of its own run a check of one file is always known.
      const own = known.map((k) => ({ ...k, facts: run.facts.get(k.path) as Facts }));
      if (given.length === 1) assert.equal({ id: 'c', ...judge(spec, own) }, outcome);
      const again = await runChecks({ ...request, facts: new Map(known.map((k) => [k.path, k.facts])) });
      const statuses = (outcomes: typeof run.outcomes) => outcomes.map((o) => o.status);
      assert.equal(statuses(again.outcomes), statuses(run.outcomes));
    }),
    { numRuns: 400 },
  );
});

test('facts are plain data with one canonical text, however the file is cut', ({ dir }) => {
  fc.assert(
    fc.property(name, content, fc.integer({ min: 1, max: 7 }), (path, text, chunkBytes) => {
      const asked = { ...noNeeds, unique: [['id']], names: ['id'], content: true };
      const file = written(dir, path, text);
      const facts = gatherFacts(file, undefined, asked);
      assert.is(
        canonical(facts as unknown as Json),
        canonical(gatherFacts(file, undefined, asked, { chunkBytes }) as unknown as Json),
      );
      assert.equal(JSON.parse(JSON.stringify(facts)), facts);
    }),
  );
});

test.run();
