// The cache of tables: what it gives is what the files say, and damage of it costs nothing but time.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cachedRowTable } from '@evalmake/engine/row-index-cache';
import type { RowSpec } from '@evalmake/engine/row-spec';
import type { RowTable } from '@evalmake/engine/row-table';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TemporaryFolder } from './doubles/temporary-folder.ts';

const test = suite<{ folder: TemporaryFolder }>('row-index-cache');
test.before.each((context) => {
  context.folder = new TemporaryFolder();
  context.folder.write({ 'a.csv': 'id,q\n1,"x\ny"\né,z\n', 'b.csv': 'id,q\n3,w\n', 'c.csv': '' });
});
test.after.each(({ folder }) => folder.remove());

const csv: RowSpec = { format: 'csv', id: 'id', by: ['q'] };

interface Look {
  readonly spec?: RowSpec;
  readonly fingerprint?: string;
  readonly digests?: readonly string[];
}

function look(
  folder: TemporaryFolder,
  { spec = csv, fingerprint = 'f', digests = ['a', 'b', 'c'] }: Look = {},
) {
  const writes: (() => void)[] = [];
  const table = cachedRowTable({
    files: ['a.csv', 'b.csv', 'c.csv'].map((name) => ({ path: folder.path(name), name })),
    spec,
    fingerprint,
    digests,
    cache: { dir: folder.path('cache'), later: (write) => writes.push(write) },
  });
  for (const write of writes) write();
  return { table, fromCache: writes.length === 0 };
}

function shown(table: RowTable): unknown[] {
  return [
    table.header,
    ...Array.from({ length: table.size }, (_, i) => {
      const { file, ...place } = table.where(i);
      return [table.id(i), table.key(i), file.name, place, table.find(table.id(i))];
    }),
  ];
}

test('a kept table is the same table, under each fingerprint', ({ folder }) => {
  const first = look(folder);
  assert.is(first.fromCache, false);
  assert.is(first.table.size, 3);
  const second = look(folder);
  assert.is(second.fromCache, true);
  assert.equal(shown(second.table), shown(first.table));
  const third = look(folder, { fingerprint: 'g' });
  assert.is(third.fromCache, true);
  assert.equal(shown(third.table), shown(first.table.withFingerprint('g')));
});

test('other content and other fields are read', ({ folder }) => {
  look(folder);
  assert.is(look(folder, { digests: ['a', 'b', 'x'] }).fromCache, false);
  assert.is(look(folder, { spec: { ...csv, by: [] } }).fromCache, false);
});

test('rows with mistakes are not kept, and no dry run writes', ({ folder }) => {
  folder.write({ 'b.csv': 'id,q\n1,w\n' });
  const look1 = look(folder);
  assert.is(look1.table.problems.length, 1);
  assert.equal(
    Object.keys(folder.tree()).filter((name) => name.startsWith('cache')),
    [],
  );
});

test('cut anywhere and flipped anywhere, the files are read again', ({ folder }) => {
  const expected = shown(look(folder).table);
  const [name] = readdirSync(folder.path('cache'));
  const path = folder.path(`cache/${name}`);
  const bytes = readFileSync(path);
  const damages = [...bytes.keys()].flatMap((at) => {
    const flipped = Buffer.from(bytes);
    flipped[at] = (bytes[at] as number) ^ (1 << (at % 8));
    return [bytes.subarray(0, at), flipped];
  });
  for (const [i, damaged] of damages.entries()) {
    writeFileSync(path, damaged);
    const { table, fromCache } = look(folder);
    assert.is(fromCache, false, `damage ${i}`);
    assert.equal(shown(table), expected);
  }
  assert.is(look(folder).fromCache, true);
});

test.run();
