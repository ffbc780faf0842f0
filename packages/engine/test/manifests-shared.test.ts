// Manifests that other programs write too: nothing of theirs is lost, whenever they write.
import * as node from 'node:fs';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stage } from '@evalmake/core/manifest';
import { digestText } from '@evalmake/engine/digest';
import { type Disk, useDisk } from '@evalmake/engine/fs';
import { Manifests } from '@evalmake/engine/manifests';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

interface World {
  root: string;
  warnings: string[];
  restore: Disk | undefined;
}

const test = suite<World>('manifests, shared');

test.before.each((world) => {
  world.root = mkdtempSync(join(tmpdir(), 'evalmake-manifests-'));
  world.warnings = [];
  mkdirSync(join(world.root, 'out'));
});
test.after.each((world) => {
  if (world.restore !== undefined) useDisk(world.restore);
  world.restore = undefined;
  rmSync(world.root, { recursive: true, force: true });
});

const path = 'out/m.json';
const at = '2024-05-01T10:00:00.000Z';
const stage = (message: string): Stage => ({ status: 'failed', updated_at: at, message });
const read = (world: World): string => readFileSync(join(world.root, path), 'utf8');

function open(world: World): Manifests {
  return new Manifests({ root: world.root, now: () => at, warn: (text) => world.warnings.push(text) });
}

/** Runs `meddle` each time right before the engine would rename a file: when it has just been made durable. */
function beforeRename(world: World, meddle: (time: number) => void): void {
  let time = 0;
  world.restore = useDisk({
    ...node,
    fdatasyncSync: (fd) => {
      node.fdatasyncSync(fd);
      meddle(++time);
    },
  });
}

test('what another program writes at the last moment is merged, not lost', (world) => {
  const manifests = open(world);
  manifests.set(path, 'mine', stage('1'));
  beforeRename(world, (time) => {
    if (time > 3) return;
    writeFileSync(
      join(world.root, path),
      JSON.stringify({
        schema_version: 2,
        timestamps: { created_at: at, updated_at: at },
        stage_status: { [`theirs-${time}`]: stage(String(time)) },
        owner: time,
      }),
    );
  });
  assert.equal(manifests.flush(), [path]);
  const { owner, stage_status } = JSON.parse(read(world));
  assert.is(owner, 3);
  assert.equal(Object.keys(stage_status), ['mine', 'theirs-3']);
  assert.equal(readdirSync(join(world.root, 'out')), ['m.json'], 'nothing is left of the attempts');
  assert.equal(world.warnings, []);
  assert.is(manifests.digest(path), digestText(read(world)));
});

test('a program that never stops writing is told of, and its file stays as it is', (world) => {
  const manifests = open(world);
  manifests.set(path, 'mine', stage('1'));
  beforeRename(world, (time) => writeFileSync(join(world.root, path), `{"n": ${time}}`));
  assert.equal(manifests.flush(), []);
  assert.equal(manifests.unwritten, [path]);
  assert.match(world.warnings.at(-1) ?? '', /another program writes it all the time/);
  assert.match(read(world), '"n"');
});

test('a newer version that comes at the last moment is not rewritten', (world) => {
  const manifests = open(world);
  manifests.set(path, 'mine', stage('1'));
  const newer = '{"schema_version": 9}';
  beforeRename(world, () => writeFileSync(join(world.root, path), newer));
  assert.equal(manifests.flush(), []);
  assert.is(read(world), newer);
  assert.is(manifests.digest(path), undefined);
  assert.match(world.warnings.join(), /schema_version 9 is newer/);
});

test('what is due is known without writing, and a stage may be left as it is while the file is mended', (world) => {
  const manifests = open(world);
  manifests.set(path, 'mine', stage('1'));
  assert.equal(manifests.due(), [path]);
  assert.equal(readdirSync(join(world.root, 'out')), []);
  manifests.flush();
  manifests.set(path, 'mine', stage('1'));
  assert.equal(manifests.due(), []);
  manifests.drop(path);
  assert.equal(manifests.unwritten, []);
  writeFileSync(
    join(world.root, path),
    '{"schema_version": 1, "mine": "failed", "datasets": {"a": {"path": "out/a"}}}',
  );
  writeFileSync(join(world.root, 'out/a'), '');
  const later = open(world);
  later.set(path, 'mine', undefined);
  assert.equal(later.due(), [path]);
  assert.equal(later.flush(), [path]);
  const { mine } = JSON.parse(read(world)).stage_status;
  assert.equal([mine.status, mine.artifacts], ['failed', { a: { path: 'a' } }]);
  assert.match(later.setAside(path) ?? '', /^out\/m\.backup\./);
});

test.run();
