// Claims of rows: of many who want the same rows at once one gets them, and they stay claimed until they are given back.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { type ClaimPlace, claimConflicts, claimRows, releaseRows } from '@evalmake/engine/row-claims';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { withFaults } from './doubles/faulty-disk.ts';
import { TemporaryFolder } from './doubles/temporary-folder.ts';

const test = suite<{ folder: TemporaryFolder }>('row-claims');
test.before.each((context) => {
  context.folder = new TemporaryFolder();
});
test.after.each(({ folder }) => folder.remove());

const keys = (...names: string[]): Buffer =>
  Buffer.concat(names.map((name) => createHash('sha256').update(name).digest().subarray(0, 16)));

const place = (folder: TemporaryFolder, task: string): ClaimPlace => ({
  dir: folder.path('rows'),
  target: 'infer',
  owner: { host: 'h', workspace: '/w', task },
});

test('rows of another are refused, others are not, and given back they are free', ({ folder }) => {
  const [one, two] = [place(folder, 'one'), place(folder, 'two')];
  assert.equal(claimConflicts(one, keys('a')), []);
  assert.equal(claimRows(one, keys('a', 'b', 'c'), { at: 't1' }), []);
  assert.equal(claimRows(two, keys('b', 'c', 'd'), { at: 't2' }), [{ owner: one.owner, at: 't1', rows: 2 }]);
  assert.equal(claimRows(two, keys('d'), { at: 't2' }), []);
  assert.equal(claimConflicts(one, keys('d', 'e')), [{ owner: two.owner, at: 't2', rows: 1 }]);
  // What an owner claims takes the place of what it had.
  assert.equal(claimRows(one, keys('a'), { at: 't3' }), []);
  assert.equal(claimRows(two, keys('b', 'c', 'd'), { at: 't4' }), []);
  releaseRows(one);
  releaseRows(one);
  assert.equal(claimRows(two, keys('a'), { at: 't5' }), []);
  assert.equal(readdirSync(folder.path('rows/claims/infer')).length, 1);
});

test('a claim that cannot be read keeps everybody away, and says what to do', ({ folder }) => {
  claimRows(place(folder, 'one'), keys('a'), { at: 't' });
  const [name] = readdirSync(folder.path('rows/claims/infer'));
  for (const content of [
    '',
    '{}',
    '{"owner":{},"at":"t","keys":""}',
    '{"owner":{"host":"h","workspace":"w","task":"t"},"at":"t","keys":"x"}',
  ]) {
    writeFileSync(folder.path(`rows/claims/infer/${name}`), content);
    assert.throws(
      () => claimRows(place(folder, 'two'), keys('z'), { at: 't' }),
      /remove it when no build uses/,
    );
  }
});

test('who dies while claiming has claimed all or nothing, and bars nobody', ({ folder }) => {
  const claim = (task: string, wanted: Buffer) =>
    claimRows(place(folder, task), wanted, { at: 't', processes });
  // A later process: the one before is dead by then.
  const later = { ...processes, pid: 2 };
  const { changes } = withFaults({}, () => claim('one', keys('a', 'b')));
  for (let dieAt = 1; dieAt <= changes; dieAt++) {
    folder.remove();
    withFaults({ dieAt, torn: 30 }, () => claim('one', keys('a', 'b')));
    const held = claimConflicts(place(folder, 'two'), keys('a', 'b'));
    assert.ok(held.length === 0 || held[0]?.rows === 2, `change ${dieAt}`);
    const got = claimRows(place(folder, 'two'), keys('b', 'c'), { at: 't', processes: later });
    assert.is(got.length, held.length, `change ${dieAt}`);
  }
});

const processes = {
  host: 'h',
  space: { boot: '', numbers: '', machine: '' },
  pid: 1,
  startTime: () => '',
  isAlive: (pid: number) => pid !== 1,
  signalGroup: () => false,
  marked: () => [],
  pause: () => {
    throw new Error('nobody is there to wait for');
  },
};

test('of processes that claim at once one gets the rows', async ({ folder }) => {
  const module = pathToFileURL(createRequire(import.meta.url).resolve('@evalmake/engine/row-claims')).href;
  const script = `
    import { claimRows } from ${JSON.stringify(module)};
    const place = { dir: process.argv[1], target: 'infer', owner: { host: 'h', workspace: '/w', task: process.argv[2] } };
    process.stdin.once('data', () => {
      const found = claimRows(place, Buffer.alloc(160, 7), { at: new Date().toISOString() });
      process.stdout.write(found.length === 0 ? 'got' : 'refused', () => process.exit());
    });
    process.stdout.write('ready ');`;
  const children = Array.from({ length: 4 }, (_, i) =>
    spawn(process.execPath, ['--input-type=module', '-e', script, folder.path('rows'), `t${i}`], {
      stdio: ['pipe', 'pipe', 'inherit'],
    }),
  );
  const said = children.map((child) => {
    let text = '';
    let ready: () => void = () => {};
    const isReady = new Promise<void>((done) => {
      ready = done;
    });
    child.stdout.on('data', (chunk) => {
      text += String(chunk);
      ready();
    });
    return { isReady, ended: new Promise<string>((done) => child.on('close', () => done(text))) };
  });
  await Promise.all(said.map(({ isReady }) => isReady));
  for (const child of children) child.stdin.end('go');
  const answers = await Promise.all(said.map(({ ended }) => ended));
  assert.equal(answers.sort(), ['ready got', 'ready refused', 'ready refused', 'ready refused']);
});

test.run();
