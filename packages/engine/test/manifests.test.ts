// Manifests on disk: written together and rarely, never over what others wrote, damaged ones kept aside.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TaskRecord } from '@evalmake/core';
import { writtenByUs } from '@evalmake/core/fingerprint';
import { type Stage, stageOf } from '@evalmake/core/manifest';
import { Manifests } from '@evalmake/engine/manifests';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

interface World {
  root: string;
  warnings: string[];
  clock: string;
}

const test = suite<World>('manifests');

test.before.each((world) => {
  world.root = mkdtempSync(join(tmpdir(), 'evalmake-manifests-'));
  world.warnings = [];
  world.clock = '2024-05-01T10:00:00.000Z';
});
test.after.each((world) => rmSync(world.root, { recursive: true, force: true }));

function open(world: World): Manifests {
  return new Manifests({ root: world.root, now: () => world.clock, warn: (m) => world.warnings.push(m) });
}

function recordOf(command: string, more: Partial<TaskRecord> = {}): TaskRecord {
  const file = { path: 'out/x.csv', digest: `sha256:${'ab'.repeat(32)}`, bytes: 3 };
  return {
    task: 'parse',
    target: 'parse',
    parts: { command },
    outputs: { x: [file] },
    checks: [],
    at: '2024',
    run: 1,
    ms: 1,
    ...more,
  };
}

function stage(command: string, more: Partial<TaskRecord> = {}): Stage {
  return stageOf([{ task: 'parse', record: recordOf(command, more) }], { manifestDir: 'out', each: false });
}

const path = 'out/m.json';
const read = (world: World, name = path): string => readFileSync(join(world.root, name), 'utf8');
const folder = (world: World): string[] => readdirSync(join(world.root, 'out')).sort();

function write(world: World, text: string | Uint8Array, name = path): void {
  mkdirSync(dirname(join(world.root, name)), { recursive: true });
  writeFileSync(join(world.root, name), text);
}

test('stages that wait are written together, each file once, in folders made for them', (world) => {
  const manifests = open(world);
  manifests.set('b/c/m.json', 'one', stage('1'));
  manifests.set(path, 'two', stage('2'));
  manifests.set(path, 'one', stage('draft'));
  manifests.set(path, 'one', stage('1'));
  assert.equal(manifests.unwritten, ['b/c/m.json', path]);
  assert.equal(manifests.flush(), ['b/c/m.json', path]);
  assert.equal(manifests.flush(), []);
  const { stage_status } = JSON.parse(read(world));
  assert.equal(Object.keys(stage_status), ['one', 'two']);
  assert.is(stage_status.one.fingerprint.command, '1');
  assert.equal(folder(world), ['m.json'], 'no temporary file stays');
  assert.equal(manifests.recordOf(path, 'two', 'parse', 'parse'), { ...recordOf('2'), source: 'manifest' });
});

test('what says the same leaves every byte and the file itself as they were', (world) => {
  const first = open(world);
  first.set(path, 'parsed', stage('1'));
  first.flush();
  const spaced = read(world).replaceAll('\n', '\n\n');
  write(world, spaced);
  const { ino, mtimeMs } = statSync(join(world.root, path));
  world.clock = '2025-01-01T00:00:00.000Z';
  const second = open(world);
  second.set(path, 'parsed', stage('1', { at: '2025', run: 9, ms: 77 }));
  assert.equal(second.flush(), []);
  assert.equal(second.unwritten, []);
  assert.is(read(world), spaced);
  const seen = statSync(join(world.root, path));
  assert.equal([seen.ino, seen.mtimeMs], [ino, mtimeMs]);
});

test('what another program wrote since the file was read stays', (world) => {
  const manifests = open(world);
  manifests.set(path, 'parsed', stage('1'));
  manifests.flush();
  assert.is.not(manifests.recordOf(path, 'parsed', 'parse', 'parse'), undefined);
  const theirs = JSON.parse(read(world));
  theirs.owner = 'somebody';
  theirs.stage_status.uploaded = { status: 'completed', updated_at: 'monday' };
  write(world, JSON.stringify(theirs));
  manifests.set(path, 'parsed', stage('2'));
  assert.equal(manifests.flush(), [path]);
  const after = JSON.parse(read(world));
  assert.is(after.owner, 'somebody');
  assert.equal(after.stage_status.uploaded, theirs.stage_status.uploaded);
  assert.is(after.stage_status.parsed.fingerprint.command, '2');
  assert.is(
    manifests.recordOf(path, 'parsed', 'parse', 'parse')?.parts['command'],
    '2',
    'what was read is replaced',
  );
});

test('a file is read once until it is forgotten', (world) => {
  const writer = open(world);
  writer.set(path, 'parsed', stage('1'));
  writer.flush();
  const reader = open(world);
  const command = (): string | undefined =>
    reader.recordOf(path, 'parsed', 'parse', 'parse')?.parts['command'];
  assert.is(command(), '1');
  writer.set(path, 'parsed', stage('2'));
  writer.flush();
  assert.is(command(), '1');
  reader.forget(path);
  assert.is(command(), '2');
});

test('a missing file proves nothing in silence, a damaged one is told of once', (world) => {
  const manifests = open(world);
  const ask = (name: string): TaskRecord | undefined => manifests.recordOf(name, 'parsed', 'parse', 'parse');
  assert.is(ask('no/such/m.json'), undefined);
  assert.is(manifests.exists('no/such/m.json'), false);
  assert.equal(world.warnings, []);
  write(world, '{\n<<<<<<< HEAD\n');
  mkdirSync(join(world.root, 'folder.json'));
  for (let i = 0; i < 2; i += 1) {
    assert.is(ask(path), undefined);
    assert.is(ask('folder.json'), undefined);
  }
  assert.is(world.warnings.length, 2);
  assert.match(world.warnings[0] ?? '', /^out\/m\.json: git conflict markers \(line 2\)/);
  assert.match(world.warnings[1] ?? '', /^folder\.json: the manifest cannot be read/);
  assert.ok(manifests.exists(path));
  assert.equal(
    ['no/such/m.json', path, 'folder.json'].map((p) => manifests.problem(p)),
    [undefined, 'unparsable', 'unparsable'],
  );
});

test('a damaged file is kept aside before it is written anew', (world) => {
  const damaged = [
    new TextEncoder().encode('{"a": 1'),
    new Uint8Array([...new TextEncoder().encode('{"a": "'), 0xff, 0x22, 0x7d]),
    new TextEncoder().encode('[]'),
  ];
  for (const bytes of damaged) {
    write(world, bytes);
    const manifests = open(world);
    manifests.set(path, 'parsed', stage('1'));
    assert.equal(manifests.flush(), [path]);
    assert.is.not(manifests.recordOf(path, 'parsed', 'parse', 'parse'), undefined);
  }
  const copies = ['', '-1', '-2'].map((n) => `m.json.corrupt.2024-05-01T10-00-00-000Z${n}`);
  assert.equal(folder(world), ['m.json', ...copies].sort());
  for (const [i, name] of copies.entries()) {
    assert.is(Buffer.compare(readFileSync(join(world.root, 'out', name)), damaged[i] as Uint8Array), 0);
    assert.ok(writtenByUs(`out/${name}`, new Set([path])), 'a copy is never an input');
  }
  assert.is(world.warnings.length, 3);
  assert.match(
    world.warnings[0] ?? '',
    /not valid JSON.*kept as out\/m\.json\.corrupt\.2024-05-01T10-00-00-000Z/,
  );
});

test('of a file that is not valid the stages that are valid stay', (world) => {
  const first = open(world);
  first.set(path, 'parsed', stage('1'));
  first.flush();
  const broken = JSON.parse(read(world));
  broken.stage_status.scored = { status: 'perhaps' };
  write(world, JSON.stringify(broken));
  const second = open(world);
  second.set(path, 'stats', stage('3'));
  assert.equal(second.flush(), [path]);
  assert.equal(Object.keys(JSON.parse(read(world)).stage_status), ['parsed', 'stats']);
  assert.is(folder(world).length, 2);
});

test('an old version is backed up, and what fits of it stays', (world) => {
  const old = '{"schema_version": 1, "created_at": "2023", "datasets": {"open_book": {"items": 3}}}';
  write(world, old);
  const manifests = open(world);
  assert.is(manifests.recordOf(path, 'parsed', 'parse', 'parse'), undefined);
  manifests.set(path, 'parsed', stage('1'));
  assert.equal(manifests.flush(), [path]);
  const backup = 'm.backup.2024-05-01T10-00-00-000Z.json';
  assert.equal(folder(world), [backup, 'm.json']);
  assert.is(read(world, `out/${backup}`), old);
  assert.ok(writtenByUs(`out/${backup}`, new Set([path])));
  const now = JSON.parse(read(world));
  assert.equal(
    [now.schema_version, now.timestamps.created_at, now.datasets],
    [2, '2023', { open_book: { items: 3 } }],
  );
  manifests.set(path, 'parsed', stage('2'));
  manifests.flush();
  assert.equal(folder(world), [backup, 'm.json'], 'one backup');
});

test('a newer version is refused and never rewritten', (world) => {
  const newer = '{"schema_version": 3, "x": 1}';
  write(world, newer);
  const manifests = open(world);
  manifests.set(path, 'parsed', stage('1'));
  assert.equal(manifests.flush(), []);
  assert.equal(manifests.unwritten, []);
  assert.is(read(world), newer);
  assert.equal(folder(world), ['m.json']);
  assert.match(world.warnings.join(), /schema_version 3 is newer than this evalmake/);
});

test('a stage that would not be valid is refused before anything is touched', (world) => {
  write(world, 'damaged');
  const manifests = open(world);
  const file = { path: 'out/x.csv', digest: 'md5:0', bytes: 3 };
  manifests.set(path, 'parsed', stage('1', { outputs: { x: [file] } }));
  assert.equal(manifests.flush(), []);
  assert.equal(manifests.unwritten, [path]);
  assert.is(read(world), 'damaged');
  assert.equal(folder(world), ['m.json']);
  assert.match(world.warnings.join(), /would not be valid: .*sha256/);
});

test('a file that cannot be written is told of, keeps waiting, and does not keep others from being written', (world) => {
  mkdirSync(join(world.root, 'a.json'));
  const manifests = open(world);
  manifests.set('a.json', 'parsed', stage('1'));
  manifests.set(path, 'parsed', stage('1'));
  assert.equal(manifests.flush(), [path]);
  assert.equal(manifests.unwritten, ['a.json']);
  assert.match(world.warnings.join(), /^a\.json: the manifest could not be written/);
  rmdirSync(join(world.root, 'a.json'));
  assert.equal(manifests.flush(), ['a.json']);
  assert.ok(existsSync(join(world.root, 'a.json')));
});

test('hostile names of manifests, stages and tasks', (world) => {
  const manifests = open(world);
  const names = ['constructor', '__proto__', 'a b', "it's", '$(x)\n', '-rf', 'ü'];
  for (const name of names) manifests.set(`${name}/${name}.json`, name, { ...stage('1') });
  assert.is(manifests.flush().length, names.length);
  const reader = open(world);
  for (const name of names) {
    const record = reader.recordOf(`${name}/${name}.json`, name, name, name);
    assert.is(record?.outputs['x']?.[0]?.path, `${name}/x.csv`);
    assert.is(reader.recordOf(`${name}/${name}.json`, 'toString', name, name), undefined);
  }
  assert.equal(world.warnings, []);
});

test.run();
